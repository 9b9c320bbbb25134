#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "${BASH_SOURCE[0]%/*}/httpie.sh"

step 1 1 # Remove
if [ -d "$ENVIRONMENT" ]; then
    rm -rf "$ENVIRONMENT"
    echo "Removed $ENVIRONMENT"
    echo 'Kept: the settings in ~/.config/httpie, where there are any.'
else
    echo 'HTTPie is not installed: nothing to do.'
fi
