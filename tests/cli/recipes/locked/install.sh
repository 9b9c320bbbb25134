#!/bin/sh
echo "a password of ${#DB_PASSWORD} characters: $DB_PASSWORD"
