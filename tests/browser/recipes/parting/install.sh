#!/bin/bash
# An upgrade that goes another way, and fails, when it finds what an earlier run has left.
. "$INSTALLCAST_SH"
step 1 2 "Prepare"
echo "Reading package lists..."
echo "Downloading parting-2.1.tar.gz ($RANDOM kB)"
if [ -e "$LEFT" ]; then
    echo "Keeping the configuration ${LEFT##*/} of an earlier install"
else
    echo "Writing a new configuration ${LEFT##*/}"
    echo "Restricting it to its owner"
fi
step 2 2 "Start"
for name in api worker scheduler; do echo "Starting $name as process $RANDOM"; done
if [ -e "$LEFT" ]; then
    echo "worker: error: unknown setting in ${LEFT##*/}, line 3" >&2
    exit 3
fi
echo "All three are up"
