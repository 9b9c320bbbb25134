#!/bin/bash
# Asks the server itself.
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/memcached.sh"

step 5 5 # Verify
port=$(option p)
wait_port "$port"
version=$(ask_memcached "$port" version | sed -n 's/^VERSION //p')
[ -n "$version" ] || die NO_ANSWER "Something listens on port $port, but it does not speak memcached's protocol."
memory=$(ask_memcached "$port" 'stats settings' | sed -n 's/^STAT maxbytes //p')
[ "$memory" = "$(($(option m) * 1048576))" ] || die NOT_CONFIGURED "Memcached runs with $memory bytes and not with $(option m) MiB: restart it."
echo "Memcached $version answers on port $port, with $(option m) MiB."
result address "127.0.0.1:$port"
result version "$version"
