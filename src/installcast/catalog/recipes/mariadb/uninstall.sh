#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/mariadb.sh"

step 1 2 # Stop
service_stop mariadb
step 2 2 # Remove
mapfile -t packages < <(installed_packages 'mariadb-server*' 'mariadb-client*' 'mariadb-plugin-*')
[ "${PURGE:-false}" != true ] || packages+=(mariadb-server)
apt_remove "${packages[@]}"
rm -f "$OWN_CONFIG"
if [ "${PURGE:-false}" = true ]; then
    rm -rf /var/lib/mysql /var/log/mysql
else
    echo 'Kept: the databases in /var/lib/mysql, and /etc/mysql. The parameter purge removes them, too.'
fi
