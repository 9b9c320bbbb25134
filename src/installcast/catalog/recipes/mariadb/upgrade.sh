#!/bin/bash
# To the newest release of the same series; databases and configuration stay.
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"

require_package mariadb-server
step 2 5 # Refresh the package lists
apt_update
step 3 5 # Upgrade packages
mapfile -t packages < <(installed_packages 'mariadb-*' libmariadb3 mysql-common)
apt_upgrade "${packages[@]}"
step 4 5 # Restart
service_restart mariadb
