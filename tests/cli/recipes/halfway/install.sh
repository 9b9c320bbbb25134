#!/bin/sh
echo "1.0" >"$INSTALLCAST_PREFIX/version"
exit 7
