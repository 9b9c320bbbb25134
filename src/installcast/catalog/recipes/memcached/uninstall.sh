#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"

step 1 2 # Stop
service_stop memcached
step 2 2 # Remove
apt_remove memcached
[ "${PURGE:-false}" = true ] || echo 'Kept: /etc/memcached.conf. The parameter purge removes it, too.'
