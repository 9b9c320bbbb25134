"""The catalog: all recipes of some folders, read again whenever they were changed."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from installcast.catalog.kept import misfits
from installcast.catalog.recipe import (
    ACTIONS,
    KEY_PATTERN,
    Action,
    BrokenRecipe,
    Recipe,
    RecipeDocument,
    Script,
)
from installcast.catalog.scripts import read_script
from installcast.catalog.source import Problem, Source, SourceError, read_source
from installcast.catalog.timelines import read_shipped
from installcast.catalog.trust import MAX_FILES, TooManyFilesError, distrust, walk
from installcast.errors import RecipeBrokenError, RecipeNotFoundError, raise_shortage

BUILTIN_RECIPES = Path(__file__).parent / "recipes"
SHELL_LIBRARY = Path(__file__).parent / "shell"
"""Functions that recipes may share; a task finds a copy at ``$INSTALLCAST_LIB``."""

DOCUMENT = "recipe.yaml"

Fingerprint = tuple[tuple[str, int, int, int, int, int, int], ...]


@dataclass(frozen=True)
class _Entry:
    folder: Path
    fingerprint: Fingerprint
    recipe: Recipe | BrokenRecipe


class Catalog:
    """The recipes of ``folders``, each a folder of recipe folders.

    A recipe in one of ``folders`` takes the place of a built-in one of the same key; a key that two of them hold is
    broken, since nobody could say which one is meant. Every access looks whether files changed: some ten ``lstat`` a
    recipe, far cheaper than being out of date.
    """

    def __init__(self, folders: Iterable[Path] = (), *, builtin: Path | None = BUILTIN_RECIPES) -> None:
        self._folders = tuple(Path(os.path.abspath(folder.expanduser())) for folder in folders)  # noqa: PTH100 - no symlinks resolved
        self._builtin = builtin
        self._entries: dict[str, _Entry] = {}

    def get(self, key: str) -> Recipe:
        """Return the recipe ``key``. Raises ``RecipeNotFoundError`` or ``RecipeBrokenError``."""
        recipe = self.find(key)
        if recipe is None:
            raise RecipeNotFoundError(field="key", key=key)
        if isinstance(recipe, BrokenRecipe):
            raise RecipeBrokenError(field="key", key=key, reason=recipe.reason)
        return recipe

    def find(self, key: str) -> Recipe | BrokenRecipe | None:
        """Return the recipe ``key``, broken or not, or ``None``. Raises ``OSError`` where no descriptors are left."""
        if not isinstance(key, str) or not re.fullmatch(KEY_PATTERN, key):
            return None
        places = [folder / key for folder in self._folders if _is_recipe(folder / key)]
        if len(places) > 1:
            both = " and ".join(map(str, places))
            return BrokenRecipe(
                key, places[0], (Problem(str(places[1]), f"the key {key!r} is there twice: {both}"),)
            )
        if not places and self._builtin and _is_recipe(self._builtin / key):
            places = [self._builtin / key]
        if not places:
            self._entries.pop(key, None)
            return None
        return self._load(key, places[0])

    def keys(self) -> list[str]:
        """Return the keys of all recipes, broken ones, too, in order."""
        return sorted({recipe.key for recipe in self})

    def __iter__(self) -> Iterator[Recipe | BrokenRecipe]:
        """Yield all recipes in the order of their keys, and what cannot be read as :class:`BrokenRecipe`."""
        names: set[str] = set()
        broken: list[BrokenRecipe] = []
        for folder in (*self._folders, *([self._builtin] if self._builtin else [])):
            try:
                entries = os.listdir(folder)  # noqa: PTH208 - names are all that is wanted
            except OSError as error:
                raise_shortage(error)
                broken.append(BrokenRecipe(folder.name, folder, (Problem(str(folder), str(error.strerror)),)))
                continue
            for name in entries:
                if name.startswith(".") or not _is_recipe(folder / name):
                    continue
                if re.fullmatch(KEY_PATTERN, name):
                    names.add(name)
                else:
                    reason = "is no key: lower-case letters, digits and . _ - only, at most 48"
                    broken.append(BrokenRecipe(name, folder / name, (Problem(name, reason),)))
        found = [recipe for name in names if (recipe := self.find(name)) is not None]
        yield from sorted([*found, *broken], key=lambda recipe: recipe.key)

    def _load(self, key: str, folder: Path) -> Recipe | BrokenRecipe:
        try:
            fingerprint = _fingerprint(folder)
        except TooManyFilesError:
            return BrokenRecipe(key, folder, (Problem(".", f"holds more than {MAX_FILES} files"),))
        except OSError as error:
            raise_shortage(error)
            return BrokenRecipe(key, folder, (Problem(error.filename or ".", str(error.strerror)),))
        entry = self._entries.get(key)
        if entry is None or entry.folder != folder or entry.fingerprint != fingerprint:
            entry = _Entry(folder, fingerprint, load_recipe(folder))
            self._entries[key] = entry
        return entry.recipe


def load_recipe(folder: Path) -> Recipe | BrokenRecipe:
    """Return the recipe in ``folder``, whose name is its key. What is wrong with it is told, never raised.

    Raises ``OSError`` where the process has no descriptors left.
    """
    key = folder.name
    try:
        if problems := _distrusted(folder):
            return BrokenRecipe(key, folder, problems)
        return _read_recipe(folder)
    except SourceError as error:
        return BrokenRecipe(key, folder, (error.problem,))
    except TooManyFilesError:
        return BrokenRecipe(key, folder, (Problem(".", f"holds more than {MAX_FILES} files"),))
    except OSError as error:
        raise_shortage(error)
        return BrokenRecipe(key, folder, (Problem(error.filename or ".", str(error.strerror)),))


def _read_recipe(folder: Path) -> Recipe | BrokenRecipe:
    has_document = (folder / DOCUMENT).exists()
    source = read_source(folder / DOCUMENT) if has_document else Source({"key": folder.name})
    try:
        document = RecipeDocument.model_validate(source.values)
    except ValidationError as error:
        problems = tuple(_problem(details, source) for details in error.errors(include_url=False))
        return BrokenRecipe(folder.name, folder, problems)
    if document.key != folder.name:
        reason = f"is {document.key!r}, but the folder is called {folder.name!r}; they have to be the same"
        return BrokenRecipe(folder.name, folder, (Problem(DOCUMENT, reason, source.line(("key",)), "key"),))
    scripts: dict[Action, Script] = {}
    missing: list[Problem] = []
    declared = document.actions or {
        action: f"{action}.sh" for action in ACTIONS if (folder / f"{action}.sh").is_file()
    }
    for action, file in declared.items():
        try:
            scripts[action] = read_script(folder, file)
        except SourceError as error:
            line = source.lines.get(("actions", action))
            problem = error.problem
            if line and problem.line is None:
                problem = Problem(DOCUMENT, f"{file} {problem.reason}", line, f"actions.{action}")
            missing.append(problem)
    if "install" not in declared:
        missing.append(
            Problem(DOCUMENT if document.actions else "install.sh", "a recipe needs a script for install")
        )
    problems = (*missing, *_keeps_problems(document, scripts, source))
    if problems:
        return BrokenRecipe(folder.name, folder, problems)
    return Recipe(document, folder, scripts, *read_shipped(folder, document.key))


def _keeps_problems(
    document: RecipeDocument, scripts: Mapping[Action, Script], source: Source
) -> Iterator[Problem]:
    if document.keeps and "uninstall" not in scripts:
        reason = "has no meaning without a script for uninstall"
        yield Problem(DOCUMENT, reason, source.line(("keeps",)), "keeps")
    for index, reason in misfits(document.keeps, document.parameters):
        line = source.line(("keeps", index, "unless"))
        yield Problem(DOCUMENT, reason, line, f"keeps.{index}.unless")


def _problem(details: ErrorDetails, source: Source) -> Problem:
    path = [part for part in details["loc"] if part != "[key]"]
    if path[:2] == ["steps", "install"] and isinstance(source.values["steps"], list):
        del path[1]  # where a list stands for the steps of install
    key = ".".join(map(str, path))
    if details["type"] == "extra_forbidden":
        reason = "unknown key"
    elif details["type"] == "missing":
        reason = "is missing"
    else:
        reason = details["msg"].removeprefix("Value error, ")
    return Problem(DOCUMENT, reason, source.line(path), key)


def _is_recipe(folder: Path) -> bool:
    """A folder of something else lies there in peace; one that cannot be looked into, or a link, is told as broken."""
    if not os.path.isdir(folder):  # noqa: PTH112 - unlike Path's, it never raises
        return False
    return not os.access(folder, os.R_OK | os.X_OK) or any(
        os.path.lexists(folder / name) for name in (DOCUMENT, "install.sh")
    )


def _fingerprint(folder: Path) -> Fingerprint:
    return tuple(
        (
            name,
            status.st_ino,
            status.st_mtime_ns,
            status.st_ctime_ns,
            status.st_size,
            status.st_mode,
            status.st_uid,
        )
        for name, status in walk(folder)
    )


def _distrusted(folder: Path) -> tuple[Problem, ...]:
    problems = []
    if reason := distrust(folder.parent.stat()):
        problems.append(Problem(str(folder.parent), reason))
    for name, status in walk(folder):
        shown = str(folder) if name == "." else name
        if stat.S_ISLNK(status.st_mode):
            problems.append(Problem(shown, "is a symbolic link; a recipe holds its files itself"))
        elif not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            problems.append(Problem(shown, "is neither a file nor a folder"))
        elif reason := distrust(status):
            problems.append(Problem(shown, reason))
    return tuple(problems)
