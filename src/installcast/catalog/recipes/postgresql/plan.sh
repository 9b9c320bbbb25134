#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/postgresql.sh"

answer_plan postgresql "$(server_package)" -- postgresql 'postgresql-*' libpq5
