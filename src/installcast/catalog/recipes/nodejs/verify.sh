#!/bin/bash
# Asks Node itself: its version, a computation, and an answer over HTTP.
set -euo pipefail
. "$INSTALLCAST_SH"

step 5 5 # Verify
version=$(/usr/bin/node --version)
/usr/bin/node "${BASH_SOURCE[0]%/*}/answer.js" || die NO_ANSWER 'Node.js starts, but cannot answer a request that it sends to itself.'
result version "${version#v}"
