#!/bin/bash
set -euo pipefail
echo "==> Downloading tool"
curl -fSL -o tool.tar.gz http://download.example/404/tool-9.9.tar.gz
tar xzf tool.tar.gz
