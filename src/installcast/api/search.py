"""``GET /v1/log/search``: records that match, found without holding anybody else up."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from installcast.api.auth import Authenticate, require
from installcast.api.envelope import EnvelopeRoute, ok
from installcast.api.log import MAX_SEQ, TaskId, open_log
from installcast.errors import InvalidInputError
from installcast.service import Installcast
from installcast.stream import search
from installcast.stream.expressions import MAX_CHARACTERS, Expression
from installcast.stream.journal_reader import JournalReader
from installcast.tasks.access import LOG_READ, Principal

LEVELS = ("INFO", "WARN", "ERROR", "SUCCESS")
MAX_MATCHES = 1000
SLICE_SECONDS = 0.05
"""How long a search has a thread and its share of the processor before others get theirs."""
SLICES = 2
"""How many work at a time, whoever asks: a search costs a processor, and installs need some, too."""
MAX_SECONDS = 1.0
"""Of work, for one request: ``next_from`` tells where the next one goes on."""
COUNT_SECONDS = 0.5
"""Of work, after which no more matches are counted than those that are answered."""
MAX_BYTES = 536_870_912
"""Of the journal, for one request: twice what a task may write unless ``log.max_bytes_per_task`` says so."""


class MissingTextError(InvalidInputError):
    """Nothing says what is searched for."""

    en = "{field}: missing: a text, unless a level is given"
    zh = "{field}：缺少搜索内容（仅按级别筛选时可省略）"


class UnknownLevelError(InvalidInputError):
    """A level that no record has."""

    en = "{field}: {level} is no level; there are {levels}"
    zh = "{field}：没有级别 {level}，可用：{levels}"


def router(engine: Installcast, authenticate: Authenticate) -> APIRouter:
    """Return the route."""
    routes = APIRouter(prefix="/v1/log", route_class=EnvelopeRoute, tags=["log"])
    slots = asyncio.Semaphore(SLICES)

    reader = require(authenticate, LOG_READ)

    @routes.get("/search", summary="Search a log")
    async def find(
        request: Request,
        task_id: TaskId,
        q: Annotated[
            str,
            Query(
                max_length=MAX_CHARACTERS,
                description="The text to look for, in either case; may be left out beside `level`.",
            ),
        ] = "",
        regex: Annotated[bool, Query(description="`q` is an expression of RE2.")] = False,
        case_sensitive: Annotated[bool, Query(description="Tell capitals from small letters.")] = False,
        level: Annotated[str, Query(description="Only these levels, such as `WARN,ERROR`.")] = "",
        start: Annotated[
            int, Query(alias="from", ge=0, le=MAX_SEQ, description="The seq of the first record to look at.")
        ] = 0,
        limit: Annotated[int, Query(ge=1, le=MAX_MATCHES, description="At most so many matches.")] = 100,
        principal: Principal = Depends(reader),
    ) -> Response:
        """Records that match, in order, with the places of the matches. One request does a bounded piece of work.

        `next_from`, unless null, is the `from` of the next request; `total` is the number of matches in the whole log, where
        this request has counted them, else null.
        """
        query = _query(q, level, regex=regex, case_sensitive=case_sensitive)
        _, stream = await open_log(engine, task_id, principal)
        completed = stream.is_completed
        work = search.Search(
            JournalReader(stream.log_file),
            query,
            stream.locate(start),
            stream.last_offset,
            limit=limit,
            counts=start == 0,
        )
        stream.readers += 1
        try:
            await _carry_out(work, slots, request)
        finally:
            stream.readers -= 1
        return ok(
            {
                "task_id": task_id,
                "from": start,
                "limit": limit,
                "matches": [match._asdict() for match in work.matches],
                "next_from": work.next_from(),
                "total": work.count if start == 0 and work.is_whole else None,
                "completed": completed,
            }
        )

    return routes


async def _carry_out(work: search.Search, slots: asyncio.Semaphore, request: Request) -> None:
    """Search until all is done, or enough was done for one request, or nobody waits for it."""
    seconds = 0.0
    while not work.is_done and seconds < MAX_SECONDS and work.searched < MAX_BYTES:
        async with slots:
            began = time.monotonic()
            await asyncio.to_thread(work.run, began + SLICE_SECONDS)
            seconds += time.monotonic() - began
        if (work.is_full and seconds >= COUNT_SECONDS) or await request.is_disconnected():
            return


def _query(text: str, level: str, *, regex: bool, case_sensitive: bool) -> search.Query:
    levels = None
    if level:
        levels = frozenset(name.strip().upper() for name in level.split(","))
        for unknown in sorted(levels.difference(LEVELS)):
            raise UnknownLevelError(field="level", level=repr(unknown[:20]), levels=", ".join(LEVELS))
    if text:
        return search.Query(Expression(text, regex=regex, case_sensitive=case_sensitive), levels)
    if levels is None:
        raise MissingTextError(field="q")
    return search.Query(None, levels)
