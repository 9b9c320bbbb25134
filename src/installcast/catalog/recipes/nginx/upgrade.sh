#!/bin/bash
# The configuration stays as it is.
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/nginx.sh"

if from_source; then
    [ -n "$(source_version)" ] || die NOT_INSTALLED "There is no nginx from source in $SOURCE_PREFIX: install it first."
    echo "nginx $(source_version) → $INSTALLCAST_VERSION"
fi
step 2 "$(total_steps)" # Refresh the package lists
apt_update
if from_source; then
    . "${BASH_SOURCE[0]%/*}/build.sh"
    step 6 7 # Restart
else
    require_package nginx
    step 3 5 # Upgrade packages
    mapfile -t packages < <(installed_packages nginx 'nginx-*' 'libnginx-*')
    apt_upgrade "${packages[@]}"
    step 4 5 # Restart
fi
"$(nginx_binary)" -t
start_nginx
