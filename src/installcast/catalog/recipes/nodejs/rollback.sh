#!/bin/bash
# After a failed install: what was there before is there again.
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"

roll_back_packages
