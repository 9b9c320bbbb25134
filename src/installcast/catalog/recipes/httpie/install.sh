#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "${BASH_SOURCE[0]%/*}/httpie.sh"

step 2 4 # Make an environment
[ -d "$ENVIRONMENT" ] || : >new-environment
# Safe over an old one: what is installed there stays, its Python is renewed.
"$INSTALLCAST_PYTHON" -m venv "$ENVIRONMENT"
echo "Environment: $ENVIRONMENT"

step 3 4 # Install the packages
pip install "$(requirement)"
