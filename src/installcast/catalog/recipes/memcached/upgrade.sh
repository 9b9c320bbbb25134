#!/bin/bash
# The configuration stays as it is.
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"

require_package memcached
step 2 5 # Refresh the package lists
apt_update
step 3 5 # Upgrade packages
apt_upgrade memcached
step 4 5 # Restart
service_restart memcached
