#!/bin/sh
echo "a recipe may be a folder with nothing but this script"
