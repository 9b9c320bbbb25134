#!/bin/bash
echo "listening on $PORT"
echo "$INSTALLCAST_VERSION" >"$INSTALLCAST_PREFIX/version"
