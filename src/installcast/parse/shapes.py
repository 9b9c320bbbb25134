"""What a line says in every run: its shape, the versions that it names, and the names that stand in it.

Two runs of one script never print the same bytes. Sizes, times, speeds, numbers, hashes, temporary paths and mirrors differ
without a meaning; a version differs with one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from installcast.parse.timeline import sum_of

MAX_CHARACTERS = 400
"""Of a line that are looked at: what comes behind is the same line's detail, such as a compiler's options."""

_AMOUNT = r"\b\d+(?:[.,:/]\d+)*\s?"
_PART = r"[A-Za-z0-9+~]*(?:\.\d[A-Za-z0-9+~]*)*"
_SUFFIX = rf"(?:(?:a|b|rc|alpha|beta|post|dev)\.?\d+)?(?:-\d{_PART})?(?:[+~][A-Za-z0-9]{_PART})?"
"""What may stand behind the numbers of a version."""
_MEANINGLESS = (
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"  # UUID
    r"|-[0-9a-hjkmnp-tv-z]{26}\b"  # the end of a task's id
    r"|\bsha\d{1,3}[-:][\w+/]{16,}={0,2}"
    r"|\b(?=[a-f]{0,16}[0-9])[0-9a-f]{7,}\b"  # commit, layer, checksum
    r"|/(?:(?:var/)?tmp|dev/shm)/[^\s\"':,;)\]]+"
    r"|\b(?:tmp[\w.-]{6,}|pip-[a-z]+-[\w.-]{8,})"  # mktemp, tempfile, pip
    r"|\b[a-z]{2,8}://[^\s/]+"  # a mirror
    rf"|{_AMOUNT}(?:(?:[kKMGT]i?)?[Bb](?:ytes?|its?)?|[kKMGT])(?:/s|ps)?(?![\w.-])"
    rf"|{_AMOUNT}(?:[mµun]?s|secs?|seconds?|m|mins?|minutes?|h|hours?|days?)(?![\w.-])"
    r"|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? (?=[\dA-Z])"
    r"|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6} +\d{1,2}\b"
    r"|[-=#>*.~█▉▊▋▌▍▎▏░▒▓━╸╺⠀-⣿]{3,}"  # bars, dots that are printed while something goes on, spinners
)
_AMOUNTS = re.compile(_MEANINGLESS, re.ASCII)
"""With these gone, what looks like a version is none of a size, a time or a host."""
_VARYING = re.compile(rf"{_MEANINGLESS}|\d+(?:[.,:/]\d+)*{_SUFFIX}", re.ASCII)
_FETCHED = re.compile(r"(?:Get|Hit):\d+ ")
"""Of apt: whether a list had to be fetched again."""
_EMPTY = re.compile(r"\[[\s,:;/]*\]|\([\s,:;/]*\)")
_LETTER = re.compile(r"[^\W\d_]")

_ARCHITECTURE = r"(?:amd64|arm64|armhf|i386|all|noarch|x86_64|aarch64)"
_VERSION = re.compile(
    r"(?<![\w.+-])(?P<name>[A-Za-z][\w+.-]{0,80}?)"
    rf"(?::{_ARCHITECTURE})?(?: {_ARCHITECTURE})?"
    r"(?:==|[-_/@]v?| \(?v?| version:? v?|: v?)"
    r"(?:\d+:)?(?P<version>\d+(?:\.\d+)+" + _SUFFIX + ")",
    re.ASCII,
)
_DOTTED = re.compile(r"\d\.\d")
_ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}", re.ASCII)

_NAME = re.compile(r"(?:[a-z]{2,8}:/)?/[\w@+.-][\w@+./-]*|[A-Za-z@_][\w@+./-]+", re.ASCII)
_URL = re.compile(r"[a-z]{2,8}://", re.ASCII)
_VERSION_OF_NAME = re.compile(r"(?:==|[-_@])v?\d.*", re.ASCII)
_SHORTEST_NAME = 3

_LABEL = re.compile(r"[A-Z][\w ]{1,60}: ")
_LIST = re.compile(r"\s*[a-z0-9][\w+.:=@/-]*(?:[,\s]+[a-z0-9][\w+.:=@/-]*)+\s*")

_WORDS = """
about after again all already amd64 and any archive archives are arm64 available because been before build building
built but can cannot check checking code collecting command compile compiled compiling complete completed config
configuration configure configured configuring connect connection continue could create created creating default
dependencies dependency did directory does done download downloaded downloading err error errors exists exit exited
extracting fail failed failure fetch file files finished for found from get getting has have http https index info
install installation installed installing into invalid its keep keeping line load loading main make maybe missing more
need needed needs new newest not note old only open option options over package packages path per permission please
prepare preparing read reading ready remove removed removing requirement requirements resolve run running script see
server service set setting setup skip skipping some source start started starting status stop stopped success such
test tests than that the then there these this time total try unable unknown unpack unpacking update updating upgrade
upgraded use used user using value version via wait waiting warn warning was wheel wheels when which will with work
would write writing written yes you your
"""
_WORDS_OF_ANY_LOG = frozenset(_WORDS.split())
"""Words that tell nothing of what a line is about."""


class Version(NamedTuple):
    """``name`` is in lower case, with ``-`` for ``_``; ``version`` is without Debian's epoch, which file names lack."""

    name: str
    version: str


def shape_of(text: str) -> int | None:
    """Return the sum of what a line says in every run, or ``None`` where it says nothing, as an empty line or a bar."""
    steady = _VARYING.sub("", _FETCHED.sub("Get: ", text[:MAX_CHARACTERS], count=1))
    steady = _EMPTY.sub("", steady)
    return sum_of(steady) if _LETTER.search(steady) else None


def versions_in(text: str) -> Iterator[Version]:
    """Yield what a line says to be of which version."""
    if not _DOTTED.search(text):
        return
    for found in _VERSION.finditer(_AMOUNTS.sub(" ", text[:MAX_CHARACTERS])):
        name = found["name"].lower().replace("_", "-")
        if name not in _WORDS_OF_ANY_LOG and not _ADDRESS.fullmatch(found["version"]):
            yield Version(name, found["version"])


def names_in(text: str) -> frozenset[str]:
    """Return what a line is about, as far as a program can tell: names of packages, files, hosts. Words of any log are none."""
    names: set[str] = set()
    for token in _NAME.findall(text[:MAX_CHARACTERS]):
        scheme = _URL.match(token)
        for part in token[scheme.end() :].split("/") if scheme else (token,):
            name = _VERSION_OF_NAME.sub("", part.rstrip(".-/@").lower()).replace("_", "-")
            if len(name) >= _SHORTEST_NAME and name not in _WORDS_OF_ANY_LOG:
                names.add(name)
    return frozenset(names)


def is_list(text: str) -> bool:
    """Return whether a line only enumerates names, as package managers do: it is about none of them."""
    text = text[:MAX_CHARACTERS]
    label = _LABEL.match(text)
    items = text[label.end() if label else 0 :]
    return _LIST.fullmatch(items) is not None and _WORDS_OF_ANY_LOG.isdisjoint(items.split())
