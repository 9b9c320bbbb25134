#!/bin/bash
# Which version an index would bring is not asked: that would be a request to the network for each look at the catalog.
set -euo pipefail
. "${BASH_SOURCE[0]%/*}/httpie.sh"

printf 'installed=%s\n' "$(installed_version)"
