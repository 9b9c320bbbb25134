"""``installcast run``: a command with everything that a task has, here and now, without a service.

It stays in the foreground like any command: Ctrl-C cancels it, the whole tree of it. (Detaching is for what a service
goes on with.) Its log is kept under ``<data_dir>/runs`` for as long as those of tasks.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from installcast.cli import exits
from installcast.cli.admin import Duration
from installcast.cli.ending import print_ending
from installcast.cli.follow import TICK, Event, Line, Partial, Status
from installcast.cli.invocation import TOKEN_VARIABLE, Command, Invocation, json_option, zh
from installcast.cli.screen import Screen
from installcast.cli.unread import discard
from installcast.cli.watch import open_screen
from installcast.errors import DataFolderNotWritableError, RunnerLostError, RunnerStartError
from installcast.record import decode, timestamp
from installcast.runner import probe
from installcast.runner.environment import SHELL_HELPERS, script_environment
from installcast.runner.journal import JOURNAL_FILE
from installcast.runner.live import LIVE_FILE
from installcast.runner.outcome import Outcome, read_exit
from installcast.runner.spec import Phase, Secrets, TaskSpec
from installcast.settings import Settings
from installcast.stream.log_stream import LogStream
from installcast.stream.manager import InstallLogManager
from installcast.tasks.secret_files import SecretFiles
from installcast.tasks.task_id import new_task_id

COMMAND_NOT_FOUND = 127
NOT_EXECUTABLE = 126
"""As shells say it."""
ACTION = "run"
_SECRET_NAME = re.compile(r"TOKEN|SECRET|PASSWORD|_KEY$", re.IGNORECASE)
MIN_MASKED_CHARACTERS = 6
"""Shorter values stand in too many lines that mean something else."""
DAY = 86_400.0


@zh("不经服务，直接运行一个命令并记录日志")
@click.command(
    cls=Command, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@click.option("--name", metavar="N", help="What to call it; default: the command's name.")
@click.option("--timeout", type=Duration(), metavar="T", help="Stop it after this time (90s, 15m, 2h).")
@click.option("--pty", is_flag=True, help="Let it believe that it writes to a terminal.")
@json_option
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- CMD …")
@click.pass_obj
def run(
    invocation: Invocation,
    name: str | None,
    timeout: int | None,
    pty: bool,
    as_json: bool,
    command: tuple[str, ...],
) -> int:
    """Run a command here and now, with log, progress and exit status; no service is needed."""
    program = shutil.which(command[0])
    if program is None:
        found = "/" in command[0] and Path(command[0]).exists()
        key = "not_executable" if found else "command_not_found"
        click.echo(invocation.say("error", reason=invocation.say(key, command=command[0])), err=True)
        return NOT_EXECUTABLE if found else COMMAND_NOT_FOUND
    settings = invocation.settings
    runs = settings.data_dir / "runs"
    _make_folder(settings.data_dir)
    _make_folder(runs)
    _remove_old(runs, older_than=time.time() - settings.log.log_retention_days * DAY)
    secret_files = SecretFiles(settings.data_dir)
    spec = _describe(settings, runs, name or Path(command[0]).name, command, timeout=timeout, pty=pty)
    spec = spec._replace(locale=invocation.say.locale)
    try:
        spec = spec._replace(
            secrets_file=secret_files.write(spec.task_id, _caller_environment(spec)),
            results_file=secret_files.results_file(spec.task_id),
        )
        return _carry_out(invocation, secret_files, runs, spec, as_json=as_json)
    finally:
        secret_files.discard_secrets(spec.task_id)


def _carry_out(
    invocation: Invocation, secret_files: SecretFiles, runs: Path, spec: TaskSpec, *, as_json: bool
) -> int:
    folder = runs / spec.task_id
    folder.mkdir(mode=0o700)
    (folder / SHELL_HELPERS).parent.mkdir(mode=0o700)
    (folder / SHELL_HELPERS).write_bytes(
        files("installcast.runner").joinpath("shell", "installcast.sh").read_bytes()
    )
    spec.write(folder)
    return asyncio.run(_Foreground(invocation, secret_files, folder, spec, as_json=as_json).carry_out())


class _Foreground:
    """One run, from the start of its runner to its end."""

    def __init__(
        self,
        invocation: Invocation,
        secret_files: SecretFiles,
        folder: Path,
        spec: TaskSpec,
        *,
        as_json: bool,
    ) -> None:
        self._invocation = invocation
        self._secret_files = secret_files
        self._folder = folder
        self._spec = spec
        self._as_json = as_json

    async def carry_out(self) -> int:
        task: dict[str, Any] = {
            "task_id": self._spec.task_id,
            "key": self._spec.key,
            "action": ACTION,
            "status": "running",
            "started_at": timestamp(time.time()),
        }
        async with InstallLogManager() as logs:
            stream = logs.create_log_stream(
                self._spec.task_id,
                self._folder / JOURNAL_FILE,
                self._spec.key,
                live_file=self._folder / LIVE_FILE,
            )
            process = await asyncio.create_subprocess_exec(
                *probe.runner_argv(self._folder, foreground=True),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                # A Ctrl-C is for us: the runner is told what to do, and does it in order.
                start_new_session=True,
            )
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, self._cancel)
            ending = asyncio.create_task(process.communicate())
            ending.add_done_callback(lambda _: stream.seal())
            screen = open_screen(self._invocation, task, as_json=self._as_json)
            try:
                await self._show(stream, screen)
            finally:
                with self._going_on():
                    screen.close()
                # Whatever has failed here: asyncio would kill the runner, and nobody would know how its script ends.
                _, complaints = await ending
            lines = complaints.decode(errors="replace").strip().splitlines()
            reason = lines[-1] if lines else f"status {process.returncode}"
            try:
                outcome = read_exit(self._folder)
            except (OSError, ValueError) as error:
                # Nobody knows how it ended, whatever the runner's status says.
                outcome, reason = None, str(error)
            if outcome is None:
                begun = (self._folder / probe.STARTED_FILE).exists()
                raise (RunnerLostError if begun else RunnerStartError)(
                    task_id=self._spec.task_id, reason=reason
                )
            secret = {
                result["name"]: result for result in self._secret_files.take_results(self._spec.task_id)
            }
            results = [secret.get(result["name"], result) for result in outcome.results]
            return self._end({**task, **outcome._asdict(), "results": results}, outcome, stream)

    async def _show(self, stream: LogStream, screen: Screen) -> None:
        position = stream.locate(0)
        loop = asyncio.get_running_loop()
        while True:
            version = stream.version
            events: list[Event] = []
            if position.offset < stream.last_offset:
                batch = stream.batch(position)
                position = stream.locate(batch.slice.next_seq)
                events += [Line(decode(text), text) for text in batch.texts]
            elif stream.is_completed:
                return
            if stream.state:
                events.append(Status({"status": "running", **stream.state}))
            if stream.partial is not None:
                events.append(Partial(decode(stream.partial)))
            with self._going_on():
                screen.show(events)
            if position.offset >= stream.last_offset:
                await stream.wait(version, until=loop.time() + TICK)

    @contextlib.contextmanager
    def _going_on(self) -> Iterator[None]:
        """Go on where our output cannot be written, and say so: the command must not end, half done, for its reader's sake."""
        try:
            yield
        except OSError as error:
            discard(sys.stdout)
            say = self._invocation.say
            try:
                click.echo(say("run.unread", reason=error.strerror), err=True)
                click.echo(say("log_kept", path=self._folder / JOURNAL_FILE), err=True)
            except OSError:
                discard(sys.stderr)

    def _end(self, task: Mapping[str, Any], outcome: Outcome, stream: LogStream) -> int:
        if self._as_json:
            return exits.of_task(task)
        say = self._invocation.say
        cause = None
        if outcome.error and isinstance(outcome.error.get("seq"), int):
            lines = stream.read(outcome.error["seq"], 1).lines()
            cause = decode(lines[0]).message if lines else None
        print_ending(self._invocation.out, self._invocation.err, say, task, cause=cause, again=None)
        if outcome.status != "succeeded":
            click.echo(say("log_kept", path=self._folder / JOURNAL_FILE), err=True)
        return exits.of_task(task)

    def _cancel(self) -> None:
        probe.send_cancel(self._folder, getpass.getuser())


def _describe(
    settings: Settings, runs: Path, name: str, command: tuple[str, ...], *, timeout: int | None, pty: bool
) -> TaskSpec:
    key = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-._")[:48] or ACTION
    task_id = new_task_id(key, ACTION)
    folder = runs / task_id
    term = "pty" if pty else "pipe"
    return TaskSpec(
        task_id=task_id,
        key=key,
        software_version="",
        action=ACTION,
        phases=(Phase("install", command),),
        environment=script_environment(
            folder, task_id=task_id, key=key, software_version="", action=ACTION, term=term
        ),
        work_dir=Path.cwd(),
        timeout=timeout if timeout is not None else settings.runner.timeout,
        kill_grace=settings.runner.kill_grace,
        term="pty" if pty else "pipe",
        max_line_bytes=settings.log.max_line_bytes,
        max_bytes=settings.log.max_bytes_per_task,
    )


def _caller_environment(spec: TaskSpec) -> Secrets:
    """Return the caller's own variables, which lie on no disk: many a secret is among them.

    Here a person runs a command of their own: it sees what it would see without us, but for our own secret.
    """
    ours = {name for name in spec.environment if name.startswith(("INSTALLCAST_", "ONEINSTACK_"))}
    environment = {
        name: value
        for name, value in os.environ.items()
        # What is no UTF-8 has no place in JSON.
        if name not in {TOKEN_VARIABLE, "TERM", *ours} and _is_text(name + value)
    }
    mask = tuple(
        value
        for name, value in environment.items()
        if _SECRET_NAME.search(name) and len(value) >= MIN_MASKED_CHARACTERS
    )
    return Secrets(environment, mask)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise DataFolderNotWritableError(path=folder, reason="permission denied")
    except OSError as error:
        raise DataFolderNotWritableError(path=folder, reason=error.strerror) from None


def _remove_old(runs: Path, *, older_than: float) -> None:
    for folder in runs.iterdir():
        if folder.is_symlink() or not folder.is_dir():
            continue  # not ours
        if folder.stat().st_mtime < older_than and not probe.is_running(folder):
            shutil.rmtree(folder, ignore_errors=True)
