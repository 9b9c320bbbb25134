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
    [ ! -e new-prefix ] || rm -rf "$SOURCE_PREFIX"
    [ -n "$(source_version)" ] || exit 0
else
    roll_back_packages
    [ -n "$(installed_version nginx)" ] || exit 0
fi
"$(nginx_binary)" -t && start_nginx
