#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/postgresql.sh"

answer_detect "$(server_package)"
