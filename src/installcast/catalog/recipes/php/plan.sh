#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/php.sh"

mapfile -t packages < <(wanted_packages)
answer_plan "${packages[@]}" -- 'php[0-9]*' 'php-*'
