#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/postgresql.sh"

step 1 2 # Stop
service_stop postgresql
step 2 2 # Remove
mapfile -t packages < <(installed_packages postgresql postgresql-contrib 'postgresql-[0-9]*' 'postgresql-client-[0-9]*' 'postgresql-*-[0-9]*' \
    postgresql-common postgresql-client-common)
[ "${PURGE:-false}" != true ] || packages+=("$(server_package)" postgresql-common)
apt_remove "${packages[@]}"
if [ "${PURGE:-false}" = true ]; then
    rm -rf /var/lib/postgresql /etc/postgresql /var/log/postgresql
else
    echo 'Kept: the databases in /var/lib/postgresql, and /etc/postgresql. The parameter purge removes them, too.'
fi
