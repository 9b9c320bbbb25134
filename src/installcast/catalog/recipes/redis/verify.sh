#!/bin/bash
# Asks the server itself.
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/redis.sh"

step 5 5 # Verify
port=$(setting port)
wait_port "$port"
answer=$(ask_redis PING)
[ "$answer" = PONG ] || die NO_ANSWER "Redis answered \"$answer\" and not PONG on port $port."
version=$(ask_redis INFO server | tr -d '\r' | sed -n 's/^redis_version://p')
[ -n "$version" ] || die NO_ANSWER "Redis does not tell its version on port $port."
if [ -n "${MEMORY_MB:-}" ]; then
    limit=$(ask_redis CONFIG GET maxmemory | tail -n 1)
    [ "$limit" = "$((MEMORY_MB * 1048576))" ] || die NOT_CONFIGURED "Redis runs with a limit of $limit bytes and not with $MEMORY_MB MiB."
fi
echo "Redis $version answers PING on port $port."
result url "redis://127.0.0.1:$port"
result version "$version"
