#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/nginx.sh"

step 1 2 # Stop
stop_nginx
step 2 2 # Remove
if [ -n "$(source_version)" ]; then
    echo "Removing nginx $(source_version) from source"
    rm -f "$SOURCE_UNIT"
    ! has_systemd || systemctl daemon-reload
    rm -rf "$SOURCE_PREFIX/sbin"
    if [ "${PURGE:-false}" != true ]; then
        echo "Kept: $SOURCE_PREFIX/conf, html and logs. The parameter purge removes them, too."
    fi
fi
mapfile -t packages < <(installed_packages nginx nginx-common 'nginx-core' 'nginx-light' 'nginx-full' 'nginx-extras' 'libnginx-*')
[ "${PURGE:-false}" != true ] || packages+=(nginx nginx-common)
apt_remove "${packages[@]}"
if [ "${PURGE:-false}" = true ]; then
    [ ! -e "$SOURCE_MARK" ] || rm -rf "$SOURCE_PREFIX"
    rm -rf /etc/nginx /var/log/nginx
elif [ -d /etc/nginx ]; then
    echo 'Kept: /etc/nginx and /var/log/nginx. The parameter purge removes them, too.'
fi
