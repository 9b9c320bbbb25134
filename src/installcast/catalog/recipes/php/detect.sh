#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/php.sh"

answer_detect "$(fpm_package)"
