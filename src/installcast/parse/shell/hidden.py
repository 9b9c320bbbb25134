"""Programs that stand behind a variable whose value nobody knows, and scripts that stand in a word."""

from __future__ import annotations

import re
from collections.abc import Sequence

from installcast.parse.programs.job import file_name
from installcast.parse.programs.known import is_known, is_shell
from installcast.parse.programs.wrappers import is_wrapper
from installcast.parse.shell.variables import UNKNOWN

_MANAGER = re.compile(r"(?:pm|pkg|package)(?:_?(?:m|mgr|man|manager|tool|cmd|command|bin))?")
_INSTALLER = re.compile(
    r"(?:pm|pkg|package)s?_?install(?:er)?(?:_?(?:cmd|command))?|install_?(?:cmd|command)"
)
_ITS_VERBS = frozenset({"install", "reinstall", "update", "upgrade", "remove", "purge", "autoremove"})


def with_program(words: Sequence[str], variable: str) -> list[str]:
    """Return the words of a command whose first one is not known before it runs.

    The program is guessed by what its ``variable`` is called (``$PIP``, ``$SUDO``), in lower case, else left out:
    ``$as_root make`` is ``make``, whatever stands before it.
    """
    if is_known(variable) or is_wrapper(variable):
        return [variable, *words[1:]]
    if (managed := by_manager(words, variable)) is not None:
        return managed
    if words[1] == "-m":
        return ["python3", *words[1:]]
    if len(words) == 2 and " " in words[1]:
        return ["sh", "-c", words[1]]
    return list(words) if words[1].startswith("-") else list(words[1:])


def by_manager(words: Sequence[str], variable: str = "") -> list[str] | None:
    """Return ``$PKG_MANAGER install -y nginx`` as a package manager that is known has it; they all take these words.

    ``variable`` is the name, in lower case, of the variable that stands for the program, where it is one alone.
    """
    if len(words) < 2 or words[0] != UNKNOWN:
        return None
    if _INSTALLER.fullmatch(variable):
        return ["apt-get", "install", *words[1:]]
    verb = next((word for word in words[1:] if not word.startswith("-")), "")
    if verb in _ITS_VERBS and (_MANAGER.fullmatch(variable) or "-y" in words):
        return ["apt-get", *words[1:]]
    return None


def inline_script(words: Sequence[str]) -> str | None:
    """Return the script in ``bash -c '…'``, ``su - user -c '…'`` or ``eval …``."""
    program = file_name(words[0]) if words else ""
    if program == "eval":
        return " ".join(words[1:])
    if not is_shell(program) and program not in ("su", "runuser", "flock"):
        return None
    for position, word in enumerate(words[1:-1], 1):
        if word.startswith("-") and not word.startswith("--") and word.endswith("c"):
            return words[position + 1]
        if is_shell(program) and not word.startswith("-"):
            return None
    return None
