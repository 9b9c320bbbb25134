"""Tasks: asked for through one door, queued, handed to runners, settled, kept, and found again after a restart."""

from __future__ import annotations
