#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"

require_package nodejs
step 2 5 # Refresh the package lists
apt_update
step 3 5 # Upgrade packages
mapfile -t packages < <(installed_packages nodejs 'libnode[0-9]*' npm)
apt_upgrade "${packages[@]}"
