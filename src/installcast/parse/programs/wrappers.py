"""Commands that run another command: sudo, env, timeout, nice and their kind. What counts is the one inside."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from installcast.parse.programs.job import file_name
from installcast.parse.programs.known import is_known
from installcast.parse.programs.system import duration

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.ASCII | re.DOTALL)

# Each with those of its options that take a value, and the number of operands before the command.
_WRAPPERS: Mapping[str, tuple[frozenset[str], int]] = {
    name: (frozenset(options.split()), operands)
    for names, options, operands in (
        ("sudo", "-u --user -g --group -h --host -p --prompt -C -r -t -T -U -D --chdir -R --chroot", 0),
        ("doas", "-u -C -a", 0),
        ("env", "-u --unset -C --chdir -S", 0),
        ("timeout", "-k --kill-after -s --signal", 1),
        ("nice", "-n --adjustment", 0),
        ("ionice", "-c --class -n --classdata -p", 0),
        (
            "nohup setsid time command builtin exec eatmydata unbuffer fakeroot dbus-run-session caffeinate",
            "-a -c",
            0,
        ),
        ("stdbuf", "-o --output -e --error -i --input", 0),
        ("chroot", "--userspec --groups", 1),
        ("runuser", "-u --user -g --group -G -s --shell", 0),
        ("gosu su-exec taskset chrt setarch proxychains4 torsocks", "-c -p", 1),
        ("flock", "-w --timeout --wait -E --conflict-exit-code", 1),
        ("xargs", "-n -P -I -L -d -s -a --max-args --max-procs --replace --arg-file --delimiter", 0),
        ("strace ltrace", "-o -e -p -s", 0),
        ("xvfb-run", "-n -s -e -f -p -w", 0),
        ("systemd-run", "-u --unit -p --property --slice --uid --gid -E --setenv --working-directory", 0),
        ("systemd-inhibit unshare", "--what --who --why --mode", 0),
    )
    for name in names.split()
}

# Names that people give their own functions around a command.
_OWN_WRAPPERS = re.compile(
    r"(?:with_)?retr(?:y|ies)\w*|(?:run|exec|execute|do|try|quiet|silent|spinner)(?:_?(?:cmd|command|quiet|step|as_root|or_die))?"
    r"|log_(?:cmd|run)|as_root|maybe_sudo"
)

MAX_LAYERS = 8


def is_wrapper(program: str) -> bool:
    """Whether this is the name of a program that runs another one."""
    return file_name(program) in _WRAPPERS


def unwrap(words: Sequence[str]) -> tuple[Sequence[str], float | None]:
    """Take off what ``words`` are wrapped in. Also returns the seconds that the command may take at most, if it is limited."""
    limit: float | None = None
    for _ in range(MAX_LAYERS):
        if not words:
            break
        program = file_name(words[0])
        if _ASSIGNMENT.fullmatch(words[0]):
            words = words[1:]
        elif program in _WRAPPERS:
            inner, before = _inside(words[1:], *_WRAPPERS[program])
            if not inner or (program in ("command", "xargs") and words[1:2] in (["-v"], ["-V"])):
                break
            if program == "timeout":
                limit = duration(before[-1]) if before else None
            words = inner
        elif _OWN_WRAPPERS.fullmatch(program) and (inner := _known_after(words[1:])):
            words = inner
        else:
            break
    return words, limit


def _inside(
    words: Sequence[str], valued: frozenset[str], operands: int
) -> tuple[Sequence[str], Sequence[str]]:
    """Return the command behind options, assignments and ``operands``; and what stood before it."""
    position, ended = 0, False
    while position < len(words):
        word = words[position]
        if not ended and word == "--":
            ended = True
        elif not ended and word.startswith("-") and len(word) > 1:
            position += word in valued
        elif not _ASSIGNMENT.fullmatch(word):
            if not operands:
                break
            operands -= 1
        position += 1
    return words[position:], words[:position]


def _known_after(words: Sequence[str]) -> Sequence[str]:
    """Return the command that begins among the first words, behind numbers, options and a title."""
    for position, word in enumerate(words[:4]):
        if is_known(file_name(word)) or word in _WRAPPERS:
            return words[position:]
        if position and not (word.startswith("-") or word.isdigit()):
            break
    return ()
