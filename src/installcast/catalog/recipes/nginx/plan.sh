#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/nginx.sh"

if from_source; then
    mapfile -t packages < <(build_packages)
    INSTALLCAST_ACTION=install answer_plan --no-upgrade "${packages[@]}"
    echo "nginx $INSTALLCAST_VERSION would be compiled into $SOURCE_PREFIX."
else
    answer_plan nginx -- nginx 'nginx-*' 'libnginx-*'
fi
