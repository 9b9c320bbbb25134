#!/bin/bash
set -e
cleanup() { echo "Cleaning up"; for i in $(seq 12); do echo "removing /opt/panel/part$i"; done; }
trap cleanup EXIT
echo "Unpacking"
tar xzf /nonexistent/panel.tgz
