#!/bin/bash
set -e
mkdir /opt/cache 2>&1 || true
python3 -m venv $PWD/hv >/dev/null; export PIP_CONFIG_FILE=/dev/null PIP_DISABLE_PIP_VERSION_CHECK=1
hv/bin/pip install --no-cache-dir zzz-panel-core
