"""A recipe: what can be installed, with which parameters, and by which scripts."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from installcast.catalog.kept import KeptItem
from installcast.catalog.parameters import REQUESTED_ACTIONS, Parameter, RequestedAction
from installcast.catalog.source import Problem
from installcast.catalog.text import Text, in_locale
from installcast.catalog.timelines import Shipped, digest_scripts
from installcast.errors import (
    RootRequiredError,
    UnknownParameterError,
    UnknownVersionError,
    UnsupportedActionError,
    UnsupportedPlatformError,
)

Action = Literal["precheck", "install", "verify", "upgrade", "rollback", "uninstall", "detect", "plan"]

ACTIONS: tuple[Action, ...] = (
    "precheck",
    "install",
    "verify",
    "upgrade",
    "rollback",
    "uninstall",
    "detect",
    "plan",
)
"""Each is one script. ``detect`` and ``plan`` answer questions and change nothing."""

KEY_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,47}$"
"""A task id is made of key, version and 26 characters, and has room for 128."""

DEFAULT_VERSIONS = ("latest",)
"""What a folder with nothing but a script offers."""

_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]{0,47}")
_VERSION_PATTERN = re.compile(r"[A-Za-z0-9*][A-Za-z0-9._+~*-]{0,47}")


def matches(version: str, pattern: str) -> bool:
    """Return whether ``version`` is ``pattern``, in which ``*`` stands for anything."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), version) is not None


class Step(BaseModel):
    """A step that a script announces, with its share of the whole; ``weight`` is relative to the other steps'."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Text
    weight: Annotated[float, Field(gt=0, le=10_000)] = 1.0

    def title_in(self, locale: str) -> str:
        """Return the title in the reader's language."""
        return in_locale(self.title, locale)


StepsKey = Annotated[
    str, Field(pattern=r"^(install|upgrade|uninstall)( [A-Za-z0-9*][A-Za-z0-9._+~*-]{0,47})?$")
]


def _steps_by_action(value: Any) -> Any:
    return {"install": value} if isinstance(value, list) else value


class RecipeDocument(BaseModel):
    """``recipe.yaml``, key by key. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[str, Field(pattern=KEY_PATTERN)]
    name: Text = {}
    summary: Text = {}
    tags: Annotated[tuple[Text, ...], Field(max_length=16)] = ()
    """What kind of software it is, to find it by."""
    versions: Annotated[tuple[str, ...], Field(min_length=1, max_length=1000)] = DEFAULT_VERSIONS
    platforms: tuple[Annotated[str, Field(pattern=r"^[a-z0-9._-]+$")], ...] = ()
    requires_root: bool = False
    locks: tuple[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")], ...] = ()
    timeout: Annotated[int, Field(ge=1, le=7 * 86_400)] | None = None
    term: Literal["pipe", "pty"] = "pipe"
    parameters: tuple[Parameter, ...] = ()
    steps: Annotated[dict[StepsKey, tuple[Step, ...]], BeforeValidator(_steps_by_action)] = {}
    """A list tells the steps of install. As a mapping, the keys are ``install``, ``upgrade``, ``uninstall``, or one of these
    with a version, such as ``install 1.*``: to compile takes other steps than to unpack."""
    keeps: Annotated[tuple[KeptItem, ...], Field(max_length=32)] = ()
    """What an uninstall leaves on the machine."""
    actions: dict[Action, str] = {}
    """Action → script. Empty: the scripts that bear an action's name."""

    @field_validator("versions")
    @classmethod
    def _versions_are_versions(cls, versions: tuple[str, ...]) -> tuple[str, ...]:
        for version in versions:
            if not _VERSION_PATTERN.fullmatch(version):
                raise ValueError(
                    f"{version!r} is no version: letters, digits and . _ + ~ - only, * as a pattern"
                )
        if len(set(versions)) < len(versions):
            raise ValueError("a version stands here twice")
        return versions

    @field_validator("parameters")
    @classmethod
    def _names_are_unique(cls, parameters: tuple[Parameter, ...]) -> tuple[Parameter, ...]:
        names: set[str] = set()
        variables: set[str] = set()
        for parameter in parameters:
            if parameter.name in names:
                raise ValueError(f"the parameter {parameter.name!r} is declared twice")
            if parameter.env in variables:
                raise ValueError(f"the variable {parameter.env!r} is declared twice")
            names.add(parameter.name)
            variables.add(parameter.env)
        return parameters


@dataclass(frozen=True)
class CheckedRequest:
    """A request that fits its recipe. Parameters that were not given and have no default appear nowhere."""

    version: str
    environment: dict[str, str]
    """Variable → value, of all that is not secret."""
    secret_environment: dict[str, str]
    """Variable → secret value: never to be written to a database, a log or an argument list."""
    public_parameters: dict[str, str]
    """Parameter → value, of all that is not secret: what may be stored and shown."""


@dataclass(frozen=True)
class Script:
    """One script of a recipe: its file name within the folder, and the interpreter that its first line asks for."""

    file: str
    interpreter: tuple[str, ...]

    def argv(self, folder: Path) -> list[str]:
        """Return the command that runs this script out of ``folder``."""
        return [*self.interpreter, os.path.join(folder, self.file)]  # noqa: PTH118 - an argument, not a path to use


class Recipe:
    """A recipe that can be used. ``folder`` is where it was read from.

    ``timelines`` are those that it ships, by version and action; ``flaws`` is what is wrong with it and no reason not to use it.
    """

    def __init__(
        self,
        document: RecipeDocument,
        folder: Path,
        scripts: Mapping[Action, Script],
        timelines: Mapping[tuple[str, str], Shipped] | None = None,
        flaws: tuple[Problem, ...] = (),
    ) -> None:
        self.document = document
        self.folder = folder
        self.scripts = dict(scripts)
        self.timelines = dict(timelines or {})
        self.flaws = flaws
        self.key = document.key
        self.versions = document.versions
        self.platforms = document.platforms
        self.requires_root = document.requires_root
        self.locks = document.locks
        self.timeout = document.timeout
        """Seconds, ``None`` where the service's own limit counts."""
        self.term = document.term
        self.parameters = document.parameters
        self.steps = document.steps.get("install", ())
        """The steps of an install of the default version; :meth:`steps_for` knows all."""

    def steps_for(self, action: str, version: str = "") -> tuple[Step, ...]:
        """Return the steps that ``action`` announces; an upgrade without its own takes those of the install."""
        for key, steps in self.document.steps.items():
            wanted, _, pattern = key.partition(" ")
            if wanted == action and pattern and version and matches(version, pattern):
                return steps
        if action == "upgrade" and not any(key.startswith("upgrade") for key in self.document.steps):
            return self.steps_for("install", version)
        return self.document.steps.get(action, ())

    @cached_property
    def scripts_digest(self) -> str:
        """A sum of its scripts: another one means that they were changed."""
        return digest_scripts(self.folder)

    def are_one(self, version: str, other: str) -> bool:
        """Return whether the recipe offers both versions as one, such as ``1.22.1`` and ``1.24.0`` by ``1.*``."""
        return any(matches(version, offered) and matches(other, offered) for offered in self.versions)

    def take_the_same_steps(self, action: str, version: str, other: str) -> bool:
        """Return whether ``action`` takes the same steps for both versions: to compile takes others than to unpack."""
        return self.steps_for(action, version) == self.steps_for(action, other)

    def expected_seconds(self) -> dict[str, dict[str, float]]:
        """Return how long its actions take by the timelines that it ships: version → action → seconds."""
        expected: dict[str, dict[str, float]] = {}
        for (version, action), shipped in self.timelines.items():
            expected.setdefault(version, {})[action] = round(shipped.seconds, 1)
        return expected

    def name_in(self, locale: str) -> str:
        """Return the recipe's name in the reader's language."""
        return in_locale(self.document.name, locale, self.key)

    def argv(self, action: Action, folder: Path | None = None) -> list[str] | None:
        """Return the command of ``action``, ``None`` where the recipe has none.

        ``folder`` is the copy of the recipe to run from; by default the recipe's own folder. The script's first line is
        obeyed here and not left to the kernel: a folder on a disk mounted ``noexec`` works, and a shell always has
        the script itself open, by which its position can be seen.
        """
        script = self.scripts.get(action)
        return script.argv(folder or self.folder) if script else None

    def check(
        self, version: str | None, parameters: Mapping[str, Any], action: str = "install"
    ) -> CheckedRequest:
        """Return the request as a script receives it, or raise an ``InvalidInputError`` that names the ``field``.

        ``version`` ``None`` or ``""`` is the recipe's default. A parameter that is ``None`` or ``""`` counts as not
        given: forms send their empty fields. For an uninstall, nothing is required. A default counts for the actions
        that take its parameter.
        """
        if action not in self.scripts:
            raise UnsupportedActionError(field="action", key=self.key, action=action)
        chosen = self.check_version(version)
        declared = {parameter.name: parameter for parameter in self.parameters}
        for name in parameters:
            if name not in declared:
                raise UnknownParameterError(
                    field=name, key=self.key, declared=", ".join(declared) if declared else "–"
                )
        environment: dict[str, str] = {}
        secrets: dict[str, str] = {}
        public: dict[str, str] = {}
        for name, parameter in declared.items():
            given = parameters.get(name)
            if action not in parameter.actions and action in REQUESTED_ACTIONS:
                if given is not None and given != "":
                    raise parameter.misplaced(action)
                continue
            if given is not None and given != "":
                value = parameter.check(given)
            elif parameter.required and action != "uninstall":
                raise parameter.missing()
            elif parameter.default is not None:
                value = parameter.default
            else:
                continue
            if parameter.secret:
                secrets[parameter.env] = value
            else:
                environment[parameter.env] = value
                public[name] = value
        return CheckedRequest(chosen, environment, secrets, public)

    def check_version(self, version: str | None) -> str:
        """Return ``version`` if the recipe offers it, its first one for ``None`` or ``""``. Raises ``UnknownVersionError``."""
        if not version:
            if "*" not in self.versions[0]:
                return self.versions[0]
            version = ""
        well_formed = isinstance(version, str) and _VERSION.fullmatch(version)
        if well_formed and any(matches(version, offered) for offered in self.versions):
            return version
        shown = version[:48] if isinstance(version, str) else version
        raise UnknownVersionError(
            field="version", key=self.key, version=shown, offered=", ".join(self.versions)
        )

    def check_platform(self, system: Mapping[str, str], effective_uid: int) -> None:
        """Raise ``UnsupportedPlatformError`` or ``RootRequiredError`` where the recipe cannot work.

        ``system`` is what ``/etc/os-release`` holds; its ``ID`` and ``ID_LIKE`` count.
        """
        names = {system.get("ID", "linux"), *system.get("ID_LIKE", "").split()}
        if self.platforms and not names.intersection(self.platforms):
            raise UnsupportedPlatformError(
                key=self.key,
                platforms=", ".join(self.platforms),
                system=system.get("PRETTY_NAME", system.get("ID", "?")),
            )
        if self.requires_root and effective_uid != 0:
            raise RootRequiredError(key=self.key)

    def describe(self, locale: str = "en") -> dict[str, Any]:
        """Return the recipe as the catalog lists it, texts in the reader's language."""
        return {
            "key": self.key,
            "name": self.name_in(locale),
            "summary": in_locale(self.document.summary, locale),
            "tags": [in_locale(tag, locale) for tag in self.document.tags],
            "versions": list(self.versions),
            "platforms": list(self.platforms),
            "requires_root": self.requires_root,
            "locks": list(self.locks),
            "actions": [action for action in ACTIONS if action in self.scripts],
            "parameters": self._describe_parameters("install", locale),
            "action_parameters": {
                action: self._describe_parameters(action, locale)
                for action in REQUESTED_ACTIONS
                if action != "install" and action in self.scripts
            },
            "steps": [{"title": step.title_in(locale), "weight": step.weight} for step in self.steps],
            "keeps": [kept.describe(locale) for kept in self.document.keeps],
            "expected_seconds": self.expected_seconds(),
            "broken": None,
        }

    def _describe_parameters(self, action: RequestedAction, locale: str) -> list[dict[str, Any]]:
        return [parameter.describe(locale) for parameter in self.parameters if action in parameter.actions]


@dataclass(frozen=True)
class BrokenRecipe:
    """A folder that cannot be used as a recipe, with everything that is wrong with it."""

    key: str
    folder: Path
    problems: tuple[Problem, ...]

    @property
    def reason(self) -> str:
        """All problems in one line; each names file, line and key."""
        return "; ".join(map(str, self.problems))

    def describe(self, locale: str = "en") -> dict[str, Any]:  # noqa: ARG002 - the same shape as a recipe's
        """Return the entry of the catalog: the same keys as a working recipe's, nothing that could be chosen."""
        return {
            "key": self.key,
            "name": self.key,
            "summary": "",
            "tags": [],
            "versions": [],
            "platforms": [],
            "requires_root": False,
            "locks": [],
            "actions": [],
            "parameters": [],
            "action_parameters": {},
            "steps": [],
            "keeps": [],
            "expected_seconds": {},
            "broken": self.reason,
        }
