#!/bin/bash
# Changes nothing: would an install work?
set -euo pipefail
. "$INSTALLCAST_SH"

step 1 4 # Check the system
"$INSTALLCAST_PYTHON" -c 'import ensurepip, venv' ||
    die NO_VENV 'This Python cannot make environments. On Debian or Ubuntu: apt-get install python3-venv.'
"$INSTALLCAST_PYTHON" --version
folder=$INSTALLCAST_PREFIX
while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
[ -w "$folder" ] || die NOT_WRITABLE "Give the service's user the right to write $folder."
free=$(($(df -Pk "$folder" | awk 'NR == 2 {print $4}') / 1024))
((free >= 100)) || die DISK_FULL "Free some space in $folder: 100 MiB are needed, $free MiB are left."
echo "Disk: $free MiB free in $folder."
