#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/memcached.sh"

step 2 5 # Refresh the package lists
apt_update

step 3 5 # Install packages
remember_packages "$CONFIG" memcached
back_up "$CONFIG"
apt_install memcached

step 4 5 # Configure and start
set_option p "$PORT"
set_option m "$MEMORY_MB"
service_restart memcached
