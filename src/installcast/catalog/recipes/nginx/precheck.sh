#!/bin/bash
# Changes nothing: would an install work?
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
. "${BASH_SOURCE[0]%/*}/nginx.sh"

step 1 "$(total_steps)" # Check the system
if from_source; then
    require_disk 600
    require_no_package 'the packaged nginx and one from source would fight over port and name: uninstall it first.' nginx
    if [ -n "${TARBALL:-}" ]; then
        [ -r "$TARBALL" ] || die TARBALL_MISSING "Put the source tarball at $TARBALL, or leave the parameter out to download it."
    elif [ -z "${SHA256:-}" ]; then
        warn 'No sha256 was given: the download will be used unchecked.'
    fi
else
    require_disk 100
    [ -z "$(source_version)" ] ||
        die PACKAGE_CONFLICT "nginx $(source_version) from source is installed in $SOURCE_PREFIX: uninstall it first."
fi
if [ "$INSTALLCAST_ACTION" != upgrade ]; then require_port "$PORT" nginx; fi
