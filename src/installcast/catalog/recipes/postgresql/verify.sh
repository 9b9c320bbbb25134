#!/bin/bash
# Asks the server itself, and over the network where a password was given.
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/postgresql.sh"

step 5 5 # Verify
port=$(configured_port)
wait_port "$port"
version=$(sql <<<'SHOW server_version;')
echo "PostgreSQL $version answers on port $port."
if [ -n "${DB_PASSWORD:-}" ]; then sign_in "$DB_PASSWORD"; fi
result url "postgresql://${DB_USER:-postgres}@127.0.0.1:$port/"
result version "$version"
