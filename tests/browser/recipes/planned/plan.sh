#!/bin/bash
echo "+ planned 2.0"
echo "~ libplanned 1.9 → 2.0"
