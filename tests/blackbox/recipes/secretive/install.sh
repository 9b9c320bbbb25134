#!/bin/bash
echo "the password is $DB_PASSWORD"
printf '%s' "${DB_PASSWORD:0:5}"; sleep 0.3; echo "${DB_PASSWORD:5}"
printf '%s' "$DB_PASSWORD" | base64
env | sort
