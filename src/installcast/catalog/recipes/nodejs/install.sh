#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/nodejs.sh"

step 2 5 # Refresh the package lists
apt_update

step 3 5 # Install packages
mapfile -t packages < <(wanted_packages)
remember_packages /etc/npmrc "${packages[@]}"
apt_install "${packages[@]}"

step 4 5 # Check npm
if [ "$WITH_NPM" = true ]; then
    [ -x /usr/bin/npm ] || die NPM_MISSING 'The packages brought no npm: install the package npm, or use a nodejs package that holds it.'
    /usr/bin/npm --version
fi
