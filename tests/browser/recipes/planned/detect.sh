#!/bin/bash
echo "installed=$(cat "$INSTALLCAST_PREFIX/version" 2>/dev/null)"
