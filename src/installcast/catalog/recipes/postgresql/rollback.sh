#!/bin/bash
# After a failed install: what was there before is there again. Databases are never touched.
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/postgresql.sh"

put_back
if [ -n "$(installed_version "$(server_package)")" ] && ! grep -qx "$(server_package)" missing-before; then
    restart_cluster
    exit 0
fi
service_stop postgresql
# Not purged: the package would take the databases with it.
mapfile -t packages <missing-before
apt_remove "${packages[@]}"
