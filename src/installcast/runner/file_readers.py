"""How far programs are that read one big file from its beginning to its end: the kernel knows where they read, and how long
it is.

Only the script's own commands count, not what some build or package manager runs for a part of its work; and only a file
that is the whole of the work: it is named by the command, or is its input.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from installcast.parse.reading import Reading
from installcast.runner.open_files import OpenFile, open_files
from installcast.runner.script_file import SHELLS, WRAPPERS
from installcast.runner.tree import Process, children

MIN_BYTES = 1_048_576
"""What is shorter is read in less than a moment."""

_MAX_PROCESSES = 32

_ARCHIVERS = frozenset(
    {"tar", "bsdtar", "cpio", "unzip", "7z", "7za", "7zr", "unrar", "dpkg-deb", "dpkg", "rpm2cpio", "rpm"}
)
_COMPRESSORS = frozenset(
    {
        "gzip", "gunzip", "zcat", "pigz", "unpigz", "xz", "unxz", "xzcat", "lzma", "unlzma", "bzip2", "bunzip2", "bzcat",
        "pbzip2", "lbzip2", "zstd", "unzstd", "zstdcat", "pzstd", "lz4", "unlz4", "lzip", "plzip", "brotli",
    }
)  # fmt: skip
_COPIERS = frozenset({"cp", "mv", "install"})
_CHECKERS = frozenset(
    {"md5sum", "sha1sum", "sha224sum", "sha256sum", "sha384sum", "sha512sum", "b2sum", "cksum", "shasum", "gpgv"}
)  # fmt: skip
_LOADERS = frozenset({"mysql", "mariadb", "psql", "pg_restore", "sqlite3", "redis-cli", "mongorestore"})
_OTHERS = frozenset({"dd", "openssl", "cat", "base64", "split"})
_READERS = _ARCHIVERS | _COMPRESSORS | _COPIERS | _CHECKERS | _LOADERS | _OTHERS

_TAKE_MANY = _COMPRESSORS | _CHECKERS | {"cat", "base64", "split"}
"""Of these, one file is the whole of the work only if no other one is named."""

_NO_INPUT = _COPIERS | {"dpkg", "dpkg-deb", "unzip"}
"""These read what they are told to: their standard input is somebody else's, such as the list of a loop."""

_UNPACKING = 0.5
"""Of the work of dpkg, as its lines are read, too (:mod:`installcast.parse.tools.dpkg`)."""

_PACKED_SUFFIXES = (
    ".gz", ".tgz", ".xz", ".txz", ".bz2", ".tbz", ".zst", ".lzma", ".lz", ".lz4", ".br",
    ".tar", ".zip", ".whl", ".jar", ".deb", ".rpm", ".7z", ".rar", ".cpio",
)  # fmt: skip

_WORDS = {
    "en": {"unpack": "Unpacking", "copy": "Copying", "check": "Checking", "load": "Loading", "read": "Reading"},
    "zh": {"unpack": "解压", "copy": "复制", "check": "校验", "load": "导入", "read": "读取"},
}  # fmt: skip


class _Tool(NamedTuple):
    process: Process
    told_as: str
    """Name of the command: ``tar`` for the ``xz`` that it runs."""


_Place = tuple[int, int, tuple[int, int, int]]
"""Process, descriptor and file."""


class FileReaders:
    """Looks at the programs that the script runs now. ``locale`` is the language of titles."""

    def __init__(self, locale: str = "en") -> None:
        self._words = _WORDS.get(locale, _WORDS["en"])
        self._positions: dict[_Place, int] = {}
        """At the last look."""
        self._told = 0
        """The process that was told of last: two side by side would look like one that begins again and again."""

    def look(self, own: Process) -> Reading | None:
        """Return how far the reader is that ``own``, the script's own process, has started, or is."""
        before, self._positions = self._positions, {}
        found = {
            tool.process.pid: reading
            for tool in _tools(own)
            if (reading := self._read(tool, before)) is not None
        }
        if self._told not in found:
            self._told = next(iter(found), 0)
        return found.get(self._told)

    def _read(self, tool: _Tool, before: dict[_Place, int]) -> Reading | None:
        process = tool.process
        files = open_files(process.pid, larger_than=MIN_BYTES)
        written = [file for file in files if file.is_written]
        found = [file for file in files if not file.is_written and _is_whole_work(process, file)]
        if len(found) != 1:
            return None
        (file,) = found
        position = file.position
        if process.name in _COPIERS and len(written) == 1:
            # The kernel copies gigabytes in one call, and sets the position at its end.
            position = max(position, min(written[0].size, file.size))
        place = (process.pid, file.number, file.identity)
        self._positions[place] = position
        if place not in before:
            return None
        # unzip looks at the end of its file now and then: the lower one of two looks is where it works.
        share = min(1.0, min(position, before[place]) / file.size)
        if tool.told_as == "dpkg":
            share *= _UNPACKING
        return Reading(tool.told_as, share, self._title(process.name, file))

    def _title(self, program: str, file: OpenFile) -> str:
        name = _file_name(file.path)
        if program in _ARCHIVERS | _COMPRESSORS:
            verb = "unpack" if name.endswith(_PACKED_SUFFIXES) else "read"
        elif program in _COPIERS:
            verb = "copy"
        elif program in _CHECKERS:
            verb = "check"
        else:
            verb = "load" if program in _LOADERS else "read"
        return f"{self._words[verb]} {name}"


def _tools(own: Process) -> Iterator[_Tool]:
    """Return the readers among the processes that are the script's own commands."""
    # It may be one itself, where there is no script.
    pending = [(own.pid, own, "")] if own.name in _READERS else [(pid, own, "") for pid in children(own.pid)]
    for _ in range(_MAX_PROCESSES):
        if not pending:
            return
        pid, above, told_as = pending.pop()
        process = Process.look_at(pid)
        if process.name in _READERS:
            told_as = told_as or process.name
            yield _Tool(process, told_as)
        # What only runs others: a subshell, a shell that was given words to run, a wrapper; and what has one to read for it.
        given_words = process.name in SHELLS and "-c" in process.argv[1:3]
        if process.argv == above.argv or given_words or process.name in WRAPPERS or _has_reader(process):
            pending += [(child, process, told_as) for child in children(pid)]


def _has_reader(process: Process) -> bool:
    """Return whether a child may read for ``process`` what is all of its work."""
    alone = process.name == "dpkg" and sum(word.endswith(".deb") for word in process.argv) == 1
    return alone or process.name in ("tar", "bsdtar")


def _is_whole_work(process: Process, file: OpenFile) -> bool:
    """Return whether ``process`` has nothing to do but to read ``file``: it is its input, or the one file that it names.

    Names are compared, not files: to look for one on a network may take for ever.
    """
    name = _file_name(file.path)
    words = [word.partition("=")[2] or word for word in process.argv[1:] if not word.startswith("-")]
    named = [word for word in words if _file_name(word) == name]
    others = [word for word in words if _file_name(word) != name]
    if not named:
        reads_input = process.name not in (_NO_INPUT | _TAKE_MANY if words else _NO_INPUT)
        return file.number == 0 and reads_input
    if process.name in _COPIERS:
        return len(words) == 2
    return process.name not in _TAKE_MANY or not any("." in word or "/" in word for word in others)


def _file_name(path: str) -> str:
    return path.removesuffix(" (deleted)").rpartition("/")[2]
