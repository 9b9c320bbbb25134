#!/bin/bash
# Three steps of a build that warns, then fails in the second.
. "$INSTALLCAST_SH"
# What is said comes by another way than what is printed: it keeps its place only where the lines before it were read.
after() { until grep -qF "$1" "${INSTALLCAST_EVENTS%/*}/journal.jsonl"; do sleep 0.02; done; }
step 1 3 "Configure"
for ((i = 1; i <= 40; i++)); do echo "checking for feature $i... yes"; done
after 'feature 40'
warn "feature 41 is missing"
step 2 3 "Compile"
for ((i = 1; i <= 40; i++)); do echo "cc -O2 -c part$i.c -o part$i.o"; done
after 'part40.o'
warn "part 40 is large"
echo 'app.c:7:10: fatal error: openssl/ssl.h: No such file or directory' >&2
echo 'compilation terminated.' >&2
exit 2
