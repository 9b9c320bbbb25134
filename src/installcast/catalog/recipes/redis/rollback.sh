#!/bin/bash
# After a failed install: what was there before is there again. Data is never touched.
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/redis.sh"

service_stop redis-server
put_back
roll_back_packages
[ -z "$(installed_version redis-server)" ] || service_restart redis-server
