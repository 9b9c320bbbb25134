#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/nginx.sh"

if from_source; then
    mapfile -t packages < <(build_packages)
    answer_plan "${packages[@]}"
    echo "nginx $INSTALLCAST_VERSION would be compiled into $SOURCE_PREFIX."
else
    answer_plan nginx
fi
