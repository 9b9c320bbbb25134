#!/bin/bash
# Three steps of a build that warns, then fails in the second.
. "$INSTALLCAST_SH"
step 1 3 "Configure"
for ((i = 1; i <= 40; i++)); do echo "checking for feature $i... yes"; done
warn "feature 41 is missing"
step 2 3 "Compile"
for ((i = 1; i <= 40; i++)); do echo "cc -O2 -c part$i.c -o part$i.o"; done
warn "part 40 is large"
echo 'app.c:7:10: fatal error: openssl/ssl.h: No such file or directory' >&2
echo 'compilation terminated.' >&2
exit 2
