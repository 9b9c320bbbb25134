#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "${BASH_SOURCE[0]%/*}/httpie.sh"

if ! "$INSTALLCAST_PYTHON" -m pip --version >/dev/null 2>&1; then
    echo "$(requirement) would be installed into $ENVIRONMENT, with what it needs."
    exit 0
fi
# pip can tell without installing, and from outside of the environment that may not exist yet.
changes=$("$INSTALLCAST_PYTHON" -m pip --disable-pip-version-check --no-input install --quiet --dry-run --ignore-installed \
    --report - "$(requirement)" |
    "$INSTALLCAST_PYTHON" -c 'import json, sys
for item in json.load(sys.stdin)["install"]:
    print("+", item["metadata"]["name"], item["metadata"]["version"])')
printf '%s\n' "$changes"
result packages "$changes"
