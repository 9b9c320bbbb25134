#!/bin/bash
# Data and configuration stay as they are.
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/redis.sh"

require_package redis-server
step 2 5 # Refresh the package lists
apt_update
step 3 5 # Upgrade packages
apt_upgrade redis-server redis-tools
step 4 5 # Restart
service_restart redis-server
