#!/bin/bash
# To the newest release of the same series; the configuration stays.
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/php.sh"

require_package "$(fpm_package)"
step 2 5 # Refresh the package lists
apt_update
step 3 5 # Upgrade packages
mapfile -t packages < <(installed_packages 'php[0-9]*' 'php-*')
apt_upgrade "${packages[@]}"
step 4 5 # Restart
service_restart "$(fpm_package)"
