#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"

step 1 1 # Remove
apt_remove npm nodejs
echo "Kept: what npm installed for users and in projects (node_modules folders, ~/.npm)."
