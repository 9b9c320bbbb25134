#!/bin/bash
echo "Waiting for the server"
( sleep 1; python3 -m http.server 8123 --bind 127.0.0.1 >/dev/null 2>&1 & echo $! > pid; sleep 1 ) &
until curl -fsS -o /dev/null http://127.0.0.1:8123/; do sleep 0.3; done
echo "It is up"
kill $(cat pid)
