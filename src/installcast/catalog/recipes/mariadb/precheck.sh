#!/bin/bash
# Changes nothing: would an install work?
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"

step 1 5 # Check the system
require_disk 600
require_no_package 'MySQL and MariaDB use the same files: remove it first, after a dump of its databases.' \
    'mysql-server*' 'mysql-community-server*' 'percona-server-server*'
if [ "$INSTALLCAST_ACTION" != upgrade ]; then require_port "$PORT" mariadbd; fi
