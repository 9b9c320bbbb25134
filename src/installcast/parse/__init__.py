"""Bytes and a time in, records out. Pure: nothing here knows a clock, a file, a socket or a task."""
