#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/postgresql.sh"

step 2 5 # Refresh the package lists
apt_update

step 3 5 # Install packages
package=$(server_package)
[ -n "$package" ] || die APT_PACKAGE_NOT_FOUND 'apt knows no PostgreSQL server: check the lines of /etc/apt/sources.list.'
remember_packages /etc/postgresql postgresql "$package" "postgresql-client-${package#postgresql-}" postgresql-common postgresql-client-common
back_up "$(configuration)"
apt_install postgresql "$package"

step 4 5 # Configure and start
if [ ! -e "$(configuration)" ]; then pg_createcluster "$(server_version)" main; fi
pg_conftool "$(server_version)" main set port "$PORT"
restart_cluster
wait_port "$PORT"
has_password=$(sql name="$DB_USER" <<<"SELECT count(*) FROM pg_authid WHERE rolname = :'name' AND rolpassword IS NOT NULL;")
if [ -z "${DB_PASSWORD:-}" ] && [ "$has_password" = 0 ]; then
    DB_PASSWORD=$(random_password)
    secret_result password "$DB_PASSWORD"
fi
# A statement that fails must not carry the password into the server's own log.
DB_PASSWORD=${DB_PASSWORD:-} sql name="$DB_USER" <<'SQL'
SET log_min_error_statement = panic;
SET log_statement = none;
\getenv password DB_PASSWORD
SELECT format('CREATE ROLE %I LOGIN', :'name') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
SELECT format('ALTER ROLE %I PASSWORD %L', :'name', :'password') WHERE :'password' <> '' \gexec
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name') WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
SQL
if [ -n "${DB_PASSWORD:-}" ]; then sign_in "$DB_PASSWORD"; fi
