# shellcheck shell=bash disable=SC2034
# What the scripts of this recipe share: the two ways to have nginx.

SOURCE_PREFIX=/usr/local/nginx
SOURCE_CONFIG=$SOURCE_PREFIX/conf/nginx.conf
SOURCE_MARK=$SOURCE_PREFIX/.installcast # we made this folder
SOURCE_UNIT=/etc/systemd/system/nginx-source.service
DISTRO_SITE=/etc/nginx/sites-available/default

from_source() {
    [ "$INSTALLCAST_VERSION" != distro ]
}

# total_steps: a build has two steps more than an install of packages.
total_steps() {
    if from_source; then echo 7; else echo 5; fi
}

source_version() {
    if [ -x "$SOURCE_PREFIX/sbin/nginx" ]; then
        "$SOURCE_PREFIX/sbin/nginx" -v 2>&1 | sed -n 's|.*nginx/||p'
    fi
}

# build_packages: prints what a build needs. nginx takes PCRE2 since 1.21.5.
build_packages() {
    local pcre=libpcre2-dev
    printf '%s\n' 1.21.5 "$INSTALLCAST_VERSION" | sort -V -C || pcre=libpcre3-dev
    printf '%s\n' gcc make libc6-dev "$pcre" zlib1g-dev libssl-dev ca-certificates curl
}

# nginx_binary: prints the one that this request is about.
nginx_binary() {
    if from_source; then echo "$SOURCE_PREFIX/sbin/nginx"; else echo /usr/sbin/nginx; fi
}

site_file() {
    if from_source; then echo "$SOURCE_CONFIG"; else echo "$DISTRO_SITE"; fi
}

# configured_port: prints the first port that the site listens on.
configured_port() {
    sed -nE 's/^[[:space:]]*listen[[:space:]]+([^;[:space:]]*:)?([0-9]+).*/\2/p;T;q' "$(site_file)"
}

# set_port PORT: changes the listen lines of the one site that nginx comes with, and no other.
set_port() {
    sed -E -i "s/^([[:space:]]*listen[[:space:]]+)(\[::\]:)?[0-9]+/\1\2$1/" "$(site_file)"
}

start_nginx() {
    if ! from_source; then
        service_restart nginx
    elif has_systemd; then
        systemctl daemon-reload
        service_restart nginx-source
    else
        "$SOURCE_PREFIX/sbin/nginx" -s quit 2>/dev/null || true
        wait_stopped
        start_daemon nginx "$SOURCE_PREFIX/sbin/nginx"
    fi
}

wait_stopped() {
    local deadline=$((SECONDS + 15))
    while [ -e "$SOURCE_PREFIX/logs/nginx.pid" ] && ((SECONDS < deadline)); do sleep 0.2; done
}

stop_nginx() {
    service_stop nginx
    service_stop nginx-source
    [ ! -e "$SOURCE_PREFIX/logs/nginx.pid" ] || "$SOURCE_PREFIX/sbin/nginx" -s quit || true
    wait_stopped
}
