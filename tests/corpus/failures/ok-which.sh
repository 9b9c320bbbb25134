#!/bin/bash
if ! docker-foo --version; then echo "installing docker-foo"; fi
type foo || echo "no foo"
cp /etc/nope.conf /tmp/ || echo "no old configuration"
mysql -e 'select 1' || echo "database not there yet"
psql -c 'select 1' -h 127.0.0.1 || true
ls /opt/none/*.conf
test -f /x && echo y
echo "Setup complete"
