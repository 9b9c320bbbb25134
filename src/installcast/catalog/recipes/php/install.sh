#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/php.sh"

step 2 5 # Refresh the package lists
apt_update

step 3 5 # Install packages
[ -n "$(fpm_package)" ] || die APT_PACKAGE_NOT_FOUND 'apt knows no php-fpm: check the lines of /etc/apt/sources.list.'
mapfile -t packages < <(wanted_packages)
remember_packages /etc/php "${packages[@]}" "$(fpm_package)" "php$(php_version)-cli" "php$(php_version)-common"
back_up "$(own_pool)"
apt_install "${packages[@]}"

step 4 5 # Configure and start
own_file "$(own_pool)" 644 root:root <<POOL
; Written by the php recipe. It is read after the pool's own file, so it wins.
[www]
listen = 127.0.0.1:$PORT
POOL
"php-fpm$(php_version)" -t
service_restart "$(fpm_package)"
