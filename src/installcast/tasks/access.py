"""Who may do and see what: the one place that decides it.

Whoever may not see a task learns nothing of it, not even that it exists: the answer is the same as for a task that does
not (:class:`~installcast.errors.TaskNotFoundError`).
"""

from __future__ import annotations

import math
import os
import pwd
from typing import NamedTuple

from installcast.errors import NotAllowedError

SOFT_INSTALL = "soft:install"
SOFT_READ = "soft:read"
LOG_READ = "log:read"
ADMIN = "admin"
"""Everything, and everybody's tasks."""

SCOPES = (SOFT_INSTALL, SOFT_READ, LOG_READ, ADMIN)
"""Every scope there is."""

USER_SCOPES = (SOFT_INSTALL, SOFT_READ, LOG_READ)
"""What a person may do who is not an administrator."""


class Principal(NamedTuple):
    """Somebody who is known: the name, what it may do, and until when (Unix time)."""

    sub: str
    scopes: frozenset[str]
    expires_at: float = math.inf

    @property
    def is_admin(self) -> bool:
        """Whether everybody's tasks may be seen."""
        return ADMIN in self.scopes

    def require(self, scope: str) -> None:
        """Raise :class:`NotAllowedError` unless ``scope``, or ``admin``, was granted."""
        if scope not in self.scopes and not self.is_admin:
            raise NotAllowedError(scope=scope)

    def may_see(self, owner: str) -> bool:
        """Return whether tasks of the user ``owner`` may be seen."""
        return self.is_admin or self.sub == owner


Caller = Principal | str | None
"""On whose behalf the engine is called: somebody whose rights count, a user's name that the calling program vouches for,
or nobody in particular, which is the program itself."""


def principal_of(caller: Caller) -> Principal:
    """Return whose rights count for ``caller``."""
    if isinstance(caller, Principal):
        return caller
    return local_owner() if caller is None else Principal(caller, frozenset(USER_SCOPES))


def local_owner() -> Principal:
    """Return the user that this process runs as, who may do everything."""
    uid = os.geteuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:  # a container may run as a number without a name
        name = str(uid)
    return Principal(name, frozenset({ADMIN}))
