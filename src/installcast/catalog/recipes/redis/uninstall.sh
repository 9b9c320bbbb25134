#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/redis.sh"

step 1 2 # Stop
service_stop redis-server
step 2 2 # Remove
apt_remove redis redis-server redis-tools
if [ "${PURGE:-false}" = true ]; then
    rm -rf /var/lib/redis /etc/redis /var/log/redis
else
    echo 'Kept: the data in /var/lib/redis and /etc/redis. The parameter purge removes them, too.'
fi
