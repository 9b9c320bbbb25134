#!/bin/bash
# After a failed install or upgrade: what was there before is there again.
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/nginx.sh"

is_new() {
    if from_source; then
        # Build tools stay: they harm nobody, and the next try needs them.
        grep -sqxF "$SOURCE_PREFIX/sbin/nginx" before.absent
    else
        newly_installed | grep -xF nginx >/dev/null
    fi
}

if is_new; then
    stop_nginx
    put_back
    roll_back_packages
    [ ! -e new-prefix ] || rm -rf "$SOURCE_PREFIX"
elif [ -x "$(nginx_binary)" ]; then
    put_back
    if "$(nginx_binary)" -t; then
        start_nginx
    else
        warn 'The configuration was not valid before, either: nginx was not restarted.'
    fi
fi
