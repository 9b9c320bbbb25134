"""A panel as a customer would write it: it asks again when nobody answers, with the same ``Idempotency-Key``, and watches."""

from __future__ import annotations

import asyncio
import contextlib
import random
import subprocess
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import httpx

from tests.service import Service

from .checks import Accepted, check_task, processes_of, read_journal, read_witness
from .kinds import Kind
from .report import Report
from .viewers import Viewer, ViewerError, stare

SCOPES = "soft:install soft:read log:read"
_AGAIN_SECONDS = 0.05
"""Before a request that nobody answered is sent again."""

_LOOK_SECONDS = 0.5
"""Before one looks for a task whose acceptance may be still under way."""

_GIVE_UP_SECONDS = 5.0
"""After a refusal that should not have been."""

_BUSY = {429, 503, 507}
"""Refusals that mean: later."""

_VIEWERS = ("plain", "plain", "v2", "v2", "slow", "leaving", "staring")
_RETRIES = 0.3
"""Share of the failed tasks that are tried again."""

LIMIT = 600.0
"""Seconds that a task may take from request to end, whatever happens to the service: none has more than 20 to do.

It tells a task that hangs, not one that is slow on a busy machine.
"""


class Panel:
    """Keeps tasks going on ``service``. ``data_dir`` is where this process sees the data folder. All chance is ``chance``."""

    def __init__(
        self,
        service: Service,
        witness: Path,
        report: Report,
        chance: random.Random,
        *,
        data_dir: Path | None = None,
    ) -> None:
        self.service = service
        self.accepted: dict[str, Accepted] = {}
        self.active: dict[str, Accepted] = {}
        self.stopping = False
        self._witness = witness
        self._report = report
        self._chance = chance
        self.data_dir = data_dir or service.data_dir
        self.token = _make_token(service)
        self._http = httpx.AsyncClient(
            base_url=service.url, headers={"Authorization": f"Bearer {self.token}"}, timeout=15
        )

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    # --- requests that do not give up ----------------------------------------------------------------------------

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request until somebody answers it."""
        while True:
            try:
                answer = await self._http.request(method, path, **options)
            except httpx.TransportError:
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            if answer.status_code in _BUSY:
                self._refused(answer)
                await asyncio.sleep(self._chance.uniform(0.1, 0.5))
                continue
            return answer

    async def data(self, method: str, path: str, **options: Any) -> Any:
        """Return the ``data`` of an answer. Raises ``ViolationError`` where it is no success."""
        answer = await self.ask(method, path, **options)
        if answer.status_code >= 400:
            raise ViolationError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json()["data"]

    async def status(self, task_id: str) -> dict[str, Any]:
        """Return a task as the API tells it."""
        status: dict[str, Any] = await self.data("GET", "/v1/log/status", params={"task_id": task_id})
        return status

    async def tasks(self) -> list[dict[str, Any]]:
        """Return all tasks."""
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            query = {"limit": 1000} | ({"cursor": cursor} if cursor else {})
            page = await self.data("GET", "/v1/soft/tasks", params=query)
            found += page["tasks"]
            cursor = page["next_cursor"]
        return found

    async def install(self, kind: Kind) -> Accepted:
        """Have ``kind`` installed: asked for until it is accepted, with one ``Idempotency-Key``."""
        parameters = kind.draw(self._chance)
        answer = await self.data(
            "POST",
            "/v1/soft/install",
            json={"key": kind.key, "parameters": parameters},
            headers={"Idempotency-Key": f"{self._chance.getrandbits(128):032x}"},
        )
        return self._accept(answer["task_id"], kind, parameters)

    async def retry(self, task: Accepted) -> Accepted | None:
        """Have an ended task tried again; ``None`` when nobody answered and there is no new one."""
        try:
            answer = await self._http.post(f"/v1/soft/tasks/{task.task_id}/retry")
        except httpx.TransportError:
            # A retry has no key: whoever got no answer has to look.
            await asyncio.sleep(_LOOK_SECONDS)
            query = {"key": task.kind.key, "limit": 1}
            newest = (await self.data("GET", "/v1/soft/tasks", params=query))["tasks"][0]["task_id"]
            return None if newest in self.accepted else self._accept(newest, task.kind, task.parameters)
        if answer.status_code in _BUSY:
            self._refused(answer)
            return None
        if answer.status_code != 202:
            raise ViolationError(f"retry: {answer.status_code} {answer.text[:500]}")
        return self._accept(answer.json()["data"]["task_id"], task.kind, task.parameters)

    def _accept(self, task_id: str, kind: Kind, parameters: dict[str, str]) -> Accepted:
        if task_id in self.accepted:
            raise ViolationError(f"two requests, one task: {task_id}")
        task = Accepted(task_id, kind, parameters)
        self.accepted[task_id] = task
        return task

    async def cancel(self, task: Accepted) -> None:
        """Have a task canceled; that it has ended is an answer, too."""
        task.cancel_asked = True
        answer = await self.ask("POST", f"/v1/soft/tasks/{task.task_id}/cancel")
        if answer.status_code not in (200, 409):
            raise ViolationError(f"cancel: {answer.status_code} {answer.text[:500]}")

    # --- tasks, one after the other ------------------------------------------------------------------------------

    async def keep_going(self, kind: Kind, *, mixed: bool = False) -> None:
        """Have ``kind`` installed again and again, watched and checked, until the panel stops.

        ``mixed``: viewers are drawn from all sorts, and a task that failed is tried again now and then.
        """
        failed: Accepted | None = None
        while not self.stopping:
            task: Accepted | None = None
            viewers = self._draw_viewers() if mixed else ("plain", "v2")
            try:
                if failed is not None and not kind.secret and self._chance.random() < _RETRIES:
                    task = await self.retry(failed)
                task = task or await self.install(kind)
                self.active[task.task_id] = task
                async with asyncio.timeout(LIMIT):
                    await self.see_to_its_end(task, viewers)
                    status = await self.check(task)
                failed = task if mixed and status == "failed" else None
            except (ViolationError, ViewerError) as error:
                self.violation(str(error), task)
                await self._give_up(task)
            except TimeoutError:
                self.violation(f"it has no end after {LIMIT} s", task)
            finally:
                if task is not None:
                    self.active.pop(task.task_id, None)
            await asyncio.sleep(self._chance.uniform(0.0, 0.3))

    async def _give_up(self, task: Accepted | None) -> None:
        """End a task that broke a promise, so that the next one of its kind can begin."""
        if task is None:
            await asyncio.sleep(_GIVE_UP_SECONDS)
            return
        with contextlib.suppress(TimeoutError, ViolationError, ViewerError):
            async with asyncio.timeout(LIMIT):
                await self.cancel(task)
                await Viewer(self.service, self.token, task.task_id, "plain").watch()

    def _draw_viewers(self) -> list[str]:
        # One at least that stays to the end.
        return ["v2", *self._chance.choices(_VIEWERS, k=self._chance.randint(0, 3))]

    async def see_to_its_end(self, task: Accepted, viewers: Sequence[str]) -> None:
        """Watch a task, and cancel it where its kind wants that. ``viewers`` are ``plain``, ``v2``, ``slow``, ``leaving``
        and ``staring`` ones."""
        watching: list[Viewer] = []
        work: list[Coroutine[Any, Any, None]] = []
        for what in viewers:
            if what == "staring":
                work.append(stare(self.service, self.token, task.task_id, 3.0))
                continue
            viewer = Viewer(self.service, self.token, task.task_id, "plain" if what == "plain" else "v2")
            watching.append(viewer)
            leave_after = self._chance.randint(4, 20) if what == "leaving" else None
            work.append(viewer.watch(pause=0.02 * (what == "slow"), leave_after=leave_after))
        if task.kind.canceled_after is not None:
            work.append(self._cancel_later(task, self._chance.uniform(*task.kind.canceled_after)))
        together = [asyncio.create_task(each) for each in work]
        try:
            await asyncio.gather(*together)
        finally:
            for each in together:
                each.cancel()
        for viewer in watching:
            task.shown.append((viewer.protocol, bytes(viewer.collected)))
            self._report.viewer_records += viewer.next_seq
            self._report.viewer_bytes += len(viewer.collected)
            for code, count in viewer.closes.items():
                self._report.closes[f"{viewer.protocol} {code}"] += count

    async def _cancel_later(self, task: Accepted, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.cancel(task)

    # --- checks --------------------------------------------------------------------------------------------------

    async def check(self, task: Accepted) -> str:
        """Check a task whose end was told, count it, and return its state."""
        status = await self.status(task.task_id)
        folder = self.data_dir / "tasks" / task.task_id
        try:
            journal = read_journal(folder)
        except (OSError, ValueError) as error:
            self.violation(f"the journal cannot be read: {error}", task)
            return "unknown"
        answer = await self.ask(
            "GET", "/v1/log/download", params={"task_id": task.task_id, "format": "jsonl"}
        )
        if answer.content != journal.data:
            self.violation(f"the download ({answer.status_code}) is not the journal", task)
        for found in check_task(task, folder, read_witness(self._witness, task.task_id), status, journal):
            self.violation(found, task)
        if status["status"] == "canceled" and not task.runner_killed:
            for pid, command in processes_of(task.task_id):
                self.violation(f"process {pid} of a canceled task was left: {command[:200]}", task)
        task.shown.clear()
        state: str = status["status"]
        self._report.tasks += 1
        self._report.outcomes[state] += 1
        self._report.records += len(journal.records)
        self._report.gaps += sum("gap" in record for record in journal.records)
        return state

    def violation(self, what: str, task: Accepted | None = None) -> None:
        """Note a violation, with what is needed to look into it."""
        self._report.violation(
            f"{task.kind.key}: {task.task_id}: {what}" if task else what,
            task_id=task.task_id if task else None,
            folder=self.data_dir / "tasks" / task.task_id if task else None,
            log=self.service.folder / "serve.log",
        )

    def _refused(self, answer: httpx.Response) -> None:
        try:
            what = answer.json()["error"]["type"]
        except (ValueError, KeyError, TypeError):
            what = answer.text[:50]
        self._report.answers[f"{answer.status_code} {what}"] += 1


def _make_token(service: Service) -> str:
    # Where the service runs: its data folder may be mounted there only.
    where = ["--config", str(service.config_file), "--data-dir", str(service.data_dir)]
    words = ["token", "--sub", "panel", "--scope", SCOPES, "--ttl", "7d"]
    made = subprocess.run(
        [*service.prefix, str(service.command), *where, *words],
        env=service.environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return made.stdout.strip()


class ViolationError(Exception):
    """The service has answered what it must not answer."""
