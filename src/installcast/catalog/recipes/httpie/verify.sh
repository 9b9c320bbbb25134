#!/bin/bash
# Asks the program itself: its version, and a request that it builds without sending it.
set -euo pipefail
. "$INSTALLCAST_SH"
. "${BASH_SOURCE[0]%/*}/httpie.sh"

step 4 4 # Verify
version=$("$HTTP" --version)
echo "HTTPie $version"
request=$("$HTTP" --offline --ignore-stdin --print=HB POST localhost/answer value:=42)
[[ $request == *'"value": 42'* ]] || die VERIFY_FAILED 'HTTPie starts, but builds no request.'
result command "$HTTP"
result version "$version"
