"""What one command does: a phrase, what it does it to, and how long that takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from installcast.parse.shell.variables import UNKNOWN, is_secret_name

MAX_NAMES = 60
"""Characters of the names in a title."""

MAX_NAME = 40
"""… of one of them."""
# A long run of letters with digits among them, as keys have; names have separators, or no digits in them.
_RANDOM = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{16,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-",
    re.ASCII,
)
_SECRET_WORD = re.compile(
    r"(?i:\b(?:pass(?:word|wd)?|secret|token)[\d!@#$%^&*.]*$)|-----BEGIN|\bsk-|\bgh[pousr]_|\bglpat-|\beyJ|\bAKIA"
)
_USER_INFO = re.compile(r"://[^/@\s]*@|:[^/:@\s]+@")


class Phrase(NamedTuple):
    """Words in both languages. ``{}`` stands where the names go; without it they follow a colon."""

    en: str
    zh: str


RUN = Phrase("Run {}", "运行 {}")


class Job(NamedTuple):
    """What a command does. Without a ``phrase`` nobody wants to see it as a step."""

    phrase: Phrase | None
    names: tuple[str, ...] = ()
    seconds: float = 0.005


def trivial(seconds: float = 0.005) -> Job:
    """Return what is done at once and interests nobody."""
    return Job(None, (), seconds)


def title_of(job: Job, locale: str) -> str:
    """Return the title in the language of ``locale``, ``""`` when there is none."""
    if job.phrase is None:
        return ""
    chinese = locale.lower().startswith("zh")
    text = job.phrase.zh if chinese else job.phrase.en
    names = shortened(job.names, chinese=chinese)
    if "{}" in text:
        return text.replace("{}", names)
    return f"{text}{'：' if chinese else ': '}{names}" if names else text


def shortened(names: Sequence[str], *, chinese: bool) -> str:
    """Join names that may be shown; of many only the first two are named."""
    fit = [name for name in dict.fromkeys(map(shown, names)) if name]
    count = len(dict.fromkeys(names))
    kept = fit if count == len(fit) <= 3 and sum(map(len, fit)) <= MAX_NAMES else fit[:2]
    if len(kept) == 2 and sum(map(len, kept)) > MAX_NAMES:
        kept = kept[:1]
    rest = count - len(kept)
    if not kept:
        return ""
    if chinese:
        return "、".join(kept) + (f" 等 {count} 个" if rest else "")
    if rest:
        return f"{', '.join(kept)} and {rest} more"
    return ", ".join(kept)


def shown(word: str) -> str:
    """Return ``word`` as it may stand in a title; ``""`` when it is not known or looks like a secret."""
    word = word.strip()
    if UNKNOWN in word or looks_secret(word) or not word.isprintable():
        return ""
    return word if len(word) <= MAX_NAME else word[: MAX_NAME - 1] + "…"


def looks_secret(word: str) -> bool:
    """Whether ``word`` is one that people should not read: a key, a token, ``password=…``, an address with a password."""
    name, equals, _ = word.partition("=")
    if equals and is_secret_name(name):
        return True
    if _SECRET_WORD.search(word) or _USER_INFO.search(word):
        return True
    return _RANDOM.search(word) is not None


def file_name(path: str) -> str:
    """Return the last part of a path."""
    return path.rstrip("/").rsplit("/", 1)[-1]


def address_name(address: str) -> str:
    """Return the file that an address names, else its host; neither user, password nor query."""
    scheme, found, rest = address.partition("://")
    host, _, path = (rest if found else scheme).partition("/")
    host = host.rpartition("@")[2].split(":")[0]
    last = file_name(re.split(r"[?#;]", path, maxsplit=1)[0])
    return last if "." in last.strip(".") and shown(last) else host
