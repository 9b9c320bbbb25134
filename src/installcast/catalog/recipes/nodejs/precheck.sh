#!/bin/bash
# Changes nothing: would an install work?
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"

step 1 5 # Check the system
require_disk 500
other=$(type -ap node | grep -m1 -vxE '/usr/bin/node|/bin/node' || true)
[ -z "$other" ] || warn "There is another Node.js at $other, which stays as it is and may come first in PATH."
