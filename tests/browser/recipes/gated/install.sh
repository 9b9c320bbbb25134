#!/bin/bash
# Prints BEFORE lines and an unfinished one, waits until the file GATE exists, then prints AFTER lines.
. "$INSTALLCAST_SH"
step 1 2 "First half"
for ((i = 1; i <= BEFORE; i++)); do echo "before $i"; done
printf 'waiting at the gate'
until [ -e "$GATE" ]; do sleep 0.02; done
echo ', open'
step 2 2 "Second half"
for ((i = 1; i <= AFTER; i++)); do echo "after $i"; done
