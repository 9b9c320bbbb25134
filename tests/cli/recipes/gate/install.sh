#!/bin/sh
# Waits until somebody opens the FIFO for writing: a test decides when.
echo "before the gate"
read -r word <"$GATE"
echo "after the gate: $word"
