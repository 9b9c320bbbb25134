"""One model joins all that is known of how far a task has come: it never falls, and 100 is left to success."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

Basis = Literal["script", "tool", "history", "position", "steps", "none"]

HIGHEST_BEFORE_SUCCESS = 99

StepSource = Literal["script", "marker", "course"]
"""Who named the present step: the script, a marker in its output, or its own text. The first of these outranks the others."""


class Estimate(NamedTuple):
    """How far a task is, by what is seen of it."""

    progress: float
    """Share of its time that has passed, 0-1."""
    basis: Basis
    eta_seconds: float | None
    """Seconds to go, where there are grounds to say so."""


class CourseStep(NamedTuple):
    """A command of a script, as a step. ``current`` counts from 1."""

    title: str
    current: int
    total: int


class StepPlan(NamedTuple):
    """A step that a recipe declares, and its share of the whole (any positive number, relative to the others)."""

    title: str
    weight: float = 1.0


class ProgressState:
    """Where a task stands. ``progress`` is 0-100; ``current_step`` counts from 1; 0 and ``""`` mean unknown."""

    __slots__ = ("basis", "current_step", "eta_seconds", "progress", "step", "total_steps")

    def __init__(self) -> None:
        self.progress = 0
        self.step = ""
        self.current_step = 0
        self.total_steps = 0
        self.basis: Basis = "none"
        self.eta_seconds: int | None = None
        """Seconds to go; ``None`` where there are no grounds to say so."""


class ProgressModel:
    """Takes steps and percentages from every source and keeps one :class:`ProgressState` true.

    A step that the script itself announces outranks what is read from markers, and both what its commands are; a percentage
    that the script gives outranks all others until the next step. Steps that the script counts say how far it is, but for the
    experience of an earlier run: steps take their time, and nobody knows how much.
    """

    def __init__(self, steps: Sequence[StepPlan]) -> None:
        self.state = ProgressState()
        self.revision = (
            0  # counts changes of what records show, so that others can keep what they made from the state
        )
        self.active = True
        self.joins = False
        """While not active: steps of the script's own still count where they go on in the same numbering."""
        self._plan = tuple(steps)
        self._weights: Sequence[float] = [max(step.weight, 0.0) for step in steps]
        self._source: StepSource | None = None
        self._within = 0.0  # fraction of the current step
        self._told = False  # the script itself gave the fraction
        self._is_learned = False
        if steps:
            self.state.total_steps = len(steps)
            self.state.basis = "steps"

    @property
    def planned(self) -> Sequence[StepPlan]:
        """The declared steps, while they hold."""
        return self._plan

    def step(self, current: int, total: int, title: str, source: StepSource) -> None:
        """Go to step ``current`` of ``total`` (0: as many as are known)."""
        state = self.state
        counts_on = (
            self.joins and source == "script" and self._source != "course" and 0 < total == state.total_steps
        )
        if not (self.active or counts_on) or (source == "marker" and self._source == "script"):
            return
        self._forget_course()
        if total and total != state.total_steps:
            # The script knows better than its recipe.
            self._plan = ()
            self._weights = ()
            state.total_steps = total
        if state.total_steps and current > state.total_steps:
            return
        self._source = source
        if not title and current <= len(self._plan):
            title = self._plan[current - 1].title
        if current != state.current_step:
            self._within = 0.0
            self._told = False
        state.current_step = current
        state.step = title
        if state.total_steps and not self._is_learned:
            self._advance("steps")
        self.revision += 1

    def title(self, title: str, source: StepSource) -> None:
        """A step of that name begins; its number is known only where it was declared."""
        if not self.active or (source == "marker" and self._source == "script"):
            return
        for index, plan in enumerate(self._plan):
            if plan.title == title:
                self.step(index + 1, 0, title, source)
                return
        if source == "marker" and (self._is_counted or self._plan):
            return  # numbered steps are there: the name of a fold is not one of them
        self._forget_course()
        self._source = self._source or source
        self.state.step = title
        self.revision += 1

    def percent(self, percent: float, basis: Basis, *, of_whole: bool = False) -> None:
        """``percent`` of the current step where steps are known, of the whole otherwise or when ``of_whole``."""
        if not self.active:
            return
        fraction = min(max(percent, 0.0), 100.0) / 100
        if basis == "script":
            self._told = True
        elif self._told:
            return
        if of_whole or not self._is_counted:
            self._raise_to(fraction * 100, basis)
        else:
            self._within = max(self._within, fraction)
            self._advance(basis)

    def percent_of_step(self, percent: float) -> None:
        """A tool says how far it is with its own work: without steps nobody knows which part of the whole that is."""
        if self._is_counted and not self._is_learned:
            self.percent(percent, "tool")

    def follow(
        self, estimate: Estimate | None, step: CourseStep | None, *, is_learned: bool, works: bool
    ) -> None:
        """Take what is seen of the course of the script. ``is_learned``: it is held against an earlier run. ``works``: its
        commands are known to do more than wait and talk."""
        state = self.state
        if step is not None and not self._plan and self._source in (None, "course"):
            self._source = "course"
            if step != (state.step, state.current_step, state.total_steps):
                state.step, state.current_step, state.total_steps = step
                self.revision += 1
        state.eta_seconds = None
        self._is_learned = is_learned and estimate is not None
        if estimate is not None:
            if not self._told and (is_learned or not self._is_counted or (works and self._is_guessed)):
                self._raise_to(100 * estimate.progress, estimate.basis)
            if estimate.eta_seconds is not None and state.progress < HIGHEST_BEFORE_SUCCESS:
                state.eta_seconds = math.ceil(estimate.eta_seconds)

    def succeed(self) -> None:
        """The task is done: the one way to 100."""
        self.state.progress = 100
        self.state.eta_seconds = None
        self.revision += 1

    def mask_titles(self, mask: Callable[[str], str]) -> None:
        """Take newly known secrets out of the titles."""
        self._plan = tuple(StepPlan(mask(title), weight) for title, weight in self._plan)
        self.state.step = mask(self.state.step)
        self.revision += 1

    @property
    def _is_counted(self) -> bool:
        """Whether the script is in a step whose number somebody has said."""
        return bool(self.state.total_steps and self.state.current_step) and self._source != "course"

    @property
    def _is_guessed(self) -> bool:
        """Whether the steps come from markers, of which nobody has said how they compare."""
        return self._source == "marker" and not self._plan

    def _forget_course(self) -> None:
        """Somebody names steps: those of the script's text are none any more."""
        if self._source == "course":
            self._source = None
            self.state.step, self.state.current_step, self.state.total_steps = "", 0, 0

    def _advance(self, basis: Basis) -> None:
        state = self.state
        total = sum(self._weights)
        if total > 0:
            done = (
                sum(self._weights[: state.current_step - 1])
                + self._within * self._weights[state.current_step - 1]
            )
            self._raise_to(100 * done / total, basis)
        else:
            self._raise_to(100 * (state.current_step - 1 + self._within) / state.total_steps, basis)

    def _raise_to(self, percent: float, basis: Basis) -> None:
        # The tolerance takes out what floating point lost: 7 % of 100 must not read as 6.
        progress = min(int(percent + 1e-6), HIGHEST_BEFORE_SUCCESS)
        if progress > self.state.progress:
            self.state.progress = progress
            self.revision += 1
        if progress == self.state.progress:
            self.state.basis = basis
