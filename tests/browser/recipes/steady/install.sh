#!/bin/bash
# Prints a line each 10 ms until the file GATE exists.
i=0
until [ -e "$GATE" ]; do
    echo "line $((++i))"
    sleep 0.01
done
