"""How tasks of the last days ended, and how long they took: counted by the database, in one pass each.

A task counts on the day of its end. All times in the database are UTC; a reader's days begin ``offset_minutes`` earlier.
"""

from __future__ import annotations

import sqlite3
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

OUTCOMES = ("succeeded", "failed", "canceled", "interrupted")
"""What a day is counted by. A followed log whose outcome is unknown is none of them."""

MAX_RUNS = 20_000
"""Newest successes that durations are told of: to rank a hundred thousand would hold the database up for a third of a second."""

MAX_KINDS = 500
"""Kinds of run (recipe, version, action) that are told, the most frequent first: a nightly build is a new version each day."""

_ENDED = "finished_at >= :since AND finished_at < :until AND (:user IS NULL OR user = :user)"

# Without the fraction: SQLite rounds to milliseconds, and the last half of one would count on the next day.
_DAYS = f"""
SELECT date(substr(finished_at, 1, 19), :shift) AS day, status, count(*) AS number FROM tasks
WHERE {_ENDED} GROUP BY day, status
"""  # noqa: S608 - our own words

_CAUSES = f"""
SELECT json_extract(error, '$.code') AS code, count(*) AS number FROM tasks
WHERE {_ENDED} AND status = 'failed' AND error IS NOT NULL GROUP BY code ORDER BY number DESC, code
"""  # noqa: S608

# Of an even number of runs the median is the mean of the two in the middle; the 90th percentile is the nearest rank.
_DURATIONS = f"""
WITH run AS (
    SELECT key, version, action, finished_at, seconds,
        row_number() OVER (PARTITION BY key, version, action ORDER BY seconds) AS place,
        count(*) OVER (PARTITION BY key, version, action) AS runs
    FROM (
        SELECT key, version, action, finished_at,
            max(0, (julianday(finished_at) - julianday(started_at)) * 86400) AS seconds
        FROM tasks WHERE {_ENDED} AND status = 'succeeded' AND started_at IS NOT NULL
        ORDER BY finished_at DESC LIMIT :max_runs
    )
)
SELECT key, version, action, runs,
    total(CASE WHEN place IN ((runs + 1) / 2, (runs + 2) / 2) THEN seconds END) / (2 - runs % 2) AS median,
    total(CASE WHEN place = (9 * runs + 9) / 10 THEN seconds END) AS p90,
    seconds AS last, max(finished_at)
FROM run GROUP BY key, version, action ORDER BY runs DESC, key, version, action LIMIT :max_kinds
"""  # noqa: S608

_ACTIVE = """
SELECT status, count(*) AS number FROM tasks
WHERE status IN ('queued', 'running') AND (:user IS NULL OR user = :user) GROUP BY status
"""


class Span(NamedTuple):
    """Days from ``first`` to ``last``, both included, of somebody ``offset_minutes`` east of Greenwich."""

    first: date
    last: date
    offset_minutes: int = 0

    @classmethod
    def ending(cls, now: datetime, days: int, offset_minutes: int = 0) -> Span:
        """Return the ``days`` days that end with that of ``now``, which is UTC."""
        today = (now + timedelta(minutes=offset_minutes)).date()
        return cls(today - timedelta(days=days - 1), today, offset_minutes)

    @property
    def dates(self) -> list[str]:
        """Its days as ISO 8601 dates."""
        return [
            (self.first + timedelta(days=number)).isoformat()
            for number in range((self.last - self.first).days + 1)
        ]

    def values(self) -> dict[str, Any]:
        """Return its ends as the database writes times, and what moves a time to the reader's clock."""
        return {
            "since": self._utc(self.first),
            "until": self._utc(self.last + timedelta(days=1)),
            "shift": f"{self.offset_minutes:+d} minutes",
        }

    def _utc(self, day: date) -> str:
        # Without a Z: a beginning of what is stored, so that it sorts before every time of that second.
        return (datetime.combine(day, time()) - timedelta(minutes=self.offset_minutes)).isoformat()


def collect(connection: sqlite3.Connection, span: Span, user: str | None) -> dict[str, Any]:
    """Return what ``GET /v1/soft/stats`` answers, of ``user``'s tasks or, where that is ``None``, of everybody's."""
    values = {"user": user, "max_runs": MAX_RUNS, "max_kinds": MAX_KINDS, **span.values()}
    days = {day: {"date": day, **dict.fromkeys(OUTCOMES, 0)} for day in span.dates}
    for row in connection.execute(_DAYS, values):
        if row["status"] in OUTCOMES:
            days[row["day"]][row["status"]] = row["number"]
    active = {row["status"]: row["number"] for row in connection.execute(_ACTIVE, values)}
    return {
        "from": span.first.isoformat(),
        "to": span.last.isoformat(),
        "days": list(days.values()),
        "causes": [
            {"code": row["code"], "count": row["number"]} for row in connection.execute(_CAUSES, values)
        ],
        "durations": [
            {
                "key": row["key"],
                "version": row["version"],
                "action": row["action"],
                "runs": row["runs"],
                "median_seconds": round(row["median"], 1),
                "p90_seconds": round(row["p90"], 1),
                "last_seconds": round(row["last"], 1),
            }
            for row in connection.execute(_DURATIONS, values)
        ],
        "running": active.get("running", 0),
        "queued": active.get("queued", 0),
    }
