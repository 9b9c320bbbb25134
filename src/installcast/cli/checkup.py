"""What ``installcast doctor`` looks at. Each check changes nothing, and says in one sentence what it saw and what to do."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from installcast.catalog import BrokenRecipe, Catalog
from installcast.cli import machine
from installcast.cli.finding import Finding, State
from installcast.cli.text import Speaker
from installcast.errors import ConfigurationError
from installcast.settings import Settings
from installcast.tasks.launcher import isolation_of
from installcast.tasks.secret_files import default_candidates, filesystem_of

OLDEST_PYTHON = (3, 11)
NEEDED_PACKAGES = {"uvicorn": (0, 52, 1), "websockets": (15, 0), "starlette": (1, 0, 1)}
"""Package → the oldest version that works right; ``pyproject.toml`` says why."""
LITTLE_SPACE = 1024**3
"""Bytes; an install of usual size and a log at its limit fit."""
NO_SPACE = 256 * 1024**2
FEW_INODES = 10_000
FEW_WATCHES = 1024
"""Of inotify: two for each running task, and other programs want some, too."""
CLOCK_SLACK = 120.0
"""Seconds by which a file may be from the future: network drives have clocks of their own."""
EARLIEST = 1_735_689_600.0
"""2025-01-01: this program did not exist before, so no clock that works says so."""
NETWORK_FILESYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs"})
MEMORY_FILESYSTEMS = frozenset({"tmpfs", "ramfs"})
MIB = 1024**2


def examine(settings: Settings, say: Speaker, *, service_answers: bool, start: str) -> Iterator[Finding]:
    """Look at the machine, the folders and the recipes. ``start`` is the command that starts the service."""
    yield _python(say)
    yield from _packages(say)
    yield from _data_dir(settings, say)
    yield _memory(say)
    if os.access(settings.data_dir, os.W_OK):
        yield machine.sync(say, settings.data_dir)
    yield _clock(settings, say)
    yield from machine.clock_sync(say)
    yield from _isolation(settings, say)
    yield machine.cgroups(say)
    yield machine.files(say)
    yield _watches(say)
    yield from _tools(say)
    yield from machine.package_locks(say)
    yield from _recipes(settings, say)
    if not service_answers:
        yield from machine.leftovers(say, settings.tasks_dir, start)
    yield _service(settings, say, service_answers=service_answers, start=start)


def _python(say: Speaker) -> Finding:
    shown = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        return Finding("python", "bad", say("doctor.python_old", version=shown))
    return Finding("python", "good", f"{shown}  {sys.executable}")


def _packages(say: Speaker) -> Iterator[Finding]:
    for name, oldest in NEEDED_PACKAGES.items():
        needed = ".".join(map(str, oldest))
        try:
            found = version(name)
        except PackageNotFoundError:
            yield Finding(name, "bad", say("doctor.package_missing", name=name, needed=needed))
            continue
        numbers = tuple(int(part) for part in found.split(".")[:3] if part.isdigit())
        if numbers < oldest:
            yield Finding(name, "bad", say("doctor.package_old", name=name, version=found, needed=needed))
        else:
            yield Finding(name, "good", found)


def _data_dir(settings: Settings, say: Speaker) -> Iterator[Finding]:
    folder = settings.data_dir
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if existing.is_dir() and os.statvfs(existing).f_flag & os.ST_RDONLY:
        yield Finding("data_dir", "bad", say("doctor.read_only", path=existing))
        return
    if not os.access(existing, os.W_OK | os.X_OK) or not existing.is_dir():
        yield Finding("data_dir", "bad", say("doctor.not_writable", path=existing, user=os.geteuid()))
        return
    status = existing.stat()
    if existing == folder and status.st_mode & 0o077:
        yield Finding("data_dir", "bad", say("doctor.open_to_others", path=folder))
    elif existing == folder and status.st_uid != os.geteuid() and os.geteuid() != 0:
        yield Finding("data_dir", "bad", say("doctor.foreign_owner", path=folder, owner=status.st_uid))
    else:
        yield Finding(
            "data_dir", "good", str(folder) if existing == folder else say("doctor.will_be_made", path=folder)
        )
    kind = filesystem_of(existing)
    if kind in NETWORK_FILESYSTEMS:
        yield Finding("filesystem", "note", say("doctor.network_filesystem", kind=kind))
    elif kind in MEMORY_FILESYSTEMS:
        yield Finding("filesystem", "note", say("doctor.memory_filesystem", kind=kind))
    else:
        yield Finding("filesystem", "good", kind)
    space = os.statvfs(existing)
    free = space.f_bavail * space.f_frsize
    state: State = "bad" if free < NO_SPACE else "note" if free < LITTLE_SPACE else "good"
    if state == "good" and space.f_files and space.f_favail < FEW_INODES:
        yield Finding("space", "note", say("doctor.few_inodes", count=space.f_favail))
    else:
        key = "doctor.space" if state == "good" else "doctor.little_space"
        yield Finding("space", state, say(key, free=free // MIB, path=existing))


def _memory(say: Speaker) -> Finding:
    candidates = default_candidates()
    for folder in candidates:
        there = folder if folder.exists() else folder.parent
        if filesystem_of(folder) in MEMORY_FILESYSTEMS and os.access(there, os.W_OK | os.X_OK):
            return Finding("secrets", "good", say("doctor.memory_folder", path=folder))
    return Finding("secrets", "bad", say("doctor.no_memory_folder", tried=", ".join(map(str, candidates))))


def _clock(settings: Settings, say: Speaker) -> Finding:
    now = time.time()
    if now < EARLIEST:
        return Finding(
            "clock", "bad", say("doctor.clock_wrong", time=time.strftime("%Y-%m-%d", time.gmtime(now)))
        )
    try:
        newest = max(
            (path.stat().st_mtime for path in (settings.database_file, settings.tasks_dir) if path.exists()),
            default=0.0,
        )
    except PermissionError:
        newest = 0.0
    if newest > now + CLOCK_SLACK:
        return Finding("clock", "bad", say("doctor.clock_behind", time=say.duration(newest - now)))
    return Finding("clock", "good", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now)))


def _isolation(settings: Settings, say: Speaker) -> Iterator[Finding]:
    try:
        isolation = isolation_of(settings.runner.isolation)
    except ConfigurationError as error:
        yield Finding("isolation", "bad", say("doctor.no_systemd", reason=error.values["reason"]))
        return
    yield Finding("isolation", "good", say(f"doctor.{isolation}"))
    if isolation == "systemd":
        yield machine.systemd_version(say)


def _watches(say: Speaker) -> Finding:
    try:
        limit = int(Path("/proc/sys/fs/inotify/max_user_watches").read_text())
    except (OSError, ValueError):
        return Finding("inotify", "note", say("doctor.no_inotify"))
    if limit < FEW_WATCHES:
        return Finding("inotify", "note", say("doctor.few_watches", limit=limit))
    return Finding("inotify", "good", say("doctor.watches", limit=limit))


def _tools(say: Speaker) -> Iterator[Finding]:
    shell = shutil.which("bash")
    yield Finding("bash", "good" if shell else "note", shell or say("doctor.no_bash"))
    if find_spec("ensurepip") is None:
        yield Finding("venv", "note", say("doctor.no_venv"))


def _recipes(settings: Settings, say: Speaker) -> Iterator[Finding]:
    found = list(Catalog(settings.recipes))
    broken = [recipe for recipe in found if isinstance(recipe, BrokenRecipe)]
    yield Finding("recipes", "good", say("doctor.recipes", count=len(found) - len(broken)))
    for recipe in broken:
        yield Finding("recipes", "note", say("doctor.broken_recipe", key=recipe.key, reason=recipe.reason))


def _service(settings: Settings, say: Speaker, *, service_answers: bool, start: str) -> Finding:
    if service_answers:
        return Finding("service", "good", say("doctor.service_answers", path=settings.socket_file))
    host, port = settings.server.host, settings.server.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return Finding("service", "bad", say("doctor.port_in_use", host=host, port=port))
        return Finding(
            "service", "bad", say("doctor.cannot_listen", host=host, port=port, reason=error.strerror)
        )
    return Finding("service", "note", say("doctor.no_service", host=host, port=port, command=start))
