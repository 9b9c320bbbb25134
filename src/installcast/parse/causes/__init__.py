"""What lines tell about the cause of a failure, and what a person can do about it: one file a field.

Their order is that in which they are tried on a line: what tells more stands before what tells less.
"""

from __future__ import annotations

from installcast.parse.causes import build, files, network, packages, scripts, services
from installcast.parse.causes.build import development_package
from installcast.parse.causes.cause import UNKNOWN, Cause, Kind, fill_in

__all__ = ["CAUSES", "UNKNOWN", "Cause", "Kind", "development_package", "fill_in"]

_GENERAL_LAST = (
    *packages.CAUSES,
    *files.CAUSES[:2],
    *network.CAUSES,
    *services.CAUSES,
    *build.CAUSES,
    *scripts.CAUSES,
    *files.CAUSES[2:],
)
CAUSES: tuple[Cause, ...] = (
    *(cause for cause in _GENERAL_LAST if not cause.is_general),
    *(cause for cause in _GENERAL_LAST if cause.is_general),
)
