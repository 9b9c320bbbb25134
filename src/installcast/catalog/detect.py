"""What is installed, asked of the system and not of our own records: people install and remove behind our back."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from installcast.catalog.inquiry import ask, inquiry_environment
from installcast.catalog.recipe import Recipe

SECONDS = 8.0
"""For one script. One that asks apt needs 0.4 s on a machine without apt's binary cache."""

LIFETIME = 30.0
"""Seconds for which an answer counts, so that pages which ask again and again cost nothing."""

PARALLEL = 4
"""Scripts at a time: a list of a hundred recipes must not start a hundred processes."""

_ANSWER = re.compile(r"^(installed|candidate)=[ \t]*(\S{0,128})[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Detected:
    """``None`` means: not installed, or nobody knows. ``problem`` says why nobody knows.

    While ``is_detecting``, the answer is still to come; the versions are those of the answer before, where there is one.
    """

    installed_version: str | None = None
    candidate_version: str | None = None
    problem: str | None = None
    is_detecting: bool = False


class Detector:
    """Asks the ``detect`` scripts of recipes, and remembers the answers for a short while.

    ``software_dir`` is where recipes without root install to. Use it on one event loop.
    """

    def __init__(
        self,
        software_dir: Path,
        *,
        seconds: float = SECONDS,
        lifetime: float = LIFETIME,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._software_dir = software_dir
        self._seconds = seconds
        self._lifetime = lifetime
        self._clock = clock
        self._answers: dict[str, tuple[Recipe, float, Detected]] = {}
        self._generations: dict[str, int] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._slots = asyncio.Semaphore(PARALLEL)
        self._asking: dict[str, asyncio.Task[Detected]] = {}
        """Those that nobody may be waiting for any more."""

    async def detect(self, recipe: Recipe) -> Detected:
        """Return what the system says about ``recipe``. Those who ask at the same time share one answer."""
        if "detect" not in recipe.scripts:
            return Detected()
        async with self._locks.setdefault(recipe.key, asyncio.Lock()):
            if (known := self._known(recipe)) is not None:
                return known
            generation = self._generations.get(recipe.key, 0)
            async with self._slots:
                detected = await self._ask(recipe)
            if generation == self._generations.get(recipe.key, 0):
                self._answers[recipe.key] = (recipe, self._clock(), detected)
            return detected

    async def detect_all(self, recipes: Iterable[Recipe]) -> dict[str, Detected]:
        """Return key → what the system says, for all ``recipes``."""
        asked = list(recipes)
        answers = await asyncio.gather(*map(self.detect, asked))
        return {recipe.key: answer for recipe, answer in zip(asked, answers, strict=True)}

    async def detect_within(self, recipes: Iterable[Recipe], seconds: float) -> dict[str, Detected]:
        """Return the same after at most ``seconds``; what is not known by then goes on to be asked, and says so.

        Whoever asks again gets it. :meth:`close` ends what is still under way.
        """
        asked = [recipe for recipe in recipes if "detect" in recipe.scripts]
        waiting = {self._begin(recipe) for recipe in asked if self._known(recipe) is None}
        if waiting:
            await asyncio.wait(waiting, timeout=seconds)
        return {recipe.key: self._known(recipe) or self._before(recipe) for recipe in asked}

    async def close(self) -> None:
        """End the scripts that run in the background."""
        asking = tuple(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    def _begin(self, recipe: Recipe) -> asyncio.Task[Detected]:
        """Ask in the background, unless that is under way."""
        key = recipe.key
        if key not in self._asking:
            task = asyncio.create_task(self.detect(recipe), name=f"detect {key}")
            self._asking[key] = task
            task.add_done_callback(lambda _: self._asking.pop(key))
        return self._asking[key]

    def _known(self, recipe: Recipe) -> Detected | None:
        """Return an answer that still counts. A changed recipe is another object."""
        known = self._answers.get(recipe.key)
        if known and known[0] is recipe and self._clock() < known[1] + self._lifetime:
            return known[2]
        return None

    def _before(self, recipe: Recipe) -> Detected:
        _, _, detected = self._answers.get(recipe.key, (None, 0.0, Detected()))
        return replace(detected, is_detecting=True)

    def invalidate(self, key: str) -> None:
        """Forget what is known about ``key``, and what a running script is about to say: a task has changed it."""
        self._answers.pop(key, None)
        self._generations[key] = self._generations.get(key, 0) + 1

    async def _ask(self, recipe: Recipe) -> Detected:
        argv = recipe.argv("detect") or []
        try:
            answer = await ask(argv, inquiry_environment(recipe, "detect", self._software_dir), self._seconds)
        except OSError as error:
            return Detected(problem=str(error))
        if answer.exit_code != 0:
            reason = answer.errors.strip().rsplit("\n", 1)[-1] or f"exit status {answer.exit_code}"
            return Detected(problem=reason)
        found = dict(_ANSWER.findall(answer.output))
        return Detected(found.get("installed") or None, found.get("candidate") or None)
