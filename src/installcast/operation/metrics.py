"""What ``GET /metrics`` tells. A registry of its own for each engine: two in one process do not mix.

No label has values without end: routes are templates, causes those that Installcast knows, clients families.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path
from platform import python_version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from installcast.operation import counters
from installcast.operation.traffic import LAG_BUCKETS, Traffic
from installcast.stream.manager import InstallLogManager
from installcast.tasks.queue import Queue
from installcast.tasks.store import Store

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS", "WS"})
REQUEST_BUCKETS = (0.005, 0.02, 0.1, 0.5, 1, 5, 30)
AGENTS = (
    ("browser", re.compile("Mozilla/", re.ASCII)),
    ("curl", re.compile("curl/", re.ASCII)),
    ("wget", re.compile("Wget/", re.ASCII)),
    ("python", re.compile("python|aiohttp|httpx", re.ASCII | re.IGNORECASE)),
    ("go", re.compile("Go-http-client|resty", re.ASCII)),
    ("node", re.compile("node|axios|undici", re.ASCII | re.IGNORECASE)),
    ("java", re.compile("java|okhttp", re.ASCII | re.IGNORECASE)),
    ("php", re.compile("php|guzzle", re.ASCII | re.IGNORECASE)),
)
"""Families of programs, the first that fits counts: names and versions of programs have no end."""


class Metrics:
    """The figures of one engine. ``data_dir`` is the folder whose free space is told."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._registry = CollectorRegistry()
        ProcessCollector(namespace="installcast", registry=self._registry)
        build = Gauge(
            "installcast_build_info",
            "1; its labels tell what runs.",
            ("version", "python"),
            registry=self._registry,
        )
        build.labels(version("installcast"), python_version()).set(1)
        self.requests = Counter(
            "installcast_http_requests",
            "HTTP requests, and WebSockets that have ended.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self.request_seconds = Histogram(
            "installcast_http_request_duration_seconds",
            "From the request to the end of its answer; without streams, which last as long as an install.",
            ("route",),
            buckets=REQUEST_BUCKETS,
            registry=self._registry,
        )
        self.getlog = Counter(
            "installcast_legacy_getlog_requests",
            "Calls of the old polling interface, by the family of the program that calls.",
            ("agent",),
            registry=self._registry,
        )
        self.traffic = {"ws": Traffic(), "sse": Traffic()}
        """By the kind of connection."""

    def count_request(
        self, route: str, method: str, status: int | str, seconds: float, *, streams: bool
    ) -> None:
        """Count one that has ended. ``route`` is a template; ``status`` a status, a close code or ``-``."""
        shown = f"{status // 100}xx" if isinstance(status, int) and status < 600 else "none"
        if isinstance(status, int) and status >= 1000:
            shown = str(status)  # of the close codes there are few
        self.requests.labels(route, method if method in METHODS else "OTHER", shown).inc()
        if not streams:
            self.request_seconds.labels(route).observe(seconds)

    def count_getlog(self, user_agent: str) -> None:
        """Count a call of the old interface."""
        self.getlog.labels(agent_family(user_agent)).inc()

    async def render(self, store: Store, logs: InstallLogManager, queue: Queue) -> bytes:
        """Return all figures as Prometheus reads them."""
        stored = await store.work(counters.read_counters)
        kept = _Snapshot([*_stored(stored), *_present(logs, queue), *_sent(self.traffic), *self._space()])
        self._registry.register(kept)
        try:
            return generate_latest(self._registry)
        finally:
            self._registry.unregister(kept)

    def _space(self) -> Iterator[Metric]:
        try:
            space = os.statvfs(self._data_dir)
        except OSError:
            return
        yield _gauge("data_free_bytes", "Space that is left for data_dir.", space.f_bavail * space.f_frsize)
        yield _gauge(
            "data_size_bytes", "Size of the file system of data_dir.", space.f_blocks * space.f_frsize
        )


class _Snapshot(Collector):
    """What was asked elsewhere a moment ago."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def agent_family(user_agent: str) -> str:
    """Return which family of programs sends ``user_agent``."""
    return next(
        (name for name, pattern in AGENTS if pattern.search(user_agent)), "other" if user_agent else "none"
    )


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(f"installcast_{name}", told, value)


def _stored(stored: dict[str, dict[tuple[str, ...], float]]) -> Iterator[Metric]:
    tasks = CounterMetricFamily(
        "installcast_tasks",
        "Tasks that have ended; cause is empty but after a failure.",
        labels=("action", "result", "cause"),
    )
    deaths = 0.0
    for labels, value in stored.get(counters.TASKS, {}).items():
        tasks.add_metric(labels, value)
        if labels[1] == "interrupted" and labels[2] in {"INTERRUPTED", "RUNNER_FAULT"}:
            deaths += value
    yield tasks
    yield CounterMetricFamily(
        "installcast_runner_deaths", "Tasks whose runner died or failed, perhaps with the machine.", deaths
    )
    masked = stored.get(counters.MASKED, {}).get((), 0.0)
    yield CounterMetricFamily(
        "installcast_masked_secrets", "Secrets replaced in the logs of tasks that have ended.", masked
    )
    yield _histogram(stored, counters.DURATION, "From start to end of a task.", ("action", "result"))
    yield _histogram(
        stored, counters.QUEUE_WAIT, "From the request to the start of a task that has ended.", ()
    )


def _histogram(
    stored: dict[str, dict[tuple[str, ...], float]], name: str, told: str, labels: tuple[str, ...]
) -> Metric:
    family = HistogramMetricFamily(f"installcast_{name}_seconds", told, labels=labels)
    counts = stored.get(f"{name}_bucket", {})
    for values, total in stored.get(f"{name}_sum", {}).items():
        buckets, so_far = [], 0.0
        for end in (*(f"{end:g}" for end in counters.BUCKETS), "+Inf"):
            so_far += counts.get((*values, end), 0.0)
            buckets.append((end, so_far))
        family.add_metric(values, buckets, total)
    return family


def _present(logs: InstallLogManager, queue: Queue) -> Iterator[Metric]:
    yield _gauge("tasks_queued", "Tasks that wait.", len(queue.waiting))
    yield _gauge("tasks_running", "Tasks that run.", queue.running)
    streams = list(logs)
    stalled = sum(1 for stream in streams if stream.state.get("stalled"))
    yield _gauge("tasks_stalled", "Running tasks of which nothing is heard.", stalled)
    behind = max((client.behind() for stream in streams for client in stream.clients), default=0)
    yield _gauge(
        "viewer_lag_records", "Records that the viewer furthest behind has not been sent yet.", behind
    )


def _sent(traffic: dict[str, Traffic]) -> Iterator[Metric]:
    labels = ("transport",)
    viewers = GaugeMetricFamily("installcast_viewers", "Who watches a log now.", labels=labels)
    records = CounterMetricFamily(
        "installcast_viewer_sent_records", "Records sent to viewers.", labels=labels
    )
    size = CounterMetricFamily("installcast_viewer_sent_bytes", "Their bytes.", labels=labels)
    lag = HistogramMetricFamily(
        "installcast_viewer_lag_seconds",
        "From the moment that the service has a new record to its being handed to the connection of one who waits for it.",
        labels=labels,
    )
    for transport, sent in traffic.items():
        viewers.add_metric((transport,), sent.viewers)
        records.add_metric((transport,), sent.records)
        size.add_metric((transport,), sent.bytes)
        ends = (*(f"{end:g}" for end in LAG_BUCKETS), "+Inf")
        buckets = [(end, float(count)) for end, count in zip(ends, accumulate(sent.lags), strict=True)]
        lag.add_metric((transport,), buckets, sent.lag_sum)
    yield from (viewers, records, size, lag)
