#!/bin/bash
# Is nginx here, and which one would an install bring?
set -euo pipefail
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/nginx.sh"

if [ -n "$(source_version)" ]; then
    printf 'installed=%s\n' "$(source_version)"
else
    answer_detect nginx
fi
