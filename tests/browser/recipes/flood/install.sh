#!/bin/sh
# 100,000 lines as fast as they go.
seq -f 'line %.0f of 100000' 1 100000
