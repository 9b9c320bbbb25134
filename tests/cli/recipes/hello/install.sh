#!/bin/sh
set -eu
. "$INSTALLCAST_SH"
step 1 2 "Think"
echo "thinking of $WHO"
step 2 2 "Speak"
i=0
while [ "$i" -lt "$TIMES" ]; do
    echo "hello $WHO"
    i=$((i + 1))
done
warn "that was loud"
printf '\033[32mgreen words\033[0m\n'
result answer 42
