#!/bin/bash
set -e
rm /opt/panel/old.pid || true
grep -r foo /nonexistent || true
kill 99999 || true
useradd app || true
systemctl stop panel || true
mkdir /tmp || true
ls /opt/panel 2>/dev/null || echo "fresh install"
pip show nothing-here || true
crontab -l || true
userdel nobody9 || true
groupadd app || true
umount /mnt/x || true
dpkg -s panel-agent || true
id panel || true
which no-such-tool || true
modprobe br_netfilter || true
echo "All done"
