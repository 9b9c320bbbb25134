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
holder=$(port_holder "$port")
[ "$holder" = nginx ] || die NO_ANSWER "Not nginx but $holder answers on port $port: stop it, or choose another port."
status=$(http_status "$port" /)
[ -n "$status" ] || die NO_ANSWER "Something listens on port $port, but it does not speak HTTP."
echo "GET / on port $port: $status"
result url "http://$(host_address):$port/"
result version "$("$(nginx_binary)" -v 2>&1 | sed -n 's|.*nginx/||p')"
