"""Log streams: from the journal that a runner writes to any number of viewers, without reading a byte twice."""

from __future__ import annotations
