#!/bin/bash
rm "$INSTALLCAST_PREFIX/version"
echo "purge: $PURGE"
