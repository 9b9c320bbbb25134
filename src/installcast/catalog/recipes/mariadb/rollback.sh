#!/bin/bash
# After a failed install: what was there before is there again. Databases are never touched.
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"

service_stop mariadb
put_back
finish_interrupted
mapfile -t packages < <(newly_installed)
# Not purged: the package would take the databases with it.
apt_remove "${packages[@]}"
[ -z "$(installed_version mariadb-server)" ] || service_restart mariadb
