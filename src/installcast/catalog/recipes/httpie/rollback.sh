#!/bin/bash
# After a failed first install: half an environment is of no use to anybody.
set -euo pipefail
. "$INSTALLCAST_SH"
. "${BASH_SOURCE[0]%/*}/httpie.sh"

[ ! -e new-environment ] || rm -rf "$ENVIRONMENT"
