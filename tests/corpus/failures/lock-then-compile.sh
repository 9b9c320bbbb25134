#!/bin/bash
set -e
( flock -x 9; sleep 2 ) 9>/tmp/lk &
sleep 0.2
until flock -n /tmp/lk true; do echo "E: Could not get lock /tmp/lk. It is held by process 1 (apt)"; sleep 1; done
printf 'int main(){ return x; }\n' > m.c
cc -o m m.c
