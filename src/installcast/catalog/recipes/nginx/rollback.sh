#!/bin/bash
# After a failed install or upgrade: what was there before is there again.
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/nginx.sh"

stop_nginx
put_back
if from_source; then
    # Build tools stay: they harm nobody, and the next try needs them.
    if [ -z "$(source_version)" ]; then
        rm -rf "$SOURCE_PREFIX"
        exit 0
    fi
else
    roll_back_packages
    [ -n "$(installed_version nginx)" ] || exit 0
fi
"$(nginx_binary)" -t && start_nginx
