"""Recipes whose scripts bear witness: each run of a script appends to a file of its own what it did and how it ended.

What a script prints is numbered, so that a line that is lost, doubled, torn or out of order shows; how many lines and which
exit status is asked for in the request. The witness files lie outside the data folder: no fault that is injected there
reaches them.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import NamedTuple

from tests.tasks.recipes import write_recipe

SECRET_PARAMETER = "pwd"

_PRELUDE = """
say() { echo "$1" >>"{witness}/$INSTALLCAST_TASK_ID"; }
finish() { say "end {phase} $1"; exit "$1"; }
line() { echo "line $1 $(($1 * 7919 % 1000003))"; }
lines() { awk -v a="$1" -v b="$2" 'BEGIN { for (n = a; n <= b; n++) printf "line %d %d\\n", n, n * 7919 % 1000003 }'; }
steadily() { for ((n = 1; n <= COUNT; n++)); do line "$n"; sleep "$PAUSE"; done; }
say "begin {phase}"
"""
"""``echo >>`` of a builtin is one ``write`` with ``O_APPEND``: a witness is whole or not there."""

_PARAMETERS = """parameters:
  - {name: count, env: COUNT, type: integer, minimum: 0, default: 10}
  - {name: code, env: CODE, type: integer, minimum: 0, maximum: 255, default: 0}
  - {name: pause, env: PAUSE, type: string, pattern: "[0-9.]+", default: "0.05"}
"""

_SECRET = f"  - {{name: {SECRET_PARAMETER}, env: DB_PASSWORD, type: string, secret: true, min_length: 8}}\n"


def line(number: int) -> str:
    """Return the ``number``-th line that a script prints."""
    return f"line {number} {number * 7919 % 1000003}"


class Kind(NamedTuple):
    """A recipe and how it is asked for. ``counts`` and ``codes`` are drawn from; ``body`` is what its install does."""

    key: str
    body: str
    counts: tuple[int, int] = (1, 30)
    """Fewest and most lines."""
    codes: tuple[int, ...] = (0,)
    """Exit statuses."""
    pause: float = 0.05
    """Seconds between two lines, where it prints steadily."""
    locks: str = ""
    declared: str = ""
    secret: bool = False
    rollback: bool = False
    canceled_after: tuple[float, float] | None = None
    """Seconds from the request to a cancel, fewest and most."""
    times_out: bool = False
    drops_lines: bool = False
    """It prints more than a journal may hold."""
    fills: int = 0
    """For each of its count, it prints so many ``x`` without a newline."""
    extra: tuple[str, ...] = ()
    """Messages beside the numbered lines, or their beginnings, ended by ``*``."""

    def draw(self, chance: random.Random) -> dict[str, str]:
        """Return the parameters of a request."""
        drawn = {
            "count": str(chance.randint(*self.counts)),
            "code": str(chance.choice(self.codes)),
            "pause": str(self.pause),
        }
        if self.secret:
            drawn[SECRET_PARAMETER] = f"geheim-{chance.getrandbits(64):016x}"
        return drawn


def write_kinds(folder: Path, witness: Path, kinds: tuple[Kind, ...]) -> None:
    """Write the recipes of ``kinds`` to ``folder``; their scripts bear witness in the folder ``witness``."""
    witness.mkdir(exist_ok=True)
    for kind in kinds:

        def script(body: str, phase: str) -> str:
            return _PRELUDE.replace("{witness}", str(witness)).replace("{phase}", phase) + body

        scripts = {"install": script(f'{kind.body}\nfinish "$CODE"\n', "install")}
        if kind.rollback:
            scripts["rollback"] = script("echo undone\nfinish 0\n", "rollback")
        declared = kind.declared + (f"locks: [{kind.locks}]\n" if kind.locks else "")
        declared += _PARAMETERS + (_SECRET if kind.secret else "")
        write_recipe(folder, kind.key, declared=declared, **scripts)


QUICK = Kind("quick", 'lines 1 "$COUNT"', counts=(0, 200), codes=(0, 0, 0, 3))
STEADY = Kind("steady", "steadily", counts=(20, 120))
FLOOD = Kind("flood", 'lines 1 "$COUNT"', counts=(1000, 20_000), codes=(0, 1))
LOCKED = tuple(Kind(f"locked-{name}", "steadily", counts=(5, 25), locks="shared") for name in "ab")
VAULT = Kind(
    "vault",
    'echo "the password is $DB_PASSWORD"\necho "it is $(printf %s "$DB_PASSWORD" | base64), too"\nsteadily',
    counts=(5, 25),
    codes=(0, 0, 2),
    locks="shared",
    secret=True,
    extra=("the password is ***", "it is ***, too"),
)
BROKEN = Kind("broken", "steadily", counts=(1, 10), codes=(1, 2, 77), rollback=True, extra=("undone",))
PATIENT = Kind(
    "patient", "steadily", counts=(600, 600), canceled_after=(0.2, 3.0), rollback=True, extra=("undone",)
)

KILL_CYCLE_KINDS = (QUICK, STEADY, FLOOD, *LOCKED, VAULT, BROKEN, PATIENT)
"""What a service has in hand while it is killed again and again."""

HUGE = Kind("huge", 'lines 1 "$COUNT"', counts=(60_000, 150_000), drops_lines=True)
BINARY = Kind("binary", 'head -c "$((COUNT * 1000))" /dev/urandom', counts=(1, 300), extra=("*",))
UNBROKEN = Kind(
    "unbroken",
    'head -c "$((COUNT * 10000))" /dev/zero | tr "\\0" x',
    counts=(1, 50),
    fills=10_000,
    extra=("x*",),
)
DAEMON = Kind(
    "daemon", 'lines 1 "$COUNT"\n(trap "" HUP; exec setsid sleep 3) &', counts=(1, 50), codes=(0, 4)
)
FORKING = Kind("forking", 'for n in {1..25}; do (sleep 0.2) & done\nlines 1 "$COUNT"\nwait', codes=(0, 1))
TERMINAL = Kind("terminal", "steadily", counts=(5, 40), declared="term: pty\n")
TIMED = Kind(
    "timed",
    "steadily",
    counts=(600, 600),
    declared="timeout: 2\n",
    times_out=True,
    rollback=True,
    extra=("undone",),
)
STUBBORN = Kind(
    "stubborn",
    "trap '' TERM\n(trap '' TERM; setsid sleep 600) >/dev/null 2>&1 &\nsteadily",
    counts=(600, 600),
    canceled_after=(0.5, 4.0),
)

MIXED_KINDS = (*KILL_CYCLE_KINDS, HUGE, BINARY, UNBROKEN, DAEMON, FORKING, TERMINAL, TIMED, STUBBORN)
"""All of them."""
