"""The scripts of a recipe: are they there, may they run, and what runs them."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath

from installcast.catalog.recipe import Script
from installcast.catalog.source import Problem, SourceError
from installcast.errors import raise_shortage

DEFAULT_INTERPRETER = ("/bin/bash",)
"""For a script without a ``#!`` line: such scripts were written for the shell that their author typed them into."""


def read_script(folder: Path, file: str) -> Script:
    """Return the script ``file`` of ``folder``. Raises :class:`SourceError` that says what to do about it."""
    relative = PurePosixPath(file)
    if not file or relative.is_absolute() or ".." in relative.parts or "\0" in file:
        raise SourceError(Problem(file, "has to be a file within the recipe's folder"))
    path = folder / relative
    try:
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode):
            raise SourceError(Problem(file, "is not a regular file"))
        with path.open("rb") as stream:
            head = stream.read(4096)
    except FileNotFoundError:
        raise SourceError(Problem(file, "does not exist")) from None
    except OSError as error:
        raise_shortage(error)
        raise SourceError(Problem(file, str(error.strerror))) from None
    if not mode & stat.S_IXUSR:
        raise SourceError(Problem(file, f"has no run bit: chmod +x {path}"))
    return Script(str(relative), _interpreter(file, head))


def _interpreter(file: str, head: bytes) -> tuple[str, ...]:
    if head.startswith(b"\x7fELF"):
        return ()
    if not head.startswith(b"#!"):
        return DEFAULT_INTERPRETER
    line = head[2:].split(b"\n", 1)[0]
    if line.endswith(b"\r"):
        raise SourceError(Problem(file, f"has Windows line ends: sed -i 's/\\r$//' {file}", 1))
    # As the kernel does: the interpreter, and all that follows as one argument.
    words = os.fsdecode(line.strip()).split(None, 1)
    if not words:
        raise SourceError(Problem(file, "names no interpreter after #!", 1))
    if not os.access(words[0], os.X_OK):
        raise SourceError(Problem(file, f"asks for the interpreter {words[0]}, which is not here", 1))
    return tuple(words)
