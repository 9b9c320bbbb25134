#!/bin/sh
echo "rolled back"
