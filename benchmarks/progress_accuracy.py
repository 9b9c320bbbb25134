"""How right the progress, the cause and the levels are, on recorded installs.

``python benchmarks/progress_accuracy.py --corpus DIR [--json]`` replays each recording of DIR through the parse path, as a
runner would have fed it, alone and with each other recording of the same script as the run that was learned from. A recording
is a folder with ``script.sh``, ``meta.json``, ``capture.jsonl[.gz]`` (one read a line: ``t``, ``fd``, ``data`` in base64),
``truth_lines.json`` (``[[t, line], …]``: where the script was, as the kernel tells a runner) and ``labels.json``.

Progress is held against elapsed / total time, in points of 100. Beside it stands what others show: the elapsed time over the
duration of the earlier run.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from base64 import b64decode
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple
from zlib import crc32

from rich.console import Console
from rich.table import Table

from installcast.parse.diagnose import Error
from installcast.parse.observation import Observation
from installcast.parse.parser import Parser
from installcast.parse.timeline import Timeline
from installcast.parse.tools.apt_status import AptStatus
from installcast.runner.causes import KILLED, timed_out

TICK = 0.5
"""Seconds between two samples."""

_ETA_TOLERANCE = 0.2


class Recording:
    """One recorded install."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name
        self.meta: dict[str, Any] = json.loads((folder / "meta.json").read_text())
        self.script = (folder / "script.sh").read_bytes()
        self.exit: int = self.meta["exit"]
        self.seconds: float = self.meta["wall_seconds"]
        labels = folder / "labels.json"
        self.labels: dict[str, Any] = json.loads(labels.read_text()) if labels.exists() else {}

    @property
    def stem(self) -> str:
        """What was installed: recordings of the same script begin alike."""
        return self.name.split("--")[0]

    def events(self) -> list[tuple[float, int, str, Any]]:
        """Return what a runner would have seen: time, rank at the same time, kind and value."""
        found: list[tuple[float, int, str, Any]] = []
        truth = self.folder / "truth_lines.json"
        if truth.exists():
            found += [(t, 0, "line", line) for t, line in json.loads(truth.read_text())]
        for t, stream, data in self._reads():
            found.append((t, 1 if stream == "status" else 2, stream, data))
        return sorted(found, key=lambda event: event[:2])

    def _reads(self) -> Iterator[tuple[float, str, bytes]]:
        path = self.folder / "capture.jsonl"
        with path.open("rb") if path.exists() else gzip.open(f"{path}.gz", "rb") as file:
            for line in file:
                values = json.loads(line)
                yield values["t"], values["fd"], b64decode(values["data"])


class Replay(NamedTuple):
    """What the product made of a recording."""

    recording: Recording
    earlier: Recording | None
    samples: list[tuple[float, int, str]]
    etas: list[tuple[float, int]]
    code: str | None
    line: str | None
    error_lines: list[str]
    lines: int
    timeline: Timeline

    @property
    def errors(self) -> list[float]:
        """Points between what was shown and elapsed / total, at each tick."""
        total = self.recording.seconds
        at_ticks = (sample for sample in self.samples if sample[0] % TICK == 0 and sample[0] < total)
        return [abs(progress - 100 * t / total) for t, progress, _ in at_ticks]

    @property
    def naive_errors(self) -> list[float]:
        """The same of elapsed / duration of the earlier run."""
        total, expected = self.recording.seconds, self.earlier.seconds if self.earlier else 0.0
        ticks = [index * TICK for index in range(int(total / TICK) + 1)]
        return [abs(min(t / expected, 1.0) - t / total) * 100 for t in ticks] if expected else []

    @property
    def falls(self) -> int:
        """How often the progress fell: it must not."""
        progress = [sample[1] for sample in self.samples]
        return sum(after < before for before, after in pairwise(progress))

    @property
    def bases(self) -> str:
        """What it was based on, in the order in which that changed."""
        bases = [basis for _, _, basis in self.samples]
        return " ".join(dict.fromkeys(basis for basis in bases if basis != "none")) or "none"

    @property
    def late_etas(self) -> list[bool]:
        """For each remaining time that was given in the second half: whether it was right."""
        total = self.recording.seconds
        return [
            abs(eta - (total - t)) <= max(_ETA_TOLERANCE * (total - t), 0.5)
            for t, eta in self.etas
            if t >= total / 2
        ]


def replay(recording: Recording, earlier: Recording | None, history: Timeline | None) -> Replay:
    """Feed ``recording`` to a parser that has learned ``history``."""
    parser, status = Parser(history=history), AptStatus()
    bodies: list[str] = []
    samples: list[tuple[float, int, str]] = []
    etas: list[tuple[float, int]] = []

    def sample(t: float) -> None:
        state = parser.state
        now = (round(t, 4), state.progress, str(state.basis))
        if not samples or now[1:] != samples[-1][1:] or t % TICK == 0:
            samples.append(now)
        if state.eta_seconds is not None and t % TICK == 0:
            etas.append((t, state.eta_seconds))

    bodies += parser.enter_phase("install", 0.0, script=recording.script)
    sample(0.0)
    tick = TICK
    for t, _, kind, value in recording.events():
        while tick <= min(t, recording.seconds):
            bodies += parser.feed(b"", tick)
            sample(tick)
            tick += TICK
        if kind == "line":
            parser.at_line(value, t)
        elif kind == "status":
            for line in value.decode("utf-8", "replace").splitlines():
                if (reading := status.read(line)) is not None:
                    parser.observe(Observation(readings=(reading,)), t)
        else:
            bodies += parser.feed(value, t)
        sample(t)
    while tick < recording.seconds:
        bodies += parser.feed(b"", tick)
        sample(tick)
        tick += TICK
    bodies += parser.flush(recording.seconds)
    sample(recording.seconds)
    records = [json.loads(f"{{{body}") for body in bodies]
    error = _cause(recording, parser)
    shown = None if error is None or error.body_index is None else records[error.body_index]["message"]
    return Replay(
        recording,
        earlier,
        samples,
        etas,
        error.code if error else None,
        shown,
        [record["message"] for record in records if record["level"] == "ERROR"],
        len(records),
        parser.timeline(),
    )


def _cause(recording: Recording, parser: Parser) -> Error | None:
    """Return why it failed, as a runner would say it: it knows whom it has ended itself."""
    code = recording.exit
    found = parser.diagnose(128 - code if code < 0 else code)
    limit = recording.meta.get("killed_by_runner_after")
    if limit is not None and recording.meta.get("kill_signal") == 15:
        is_told = found.code == "TIMEOUT" and found.body_index is not None
        return found if is_told else timed_out(limit)
    if code == 0 and found.code == "UNKNOWN":
        return None
    if code < 0 and found.code == "UNKNOWN":
        return KILLED._replace(body_index=found.body_index)
    return found


def replays(folder: Path) -> Iterator[Replay]:
    """Replay all recordings of ``folder``, alone and in pairs."""
    found = [Recording(path.parent) for path in sorted(folder.glob("*/meta.json"))]
    alone = [replay(recording, None, None) for recording in found]
    yield from alone
    timelines = {
        each.recording.name: Timeline.from_json(each.timeline.to_json())
        for each in alone
        if each.recording.exit == 0
    }
    for recording in found:
        for other in found:
            if other.name != recording.name and other.stem == recording.stem and other.name in timelines:
                yield replay(recording, other, timelines[other.name])


def raw(found: Iterable[Replay]) -> list[dict[str, Any]]:
    """Return what others can score."""
    return [
        {
            "name": each.recording.name,
            "earlier": each.earlier.name if each.earlier else None,
            "samples": each.samples,
            "code": each.code,
            "line": each.line,
            "error_lines": each.error_lines,
        }
        for each in found
    ]


# --- the tables ------------------------------------------------------------------------------------------------------


def show(found: Sequence[Replay]) -> None:
    """Print one row for each replay, and the sums."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    table = Table(title="Progress, in points off elapsed / total", title_justify="left")
    for name in ("recording", "earlier run", "mean", "worst", "naive", "falls", "basis", "late eta"):
        table.add_column(name, justify="left" if name in ("recording", "earlier run", "basis") else "right")
    for each in filter(_has_progress, found):
        naive = f"{fmean(each.naive_errors):.1f}" if each.naive_errors else ""
        right = each.late_etas
        table.add_row(
            each.recording.name,
            each.earlier.name.split("--")[1] if each.earlier else "",
            f"{fmean(each.errors):.1f}",
            f"{max(each.errors):.0f}",
            naive,
            str(each.falls),
            each.bases,
            f"{sum(right)}/{len(right)}" if right else "",
        )
    console.print(table)
    table = Table(title="Causes", title_justify="left")
    for name in ("recording", "code", "", "line", ""):
        table.add_column(name)
    for each in found:
        labels = each.recording.labels
        if each.earlier is None and (labels.get("error_cause") or each.code):
            table.add_row(
                each.recording.name,
                each.code or "-",
                "right" if each.code == labels.get("error_cause") else f"NOT {labels.get('error_cause')}",
                (each.line or "-")[:60],
                "right" if _line_is_right(each) else f"NOT {labels.get('first_error_line')}"[:50],
            )
    console.print(table)
    for title, part in parts(found).items():
        table = Table(title=title, title_justify="left", show_header=False)
        for what, figure in sums(part):
            table.add_row(what, figure)
        console.print(table)


def parts(found: Sequence[Replay]) -> dict[str, list[Replay]]:
    """Return the two halves into which the names fall, and all: rules were made on one half, and tried on the other."""
    halves: tuple[list[Replay], list[Replay]] = ([], [])
    for each in found:
        halves[crc32(each.recording.stem.encode()) % 2].append(each)
    return {"Half that was looked at": halves[0], "Half that was kept aside": halves[1], "All": list(found)}


def sums(found: Sequence[Replay]) -> Iterator[tuple[str, str]]:
    """Yield the figures over many replays."""
    runs = [each for each in found if _has_progress(each)]
    alone = [each for each in runs if each.earlier is None]
    pairs = [each for each in runs if each.earlier is not None]
    for what, some in (("alone", alone), ("with an earlier run", pairs)):
        if some:
            means = [fmean(each.errors) for each in some]
            yield f"{what}: runs", str(len(some))
            yield f"{what}: mean error", f"{fmean(means):.2f} points"
            yield f"{what}: worst run", f"{max(means):.1f} points"
    if pairs:
        naive = fmean(fmean(each.naive_errors) for each in pairs)
        yield "elapsed / earlier duration: mean error", f"{naive:.2f} points"
        changed = [each for each in pairs if _speed_changed(each)]
        if changed:
            yield "where the speed changed: runs", str(len(changed))
            yield (
                "where the speed changed: mean error",
                f"{fmean(fmean(e.errors) for e in changed):.2f} points",
            )
            naive = fmean(fmean(each.naive_errors) for each in changed)
            yield "where the speed changed: elapsed / earlier duration", f"{naive:.2f} points"
    yield "falls", str(sum(each.falls for each in found))
    etas = [right for each in runs for right in each.late_etas]
    if etas:
        yield "remaining times in the second half: right", f"{sum(etas)} of {len(etas)}"
    single = [each for each in found if each.earlier is None]
    failed = [each for each in single if each.recording.labels.get("error_cause")]
    if failed:
        right = sum(each.code == each.recording.labels["error_cause"] for each in failed)
        unknown = sum(each.code in (None, "UNKNOWN") for each in failed)
        yield "failures: code right", f"{right} of {len(failed)}"
        yield "failures: code unknown, wrong", f"{unknown}, {len(failed) - right - unknown}"
        yield "failures: line right", f"{sum(map(_line_is_right, failed))} of {len(failed)}"
    good = [each for each in single if not each.recording.labels.get("error_cause")]
    lines = sum(each.lines for each in good)
    if lines:
        wrong = sum(len(each.error_lines) for each in good)
        yield "successes: lines marked ERROR", f"{wrong} of {lines} ({1000 * wrong / lines:.2f} in 1,000)"


def _has_progress(each: Replay) -> bool:
    """A failure stops somewhere on its way: elapsed / total says nothing of that."""
    return each.recording.exit == 0 and not each.recording.labels.get("error_cause")


def _speed_changed(each: Replay) -> bool:
    return each.earlier is not None and not 0.8 < each.recording.seconds / each.earlier.seconds < 1.25


def _line_is_right(each: Replay) -> bool:
    wanted = each.recording.labels.get("first_error_line")
    if wanted is None:
        return each.code == each.recording.labels.get("error_cause")
    return each.line is not None and each.line.strip() == wanted.strip()


def main(arguments: Sequence[str]) -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR", help="folder of recordings")
    parser.add_argument("--json", action="store_true", help="print what others can score")
    options = parser.parse_args(arguments)
    found = list(replays(options.corpus))
    if not found:
        print(f"{options.corpus}: no recordings", file=sys.stderr)
        return 2
    if options.json:
        json.dump(raw(found), sys.stdout)
        print()
    else:
        show(found)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
