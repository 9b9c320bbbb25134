#!/bin/bash
# To the newest release of the same major version; databases and configuration stay.
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/postgresql.sh"

require_package "$(server_package)"
step 2 5 # Refresh the package lists
apt_update
step 3 5 # Upgrade packages
mapfile -t packages < <(installed_packages postgresql 'postgresql-*' libpq5)
apt_upgrade "${packages[@]}"
step 4 5 # Restart
restart_cluster
