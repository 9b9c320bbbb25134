#!/bin/bash
# After a failed install: what was there before is there again. Databases are never touched.
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/postgresql.sh"

put_back
finish_interrupted
mapfile -t packages < <(newly_installed)
if ((${#packages[@]} > 0)); then
    service_stop postgresql
    # Not purged: the package would take the databases with it.
    apt_remove "${packages[@]}"
elif [ -n "$(installed_version "$(server_package)")" ]; then
    restart_cluster
fi
