"""How much apt has said that it will do, and how much of that is done."""

from __future__ import annotations

from installcast.parse.tools.dpkg import Action

# Seconds on an average machine. Only what they are to each other matters.
_LISTS = 1.0
_NETWORK = 20.0
"""Megabytes a second."""
_FETCH = 0.005
_FETCH_ALL = 0.3
"""What there is to download takes so long, however small it is."""
_UNPACK = 0.1
_UNPACK_MEGABYTE = 0.015
_SET_UP = 0.05
_SET_UP_LAST = 0.6
"""More for the last package: it is the one that was asked for, and starts its service."""
_REMOVE = 0.3
_END = 0.3


class AptWork:
    """``packages`` to install or to upgrade, ``removals`` of others."""

    def __init__(self, packages: int, removals: int) -> None:
        self._packages = packages
        self._removals = removals
        self._unpacked = self._set_up = self._removed = 0
        self._fetched = 0.0  # share of the downloads
        self.downloads = 0.0
        """Megabytes to download."""
        self.growth = 0.0
        """Megabytes that will be taken on the disk."""

    def fetch_file(self, number: int) -> None:
        """The download of so many files has begun."""
        self.fetch((number - 1) / max(self._packages, 1))

    def fetch(self, share: float) -> None:
        """So much of all downloads (0-1) has come."""
        self._fetched = max(self._fetched, min(share, 1.0))

    def begins(self, action: Action) -> bool:
        """dpkg begins to do that with a package. Returns whether it can belong to this work."""
        if action == "unpack" and self._unpacked >= self._packages:
            return False
        self._fetched = 1.0
        if action == "unpack":
            self._unpacked += 1
        elif action == "set up":
            self._set_up = min(self._set_up + 1, self._packages)
        elif action == "remove":
            self._removed = min(self._removed + 1, self._removals)
        return True

    @property
    def is_done(self) -> bool:
        """Whether dpkg was at each package."""
        return self._set_up >= self._packages and self._removed >= self._removals

    def share(self, *, ends: bool = False) -> float:
        """Return how much of all is done, 0-1. ``ends``: nothing but the triggers is left."""
        packages, removals = self._packages, self._removals
        fetch = self.downloads / _NETWORK + _FETCH * packages + _FETCH_ALL if self.downloads else 0.0
        unpack = _UNPACK * packages + _UNPACK_MEGABYTE * self.growth
        last = _SET_UP_LAST if packages else 0.0
        total = _LISTS + fetch + unpack + _SET_UP * packages + last + _REMOVE * removals + _END
        if ends and self.is_done:
            return 1 - _END / 2 / total
        # dpkg tells the beginning of what it does: on average a half of it is done until it tells the next.
        done = _LISTS + fetch * self._fetched + unpack * max(self._unpacked - 0.5, 0) / max(packages, 1)
        done += _SET_UP * max(self._set_up - 0.5, 0) + (last / 2 if self._set_up >= packages else 0.0)
        return (done + _REMOVE * max(self._removed - 0.5, 0)) / total
