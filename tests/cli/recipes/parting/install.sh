#!/bin/sh
# Goes another way, and fails, when it finds what an earlier run has left.
echo "Preparing"
if [ -e "$LEFT" ]; then
    echo "Keeping the configuration ${LEFT##*/}"
    echo "Using libapp 1.2.0"
    echo "error: unknown setting in ${LEFT##*/}" >&2
    exit 3
fi
echo "Writing the configuration ${LEFT##*/}"
echo "Using libapp 1.3.0"
echo "Up"
