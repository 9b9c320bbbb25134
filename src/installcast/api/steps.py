"""``GET /v1/log/steps``: the steps of a task with their lines and durations."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from installcast.api.auth import Authenticate, require
from installcast.api.envelope import EnvelopeRoute, ok
from installcast.api.log import TaskId, open_log
from installcast.service import Installcast
from installcast.stream.journal_reader import JournalReader
from installcast.stream.log_stream import LogStream
from installcast.stream.steps import MAX_STEPS, StepScan
from installcast.tasks.access import LOG_READ, Principal

KEPT = 256
"""Tasks whose steps are remembered, some KB each, a third of a MB at the most: a page that compares runs asks for the same
ones again and again."""
SLICE_SECONDS = 0.05
SLICES = 2
"""As for searches: how long one reads before others get their turn, and how many read at a time."""


class StepScans:
    """The scans of the tasks that were asked for last."""

    def __init__(self) -> None:
        self._scans: OrderedDict[str, tuple[StepScan, asyncio.Lock]] = OrderedDict()
        self._slots = asyncio.Semaphore(SLICES)

    @asynccontextmanager
    async def up_to_date(self, stream: LogStream) -> AsyncIterator[StepScan]:
        """Lend the scan of a task's log, which has read what is published; meanwhile nobody else has it read on."""
        end = stream.last_offset
        scan, lock = self._scan_of(stream)
        stream.readers += 1
        try:
            async with lock:
                while not scan.reaches(end):
                    async with self._slots:
                        await asyncio.to_thread(scan.run, end, time.monotonic() + SLICE_SECONDS)
                yield scan
        finally:
            stream.readers -= 1

    def _scan_of(self, stream: LogStream) -> tuple[StepScan, asyncio.Lock]:
        found = self._scans.get(stream.task_id)
        if found is None:
            found = self._scans[stream.task_id] = (StepScan(JournalReader(stream.log_file)), asyncio.Lock())
            if len(self._scans) > KEPT:
                self._scans.popitem(last=False)
        self._scans.move_to_end(stream.task_id)
        return found


def router(engine: Installcast, authenticate: Authenticate) -> APIRouter:
    """Return the route."""
    routes = APIRouter(prefix="/v1/log", route_class=EnvelopeRoute, tags=["log"])
    scans = StepScans()

    reader = require(authenticate, LOG_READ)

    @routes.get("/steps", summary="The steps of a task")
    async def steps(
        task_id: TaskId,
        numbering: Annotated[
            bool, Query(description="Tell in `unprinted` which records printed nothing, too.")
        ] = False,
        principal: Principal = Depends(reader),
    ) -> Response:
        """In order: title, number, phase, first and last seq, lines, when it began, and `seconds`, null while it runs.

        `first_line` counts from 1, as the viewer does. `next_seq` is the seq that the next record will have, `final_seq` that of
        the last one of an ended task; `lines` counts what was printed up to there. `unprinted` holds `[seq, count]`: from
        that seq on, so many records printed nothing. It is null where these are too many to tell, or records are missing.
        """
        status, stream = await open_log(engine, task_id, principal)
        completed = stream.is_completed
        async with scans.up_to_date(stream) as scan:
            found = scan.describe(completed=completed, rollback=status["rollback"])
            data = {
                "task_id": task_id,
                "steps": found,
                "truncated": len(found) >= MAX_STEPS,
                "completed": completed,
                "lines": scan.lines,
                "next_seq": scan.next_seq,
                "final_seq": scan.final_seq,
            }
            return ok({**data, "unprinted": scan.unprinted} if numbering else data)

    return routes
