#!/bin/bash
# After a failed install: what was there before is there again.
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"

service_stop memcached
put_back
roll_back_packages
[ -z "$(installed_version memcached)" ] || service_restart memcached
