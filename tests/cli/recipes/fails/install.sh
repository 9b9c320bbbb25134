#!/bin/sh
. "$INSTALLCAST_SH"
echo "trying"
case $HOW in
status) exit 7 ;;
signal) kill -9 $$ ;;
die) die NO_LUCK "Try again on another day." ;;
hang) exec sleep 600 ;;
esac
