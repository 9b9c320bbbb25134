"""A line on its way to many viewers: printed by a script, and received; beside peers that show the same lines."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.accounting import cpu_seconds
from benchmarks.load import Load
from benchmarks.peers import Peer
from benchmarks.peers.installcast import InstallcastPeer
from benchmarks.peers.nchan import Nchan
from benchmarks.peers.websocketd import Websocketd
from benchmarks.polling import Pages
from benchmarks.report import Row, at_most, percentile

SETTLE_SECONDS = 0.5


class Pace(NamedTuple):
    """How lines come: ``burst`` of them at once, ``rate`` a second."""

    viewers: int
    lines: int
    rate: float
    burst: int = 1


class Cost(NamedTuple):
    """What a server used, and what its viewers saw."""

    cpu_us: float
    """Microseconds of processor time for each line and viewer."""
    p50: float
    """Milliseconds from print to receipt."""
    p99: float
    bytes: float
    """For each line and viewer."""


LIVE = Pace(viewers=50, lines=1000, rate=100)
SINGLE = Pace(viewers=100, lines=1000, rate=100)
BURSTS = Pace(viewers=100, lines=8000, rate=1600, burst=20)
INSTALLCAST, LINES, NCHAN, WEBSOCKETD = "Installcast", "Installcast, v2", "nginx + nchan", "websocketd"
PEERS: dict[str, tuple[str, Callable[[Path], Peer]]] = {
    INSTALLCAST: ("", InstallcastPeer),
    LINES: ("", lambda base: InstallcastPeer(base, "installcast.v2")),
    NCHAN: ("/usr/lib/nginx/modules/ngx_nchan_module.so", Nchan),
    WEBSOCKETD: ("/usr/bin/websocketd", Websocketd),
}
"""Name → a file that a peer needs, and how it is made."""


def cost(peer: Peer, pace: Pace) -> Cost:
    """Show the lines of ``pace`` to its viewers by a running ``peer``."""
    if isinstance(peer, InstallcastPeer):
        peer.install(pace.lines, pace.rate, pace.burst)
    load = Load(peer.port, pace.viewers, peer.request())
    try:
        time.sleep(SETTLE_SECONDS)
        pids = peer.pids()
        before = cpu_seconds(pids)
        peer.publish(pace.lines, pace.rate, pace.burst)
        received = load.received()
        used = cpu_seconds(pids) - before
    finally:
        load.close()
    delivered = pace.lines * pace.viewers
    return Cost(
        used / delivered * 1e6,
        percentile(received.waits, 0.5),
        percentile(received.waits, 0.99),
        received.bytes / delivered,
    )


def viewers(base: Path) -> list[Row]:
    """Measure in ``base``, an empty folder."""
    costs: dict[tuple[str, Pace], Cost] = {}
    rows: list[Row] = []
    for name, (needed, make) in PEERS.items():
        if needed and not Path(needed).exists():
            rows.append(Row(f"{name}: not here; as root, `make bench` installs it", "-"))
            continue
        for pace in (LIVE, SINGLE, BURSTS):
            folder = base / f"{name}-{pace.viewers}-{pace.burst}".replace(" ", "")
            folder.mkdir()
            with make(folder) as peer:
                costs[name, pace] = cost(peer, pace)
    live = costs[INSTALLCAST, LIVE]
    rows += [
        at_most("line printed → frame received, 50 viewers, 100 lines/s: p50", live.p50, "ms", 2),
        at_most("  p99", live.p99, "ms", 5),
        *(
            Row(f"  {name}: p50, p99", f"{found.p50:.2f}, {found.p99:.2f} ms")
            for (name, pace), found in costs.items()
            if pace is LIVE and name != INSTALLCAST
        ),
        _polled(base / "polled", live),
    ]
    nchan = costs.get((NCHAN, SINGLE))
    single = costs[INSTALLCAST, SINGLE].cpu_us
    if nchan is None:
        rows.append(
            Row("server CPU for each line and viewer, 100 viewers, one frame a line", f"{single:.3g} µs")
        )
    else:
        what = "server CPU for each line and viewer, 100 viewers, one frame a line"
        rows.append(at_most(what, single, "µs", nchan.cpu_us))
    rows += [
        at_most("  bursts of 20, one frame a line", costs[INSTALLCAST, BURSTS].cpu_us, "µs", 0.9),
        at_most("  bursts of 20, frames of lines (v2)", costs[LINES, BURSTS].cpu_us, "µs", 0.7),
        *(
            Row(f"  {name}: one frame a line, bursts", f"{single_cost.cpu_us:.3g}, {burst.cpu_us:.3g} µs")
            for name in (NCHAN, WEBSOCKETD)
            if (single_cost := costs.get((name, SINGLE))) and (burst := costs.get((name, BURSTS)))
        ),
    ]
    return rows


def _polled(base: Path, live: Cost) -> Row:
    """Let pages read the journal of the same install each second."""
    base.mkdir()
    with InstallcastPeer(base) as peer:
        peer.install(LIVE.lines, LIVE.rate, LIVE.burst)
        load = Load(peer.port, 1, peer.request())
        pages = Pages(base / f"data/tasks/{peer.task_id}/journal.jsonl", LIVE.viewers)
        peer.publish(LIVE.lines, LIVE.rate, LIVE.burst)
        load.received()
        polled = pages.close()
        load.close()
    share = live.bytes * LIVE.lines / polled.bytes
    return Row(
        "  the file read each second: p50, p99; bytes of ours, of what a page reads",
        f"{percentile(polled.waits, 0.5):.0f}, {percentile(polled.waits, 0.99):.0f} ms; {share:.0%}",
    )
