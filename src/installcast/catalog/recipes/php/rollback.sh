#!/bin/bash
# After a failed install: what was there before is there again.
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/php.sh"

service_stop "$(fpm_package)"
put_back
roll_back_packages
[ -z "$(installed_version "$(fpm_package)")" ] || service_restart "$(fpm_package)"
