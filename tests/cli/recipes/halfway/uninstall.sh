#!/bin/sh
rm "$INSTALLCAST_PREFIX/version"
exit 8
