#!/bin/bash
rm "$INSTALLCAST_PREFIX/version"
