#!/bin/bash
# Leaves half an install, then asks a question that nobody answers.
echo 1.0 >"$INSTALLCAST_PREFIX/version"
echo 'Found data of an earlier version.'
printf 'Remove it? [y/N] '
exec sleep 600
