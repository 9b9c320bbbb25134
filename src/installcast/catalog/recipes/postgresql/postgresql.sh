# shellcheck shell=bash disable=SC2034
# What the scripts of this recipe share. Debian keeps databases in clusters; this recipe works on "main" of the newest version.

# server_package: prints the real package behind the empty one, for example postgresql-15.
server_package() {
    local package
    package=$(installed_packages 'postgresql-[0-9]*' | grep -Ex 'postgresql-[0-9]+' | sort -V | tail -n 1)
    if [ -z "$package" ]; then package=$(dependency postgresql 'postgresql-[0-9]+'); fi
    printf '%s' "$package"
}

# server_version: prints the major version, which names the cluster.
server_version() {
    local package
    package=$(server_package)
    printf '%s' "${package#postgresql-}"
}

# configuration: prints the path of the cluster's configuration file.
configuration() {
    printf '/etc/postgresql/%s/main/postgresql.conf' "$(server_version)"
}

configured_port() {
    pg_conftool -s "$(server_version)" main show port
}

restart_cluster() {
    if has_systemd; then
        systemctl enable postgresql
        systemctl restart "postgresql@$(server_version)-main" || {
            journalctl -u "postgresql@$(server_version)-main" -n 20 --no-pager || true
            die SERVICE_START_FAILED 'PostgreSQL does not start: the lines above say why.'
        }
    else
        start_daemon PostgreSQL pg_ctlcluster "$(server_version)" main restart
    fi
}

# sign_in PASSWORD: as $DB_USER over the network; ends the script when that does not work.
sign_in() {
    local who
    who=$(PGPASSWORD=$1 psql -X -A -t -h 127.0.0.1 -p "$(configured_port)" -U "$DB_USER" -d "$DB_USER" -c 'SELECT current_user')
    [ "$who" = "$DB_USER" ] || die LOGIN_FAILED "The user $DB_USER cannot sign in with the password: look into pg_hba.conf."
    echo "The user $DB_USER can sign in with the password."
}

# sql [VARIABLE=VALUE…]: runs the statements on standard input as the superuser, over the local socket. The password is read
# by psql from its environment, so no process list shows it.
sql() {
    local variable arguments=()
    for variable in "$@"; do arguments+=(-v "$variable"); done
    (cd / && runuser -u postgres -- psql -X -q -A -t -v ON_ERROR_STOP=1 -p "$(configured_port)" "${arguments[@]}")
}
