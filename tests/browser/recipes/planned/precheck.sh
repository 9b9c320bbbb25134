#!/bin/bash
# Port 81 is taken, port 82 is odd, all others are free.
. "$INSTALLCAST_SH"
if [ "$PORT" = 81 ]; then die PORT_IN_USE "Choose another port than 81."; fi
if [ "$PORT" = 82 ]; then warn "Port 82 is odd."; fi
echo "Port $PORT is free."
