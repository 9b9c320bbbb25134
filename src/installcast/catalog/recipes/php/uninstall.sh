#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/php.sh"

step 1 2 # Stop
service_stop "$(fpm_package)"
step 2 2 # Remove
own=$(own_pool)
mapfile -t packages < <(installed_packages 'php[0-9]*' php php-common php-fpm php-cli 'php-*')
[ "${PURGE:-false}" != true ] || packages+=("$(fpm_package)")
apt_remove "${packages[@]}"
rm -f "$own"
if [ "${PURGE:-false}" = true ]; then
    rm -rf /etc/php
else
    echo 'Kept: /etc/php. The parameter purge removes it, too.'
fi
