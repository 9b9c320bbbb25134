#!/bin/bash
# Asks nginx itself: its version, its configuration, and a page on its port.
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/nginx.sh"

step "$(total_steps)" "$(total_steps)" # Verify
"$(nginx_binary)" -v 2>&1
"$(nginx_binary)" -t
port=$(configured_port)
[ -n "$port" ] || { warn 'The site has no listen line: no page was asked for.'; exit 0; }
wait_port "$port"
status=$(http_status "$port" /)
[ -n "$status" ] || die NO_ANSWER "Something listens on port $port, but it does not speak HTTP."
echo "GET / on port $port: $status"
result url "http://$(hostname):$port/"
result version "$("$(nginx_binary)" -v 2>&1 | sed -n 's|.*nginx/||p')"
