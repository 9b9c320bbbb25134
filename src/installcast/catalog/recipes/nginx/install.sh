#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/nginx.sh"

step 2 "$(total_steps)" # Refresh the package lists
apt_update

if from_source; then
    . "${BASH_SOURCE[0]%/*}/build.sh"
    step 6 7 # Configure and start
else
    step 3 5 # Install packages
    remember_packages /etc/nginx nginx nginx-common
    back_up "$DISTRO_SITE"
    apt_install nginx
    # The package makes this link at its very first install only.
    if newly_installed | grep -xF nginx >/dev/null && [ -z "$(ls -A /etc/nginx/sites-enabled)" ]; then
        ln -s "$DISTRO_SITE" /etc/nginx/sites-enabled/default
    fi
    step 4 5 # Configure and start
fi

if [ -f "$(site_file)" ]; then
    set_port "$PORT"
else
    warn "$(site_file) is not there: the port $PORT was not set, nginx keeps its present configuration."
fi
"$(nginx_binary)" -t
start_nginx
