#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/mariadb.sh"

step 2 5 # Refresh the package lists
apt_update

step 3 5 # Install packages
remember_packages /etc/mysql mariadb-server mariadb-client
back_up "$OWN_CONFIG"
apt_install mariadb-server mariadb-client

step 4 5 # Configure and start
own_file "$OWN_CONFIG" 644 root:root <<CONFIG
# Written by the mariadb recipe. It is read last, so it wins.
[mysqld]
port = $PORT
CONFIG
service_restart mariadb
wait_port "$PORT"
has_password=$(sql <<<"SELECT COUNT(*) FROM mysql.global_priv WHERE User = 'root' AND Host = 'localhost'
    AND Priv REGEXP '\"authentication_string\":\"[*]';")
if [ -z "${DB_PASSWORD:-}" ] && [ "$has_password" = 0 ]; then
    DB_PASSWORD=$(random_password)
    secret_result password "$DB_PASSWORD"
fi
if [ -n "${DB_PASSWORD:-}" ]; then
    quoted=${DB_PASSWORD//\\/\\\\}
    quoted=${quoted//\'/\\\'}
    # The system's root still needs no password on the socket: scripts of the package rely on it.
    sql <<<"SET SESSION sql_log_bin = 0;
        ALTER USER root@localhost IDENTIFIED VIA unix_socket OR mysql_native_password USING PASSWORD('$quoted');"
    sign_in "$DB_PASSWORD"
fi
