"""Commands that make tasks, list them, and stop them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import click

from installcast.cli import exits
from installcast.cli.client import PLAN_TIMEOUT, Client
from installcast.cli.invocation import Command, Invocation, json_option, zh
from installcast.cli.kept import print_kept
from installcast.cli.parameters import ask_for_secrets, naming_the_ways, read_parameters
from installcast.cli.references import catalog, complete_key, complete_task, recent, resolve, task_path
from installcast.cli.tables import print_json, print_plan, print_status, print_tasks
from installcast.cli.watch import state_of, watch
from installcast.errors import ServiceAnswerError, TaskNotActiveError

ACTIVE = ("running", "queued")
LISTED = 50
"""Tasks that ``ps --all`` shows: about what fits a screen."""

key_argument = click.argument("key", shell_complete=complete_key)
task_argument = click.argument("task", shell_complete=complete_task)
detach_option = click.option("--detach", "-d", is_flag=True, help="Print the task's id and leave at once.")
param_options = (
    click.option(
        "--param", "-p", "params", metavar="K=V", multiple=True, help="A parameter; K=@FILE reads its value."
    ),
    click.option("--param-stdin", metavar="K", help="Read the value of parameter K from standard input."),
)


def request_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what all requests take."""
    for option in reversed(
        (key_argument, click.option("--version", metavar="V", help="The version."), *param_options)
    ):
        command = option(command)
    return command


@zh("安装软件，并实时显示日志")
@click.command(cls=Command)
@request_options
@detach_option
@json_option
@click.pass_obj
def install(invocation: Invocation, /, **options: Any) -> int:
    """Install a recipe and watch it."""
    return _start(invocation, "install", **options)


@zh("升级软件，并实时显示日志")
@click.command(cls=Command)
@request_options
@detach_option
@json_option
@click.pass_obj
def upgrade(invocation: Invocation, /, **options: Any) -> int:
    """Upgrade an installed recipe and watch it."""
    return _start(invocation, "upgrade", **options)


@zh("卸载软件，并实时显示日志")
@click.command(cls=Command)
@request_options
@detach_option
@json_option
@click.pass_obj
def uninstall(invocation: Invocation, /, **options: Any) -> int:
    """Remove an installed recipe and watch it."""
    return _start(invocation, "uninstall", **options)


@zh("预演：显示检查结果和将要改变的软件包，不作任何改动")
@click.command(cls=Command)
@request_options
@click.option("--upgrade", is_flag=True, help="What an upgrade would do.")
@json_option
@click.pass_obj
def plan(
    invocation: Invocation,
    key: str,
    version: str | None,
    params: tuple[str, ...],
    param_stdin: str | None,
    upgrade: bool,
    as_json: bool,
) -> int:
    """Say what an install would do; it changes nothing. Exits like a failed install where one would fail."""
    with invocation.client() as client:
        parameters = read_parameters(params, param_stdin)
        parameters = ask_for_secrets(lambda: _recipe(client, key), parameters, invocation.say)
        body = {**_request(key, version, parameters), "action": "upgrade" if upgrade else "install"}
        with naming_the_ways(lambda: _recipe(client, key), parameters, invocation.say):
            answer = client.post("/v1/soft/plan", body, timeout=PLAN_TIMEOUT)
    if as_json:
        print_json(answer)
    else:
        print_plan(invocation, key, answer)
    return exits.of_task({**answer, "status": "succeeded" if answer["ok"] else "failed"})


@zh("列出任务")
@click.command(cls=Command)
@click.option("--all", "-a", "show_all", is_flag=True, help=f"Ended ones, too: the last {LISTED}.")
@json_option
@click.pass_obj
def ps(invocation: Invocation, show_all: bool, as_json: bool) -> None:
    """List the tasks that wait or run."""
    with invocation.client() as client:
        if show_all:
            tasks = recent(client, limit=LISTED)
        else:
            tasks = [task for status in ACTIVE for task in recent(client, limit=LISTED, status=status)]
    if as_json:
        for task in tasks:
            print_json(task)
    elif tasks:
        print_tasks(invocation, tasks, now=time.time())
    else:
        click.echo(invocation.say("no_tasks_at_all" if show_all else "no_tasks"), err=True)


@zh("显示任务的状态")
@click.command(cls=Command)
@task_argument
@json_option
@click.pass_obj
def status(invocation: Invocation, task: str, as_json: bool) -> None:
    """Show how a task is."""
    with invocation.client() as client:
        values = state_of(client, resolve(client, task), reveal=True)
    if as_json:
        print_json(values)
    else:
        print_status(invocation, values, now=time.time())


@zh("取消任务（停止其全部进程）")
@click.command(cls=Command)
@task_argument
@json_option
@click.pass_obj
def cancel(invocation: Invocation, task: str, as_json: bool) -> int:
    """Stop a task and everything it started."""
    with invocation.client() as client:
        task_id = resolve(client, task)
        try:
            answer = client.post(f"{task_path(task_id)}/cancel")
        except ServiceAnswerError as error:
            if error.kind != TaskNotActiveError.type:
                raise
            return _say_ended(invocation, state_of(client, task_id))
    if as_json:
        print_json(answer)
    else:
        click.echo(invocation.say("cancel_sent", task_id=task_id))
    return exits.OK


def _say_ended(invocation: Invocation, task: Mapping[str, Any]) -> int:
    """Say that there is nothing to cancel any more; where that is what was wanted, all is well."""
    status = str(task["status"])
    word = invocation.say.word("status", status)
    click.echo(invocation.say("cancel_late", task_id=task["task_id"], status=word), err=True)
    return exits.OK if status == "canceled" else exits.NOT_FOUND


@zh("以相同参数重新执行任务")
@click.command(cls=Command)
@task_argument
@param_options[0]
@param_options[1]
@detach_option
@json_option
@click.pass_obj
def retry(
    invocation: Invocation,
    task: str,
    params: tuple[str, ...],
    param_stdin: str | None,
    detach: bool,
    as_json: bool,
) -> int:
    """Do an ended task again, with the same parameters. Secrets have to be given again."""
    with invocation.client() as client:
        task_id = resolve(client, task)
        parameters = read_parameters(params, param_stdin)
        old = client.get(task_path(task_id))
        if old.get("action") != "uninstall":
            parameters = ask_for_secrets(lambda: _recipe(client, str(old["key"])), parameters, invocation.say)
        with naming_the_ways(lambda: _recipe(client, str(old["key"])), parameters, invocation.say):
            answer = client.post(f"{task_path(task_id)}/retry", {"parameters": parameters})
        return _attend(invocation, client, answer, detach=detach, as_json=as_json)


def _start(
    invocation: Invocation,
    action: str,
    *,
    key: str,
    version: str | None,
    params: tuple[str, ...],
    param_stdin: str | None,
    detach: bool,
    as_json: bool,
) -> int:
    with invocation.client() as client:
        parameters = read_parameters(params, param_stdin)
        if action != "uninstall":
            parameters = ask_for_secrets(lambda: _recipe(client, key), parameters, invocation.say)
        elif invocation.err.is_terminal and not as_json:
            print_kept(invocation.err, invocation.say, _recipe(client, key) or {}, parameters)
        with naming_the_ways(lambda: _recipe(client, key), parameters, invocation.say):
            answer = client.post(f"/v1/soft/{action}", _request(key, version, parameters))
        return _attend(invocation, client, answer, detach=detach, as_json=as_json)


def _attend(
    invocation: Invocation, client: Client, answer: Mapping[str, Any], *, detach: bool, as_json: bool
) -> int:
    task_id = str(answer["task_id"])
    if not detach:
        return watch(invocation, client, task_id, as_json=as_json)
    if as_json:
        print_json(answer)
    else:
        click.echo(task_id)
        command = invocation.command("logs", "-f", task_id)
        click.echo(invocation.say("watch_hint", command=command), err=True)
    return exits.OK


def _request(key: str, version: str | None, parameters: Mapping[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {"key": key, "parameters": dict(parameters)}
    if version is not None:
        body["version"] = version
    return body


def _recipe(client: Client, key: str) -> Mapping[str, Any] | None:
    return next((recipe for recipe in catalog(client, wait=0) if recipe["key"] == key), None)
