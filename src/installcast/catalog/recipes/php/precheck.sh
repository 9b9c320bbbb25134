#!/bin/bash
# Changes nothing: would an install work?
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"

step 1 5 # Check the system
require_disk 200
if [ "$INSTALLCAST_ACTION" != upgrade ]; then require_port "$PORT" 'php-fpm.*'; fi
