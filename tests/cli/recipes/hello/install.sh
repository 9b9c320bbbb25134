#!/bin/sh
set -eu
. "$INSTALLCAST_SH"
# Steps on standard output stand in order with the lines; what goes to the events file need not.
echo "[1/2] Think"
echo "thinking of $WHO"
echo "[2/2] Speak"
i=0
while [ "$i" -lt "$TIMES" ]; do
    echo "hello $WHO"
    i=$((i + 1))
done
warn "that was loud"
printf '\033[32mgreen words\033[0m\n'
result answer 42
result --secret key very-secret-key
