#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "${BASH_SOURCE[0]%/*}/httpie.sh"

step 2 4 # Look at what is here
[ -n "$(installed_version)" ] || die NOT_INSTALLED 'HTTPie is not installed: install it first.'
echo "HTTPie $(installed_version) is here."
step 3 4 # Upgrade the packages
pip install --upgrade "$(requirement)"
