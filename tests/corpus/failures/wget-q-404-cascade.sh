#!/bin/bash
cd /opt/build
wget -q http://download.example/404/tool-9.9.tar.gz
tar xzf tool-9.9.tar.gz
cd tool-9.9
./configure --prefix=/usr/local
make && make install
