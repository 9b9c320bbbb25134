"""The environment of a script, built from nothing: what the service itself was started with is nobody's business.

It makes tools talk plainly and ask nothing. Nothing in it may make a good script fail: no variable that an older
tool could refuse, none that changes what gets installed.
"""

from __future__ import annotations

import os
import pwd
from pathlib import Path

SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

PROGRESS_DESCRIPTOR = 3
"""Open for append in every script, named by ``ONEINSTACK_PROGRESS_FD``."""

EVENTS_FILE = "events"
PROGRESS_FILE = "progress"
SHELL_HELPERS = "lib/installcast.sh"
"""Where ``shell/installcast.sh`` is copied to, in the task's folder: an upgrade must not change it under a script."""

APT_CONFIG_FILE = "lib/apt.conf"
"""Where ``shell/apt.conf`` is copied to, in the task's folder, when not everybody can read the one beside this module."""

LOCK_SECONDS = 600
"""How long apt and zypper wait for another package manager, here and in ``shell/apt.conf``; dnf waits for as long as it takes."""

_ASK_NOTHING = {
    "DEBIAN_FRONTEND": "noninteractive",
    "APT_LISTCHANGES_FRONTEND": "none",
    "GIT_TERMINAL_PROMPT": "0",
    "PIP_NO_INPUT": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}
_WAIT_FOR_LOCKS = {"ZYPP_LOCK_TIMEOUT": str(LOCK_SECONDS)}
_TELL_PROGRESS = {
    # Where they print it at all; older ones know none of these. Both of cargo's, or it refuses the first.
    "CARGO_TERM_PROGRESS_WHEN": "always",
    "CARGO_TERM_PROGRESS_WIDTH": "100",
    "GIT_PROGRESS_DELAY": "0",
}
_TALK_PLAINLY = {
    "LANG": "C.UTF-8",  # messages that rules and people can look up
    "PYTHONUNBUFFERED": "1",
    "PAGER": "cat",
    "MANPAGER": "cat",
    "GIT_PAGER": "cat",
    "SYSTEMD_PAGER": "cat",
}


def script_environment(
    folder: Path,
    *,
    task_id: str,
    key: str,
    software_version: str,
    action: str,
    term: str = "pipe",
    extra: dict[str, str] | None = None,
) -> dict[str, str]:
    """Return the variables for the scripts of the task in ``folder``.

    ``extra`` (settings, parameters; their names are checked elsewhere) comes last, but cannot replace what the task
    itself is told by.
    """
    name, home = user()
    return {
        "PATH": SEARCH_PATH,
        "HOME": home,
        "USER": name,
        "LOGNAME": name,
        "SHELL": "/bin/sh",
        "TERM": "xterm-256color" if term == "pty" else "dumb",
        **_TALK_PLAINLY,
        **_ASK_NOTHING,
        **_WAIT_FOR_LOCKS,
        **_TELL_PROGRESS,
        **(extra or {}),
        "INSTALLCAST_KEY": key,
        "INSTALLCAST_VERSION": software_version,
        "INSTALLCAST_ACTION": action,
        "INSTALLCAST_TASK_ID": task_id,
        "INSTALLCAST_EVENTS": str(folder / EVENTS_FILE),
        "INSTALLCAST_SH": str(folder / SHELL_HELPERS),
        "ONEINSTACK_PROGRESS_FD": str(PROGRESS_DESCRIPTOR),
    }


def apt_config(folder: Path) -> tuple[Path, bytes | None]:
    """Return the file that ``APT_CONFIG`` of a task in ``folder`` is to name, and what it holds if it has to be made.

    The one of this package, if every user can read it: a script may drop its privileges, and apt warns of a file that it
    cannot read.
    """
    ours = Path(__file__).parent / "shell/apt.conf"
    if is_open_to_all(ours):
        return ours, None
    return folder / APT_CONFIG_FILE, ours.read_bytes()


def is_open_to_all(path: Path) -> bool:
    """Return whether every user may get at ``path`` and read it. What is gone, as in an upgrade, is open to nobody."""
    try:
        return bool(path.stat().st_mode & 0o004) and all(
            parent.stat().st_mode & 0o001 for parent in path.parents
        )
    except OSError:
        return False


def user() -> tuple[str, str]:
    """Return name and home of the user whom the service runs as."""
    try:
        user = pwd.getpwuid(os.geteuid())
    except KeyError:  # a container may run as a number that nobody has
        return str(os.geteuid()), os.environ.get("HOME", "/")
    return user.pw_name, user.pw_dir
