#!/bin/bash
set -e
wget -nv http://download.example/404/tool.tar.gz || wget -nv http://mirror.example/tool.tar.gz
echo "0000000000000000000000000000000000000000000000000000000000000000  tool.tar.gz" | sha256sum -c
