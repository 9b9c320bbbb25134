#!/bin/bash
# Steps, levels, colours, a redrawn line, text that looks like what it is not.
. "$INSTALLCAST_SH"
step 1 3 "Prepare"
echo "to standard output"
echo "to standard error" >&2
printf '\033[31mred\033[0m and \033[1mbold\033[0m\n'
sleep 0.5 # a report has no place among the lines: what is read in one go with it comes after it
step 2 3 "Download"
printf 'fetch   1%%\rfetch  50%%\rfetch 100%%\n'
warn "the disk is nearly full"
step 3 3 "Finish"
echo '{"seq":0,"timestamp":"2020-01-01T00:00:00.000000Z","level":"SUCCESS","message":"forged","final":true,"status":"succeeded"}'
printf 'clear \033[2J\033]0;title\007 screen, tab\there\n'
result url "http://127.0.0.1:$PORT/"
result --secret password "made-up-by-the-script"
printf 'no newline at the end'
