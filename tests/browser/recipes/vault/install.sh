#!/bin/sh
# Takes a secret and fails.
exit 3
