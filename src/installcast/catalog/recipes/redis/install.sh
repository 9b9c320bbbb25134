#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/redis.sh"

step 2 5 # Refresh the package lists
apt_update

step 3 5 # Install packages
remember_packages /etc/redis redis-server redis-tools
back_up "$MAIN_CONFIG" "$OWN_CONFIG"
apt_install redis-server

step 4 5 # Configure and start
password=${PASSWORD:-$(setting requirepass | unquoted)}
if [ -z "$password" ]; then
    password=$(random_password)
    secret_result password "$password"
fi
own_file "$OWN_CONFIG" 640 redis:redis <<CONFIG
# Written by the redis recipe. It is included last, so it wins.
port $PORT
requirepass $(quoted "$password")
CONFIG
if [ -n "${MEMORY_MB:-}" ]; then printf 'maxmemory %smb\n' "$MEMORY_MB" >>"$OWN_CONFIG"; fi
grep -qxF "include $OWN_CONFIG" "$MAIN_CONFIG" || printf '\ninclude %s\n' "$OWN_CONFIG" >>"$MAIN_CONFIG"
service_restart redis-server
