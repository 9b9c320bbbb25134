#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_LIB/debian.sh"

answer_detect mariadb-server
