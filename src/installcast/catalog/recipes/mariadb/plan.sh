#!/bin/bash
set -euo pipefail
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"

answer_plan mariadb-server mariadb-client -- 'mariadb-*' libmariadb3 mysql-common
