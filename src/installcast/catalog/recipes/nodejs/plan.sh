#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/nodejs.sh"

mapfile -t packages < <(wanted_packages)
answer_plan "${packages[@]}" -- nodejs 'libnode[0-9]*' npm
