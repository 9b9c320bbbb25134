#!/bin/bash
echo "about to fail"
. "$INSTALLCAST_SH"
[ "$HOW" = die ] && die NO_LICENCE "Put the licence file into /etc/failing and try again."
[ "$HOW" = signal ] && kill -KILL $$
exit 7
