# shellcheck shell=bash disable=SC2034
# What the scripts of this recipe share.

# Read last of all, so it wins.
OWN_CONFIG=/etc/mysql/mariadb.conf.d/99-installcast.cnf

# sql: runs the statements on standard input as root, over the local socket, where the system's root needs no password.
sql() {
    mariadb --batch --skip-column-names
}

# sign_in PASSWORD: as root over the network; ends the script when that does not work.
sign_in() {
    local who
    who=$(MYSQL_PWD=$1 mariadb --no-defaults --batch --skip-column-names --protocol tcp -h localhost -P "$(configured_port)" \
        -u root -e 'SELECT CURRENT_USER()')
    [ "$who" = root@localhost ] || die LOGIN_FAILED "root cannot sign in over the network with the password (it is $who)."
    echo 'root can sign in with the password.'
}

configured_port() {
    sql <<<'SELECT @@port;'
}
