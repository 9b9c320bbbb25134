#!/bin/bash
# Prints one line each 50 ms until it has printed COUNT of them.
for ((i = 1; i <= COUNT; i++)); do
    echo "line $i of $COUNT"
    sleep 0.05
done
