#!/bin/bash
set -e
rm /opt/panel/old.pid || true
systemctl stop panel || true
useradd app || true
echo "Installing packages"
apt-get install -y libpanel9-dev
