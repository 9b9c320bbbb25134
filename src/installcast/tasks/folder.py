"""The folder of a task: made before the task is accepted, complete, so that starting it needs nothing else.

It holds a copy of the recipe, taken when the request was checked: what was checked is what runs, whatever happens to the
recipe, or to Installcast itself, while the task waits or runs.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from installcast.catalog import SHELL_LIBRARY, Action, CheckedRequest, Recipe
from installcast.parse.progress import StepPlan
from installcast.parse.timeline import Timeline
from installcast.runner.environment import SHELL_HELPERS, apt_config, script_environment
from installcast.runner.history import HISTORY_FILE
from installcast.runner.journal import JOURNAL_FILE
from installcast.runner.live import LIVE_FILE
from installcast.runner.outcome import sync_folder
from installcast.runner.spec import Phase, TaskSpec
from installcast.settings import Settings
from installcast.tasks.timelines import Timelines

REQUEST_FILE = "request.json"
"""What was accepted; see :mod:`installcast.tasks.acceptance`."""

_RECIPE, _LIBRARY, _WORK = "recipe", "lib", "work"

PASSED_ON = (
    *("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"),
    *("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_CERT", "PIP_CONFIG_FILE"),
    *("UV_INDEX_URL", "UV_DEFAULT_INDEX", "NPM_CONFIG_REGISTRY", "NPM_CONFIG_CAFILE", "GOPROXY"),
    "APT_CONFIG",
)
"""Of the service's own environment, all that a script gets to see: how to reach the network, and whom to trust there."""

_PHASES: dict[str, tuple[tuple[str, Action], ...]] = {
    "install": (("precheck", "precheck"), ("install", "install"), ("verify", "verify")),
    # What an upgrade runs is its install.
    "upgrade": (("precheck", "precheck"), ("install", "upgrade"), ("verify", "verify")),
    "uninstall": (("uninstall", "uninstall"),),
    "plan": (("precheck", "precheck"), ("plan", "plan")),
}
"""Action → its phases as records name them, each with the script of the recipe that it runs where there is one."""

PLAN_SECONDS = 120
"""For what changes nothing, and somebody waits for."""

_WITH_ROLLBACK = frozenset({"install", "upgrade"})


def journal_file(folder: Path) -> Path:
    """Return the journal of the task in ``folder``."""
    return folder / JOURNAL_FILE


def live_file(folder: Path) -> Path:
    """Return the file that tells what is no record."""
    return folder / LIVE_FILE


def reopen(folder: Path) -> None:
    """Let ourselves into the folder of a task again, should a script that is no root have shut us out."""
    with contextlib.suppress(OSError):
        status = folder.lstat()
        if stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_IRWXU != stat.S_IRWXU:
            folder.chmod(0o700)


class Order(NamedTuple):
    """What was asked for, checked against its recipe. ``planned``: only say what it would do."""

    recipe: Recipe
    action: str
    checked: CheckedRequest
    locale: str = "en"
    planned: bool = False


def prepare(
    folder: Path,
    order: Order,
    settings: Settings,
    *,
    secrets_file: Path | None,
    results_file: Path | None,
    request: bytes | None = None,
) -> None:
    """Make ``folder``, named like the task, with all that a runner needs, durably. Raises ``OSError``; then nothing is left.

    ``request`` is the content of ``request.json``, which tells whose task it is.
    """
    recipe = order.recipe
    copy = folder / _RECIPE
    folder.mkdir(mode=0o700)
    try:
        for name in (_LIBRARY, _WORK):
            (folder / name).mkdir(mode=0o700)
        _copy(recipe.folder, copy)
        _copy_helpers(folder)
        journal_file(folder).touch(mode=0o600)
        if request is not None:
            _write(folder / REQUEST_FILE, request, 0o600)
        phases = _PHASES["plan" if order.planned else order.action]
        history = None if order.planned else _history(order, settings, copy)
        if history is not None:
            _write(folder / HISTORY_FILE, history.to_json().encode(), 0o600)
        rollback = recipe.argv("rollback", copy) if order.action in _WITH_ROLLBACK else None
        TaskSpec(
            task_id=folder.name,
            key=recipe.key,
            software_version=order.checked.version,
            action=order.action,
            phases=tuple(
                Phase(phase, tuple(argv)) for phase, script in phases if (argv := recipe.argv(script, copy))
            ),
            environment=_environment(folder, order, settings),
            work_dir=folder / _WORK,
            rollback=Phase("rollback", tuple(rollback)) if rollback and not order.planned else None,
            detect=None if order.planned else _question(recipe, "detect", copy),
            verify=None if order.planned else _question(recipe, "verify", copy),
            secrets_file=secrets_file,
            results_file=results_file,
            timeout=PLAN_SECONDS if order.planned else recipe.timeout or settings.runner.timeout,
            kill_grace=settings.runner.kill_grace,
            term=recipe.term,
            max_line_bytes=settings.log.max_line_bytes,
            max_bytes=settings.log.max_bytes_per_task,
            steps=tuple(
                StepPlan(step.title_in(order.locale), step.weight)
                for step in recipe.steps_for(order.action, order.checked.version)
            ),
            locale=order.locale,
            history_file=folder / HISTORY_FILE if history is not None else None,
            scripts_digest=recipe.scripts_digest,
        ).write(folder)
        sync_folder(folder)
        sync_folder(folder.parent)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _history(order: Order, settings: Settings, copy: Path) -> Timeline | None:
    """Return the timeline of an earlier run that goes as this one will."""
    recipe = order.recipe
    scripts = [
        (phase, (copy / recipe.scripts[script].file).read_bytes())
        for phase, script in _PHASES[order.action]
        if script in recipe.scripts
    ]
    return Timelines(settings).choose(recipe, order.checked.version, order.action, scripts)


def _question(recipe: Recipe, script: Action, copy: Path) -> Phase | None:
    """Return what is asked after a failure, on record in the phase of a check."""
    argv = recipe.argv(script, copy)
    return Phase("verify", tuple(argv)) if argv else None


def _environment(folder: Path, order: Order, settings: Settings) -> dict[str, str]:
    prefix = settings.software_dir / order.recipe.key
    if not order.planned:
        for made in (prefix.parent, prefix):
            made.mkdir(mode=0o700, exist_ok=True)
    own = {
        "INSTALLCAST_LIB": str(folder / _LIBRARY),
        "INSTALLCAST_RECIPE_DIR": str(folder / _RECIPE),
        "INSTALLCAST_PREFIX": str(prefix),
        "INSTALLCAST_PYTHON": sys.executable,
        "INSTALLCAST_LANG": order.locale,
    }
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return script_environment(
        folder,
        task_id=folder.name,
        key=order.recipe.key,
        software_version=order.checked.version,
        action=order.action,
        term=order.recipe.term,
        extra={"APT_CONFIG": str(apt_config(folder)[0])}
        | passed_on
        | settings.runner.environment
        | order.checked.environment
        | own,
    )


def _copy_helpers(folder: Path) -> None:
    helpers = files("installcast.runner").joinpath("shell", "installcast.sh").read_bytes()
    _write(folder / SHELL_HELPERS, helpers, 0o600)
    config_file, config = apt_config(folder)
    if config is not None:
        _write(config_file, config, 0o600)
    for file in SHELL_LIBRARY.iterdir():
        if file.is_file():
            _write(folder / _LIBRARY / file.name, file.read_bytes(), 0o600)


def _copy(source: Path, target: Path) -> None:
    """Copy a tree of files for our eyes only. Links and the like are passed over: a recipe with any is a broken one."""
    target.mkdir(mode=0o700)
    for entry in source.iterdir():
        mode = entry.lstat().st_mode
        if stat.S_ISDIR(mode):
            _copy(entry, target / entry.name)
        elif stat.S_ISREG(mode):
            _write(target / entry.name, entry.read_bytes(), 0o700 if mode & 0o111 else 0o600)


def _write(path: Path, data: bytes, mode: int) -> None:
    # Synced: after a power cut an empty script would be a success.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - of a descriptor
        file.write(data)
        file.flush()
        os.fsync(descriptor)
