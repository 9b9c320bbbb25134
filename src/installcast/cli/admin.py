"""Commands for whoever runs the service: users, sign-in, tokens, settings."""

from __future__ import annotations

import re
import sys
from typing import Any
from urllib.parse import quote

import click

from installcast.cli.invocation import Command, Group, Invocation, json_option, zh
from installcast.cli.tables import Listing, print_json
from installcast.settings import default_config_file

TTL_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
SCOPE_HELP = "Of soft:install, soft:read, log:read, admin; may be repeated. Default: all but admin."


class Duration(click.ParamType[int]):
    """A length of time such as ``90s``, ``15m``, ``1h`` or ``7d``, as seconds; a bare number is seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return seconds."""
        match = re.fullmatch(r"([0-9]{1,9})([smhd]?)", str(value))
        if match is None or int(match[1]) == 0:
            self.fail(f"{value!r} is no length of time such as 90s, 15m, 1h or 7d.", param, ctx)
        return int(match[1]) * TTL_UNITS[match[2] or "s"]


@zh("管理本地用户")
@click.group(cls=Group)
def user() -> None:
    """Local users, who sign in at /login with a password."""


@zh("添加用户或修改其密码")
@user.command("add", cls=Command)
@click.argument("name")
@click.option("--scope", "scopes", metavar="S", multiple=True, help=SCOPE_HELP)
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input instead of asking."
)
@click.pass_obj
def add(invocation: Invocation, name: str, scopes: tuple[str, ...], password_stdin: bool) -> None:
    """Add a user, or give one a new password."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        raise click.UsageError("Standard input is no terminal: give the password with --password-stdin.")
    with invocation.client() as client:
        answer = client.post("/v1/auth/users", {"name": name, "password": password, **_scope(scopes)})
    click.echo(invocation.say("user_added", name=answer["name"], scope=answer["scope"]))


@zh("列出用户")
@user.command("list", cls=Command)
@json_option
@click.pass_obj
def list_users(invocation: Invocation, as_json: bool) -> None:
    """List the users."""
    with invocation.client() as client:
        users = client.get("/v1/auth/users")["users"]
    if as_json:
        for entry in users:
            print_json(entry)
    elif users:
        listing = Listing(invocation.say("columns.users"))
        for entry in users:
            listing.add(str(entry["name"]), str(entry["scope"]))
        listing.print(invocation)
    else:
        click.echo(invocation.say("no_users"), err=True)


@zh("删除用户")
@user.command("remove", cls=Command)
@click.argument("name")
@click.pass_obj
def remove(invocation: Invocation, name: str) -> None:
    """Remove a user and end the sessions of its password."""
    with invocation.client() as client:
        client.delete(f"/v1/auth/users/{quote(name, safe='')}")
    click.echo(invocation.say("user_removed", name=name))


@zh("生成一次性登录链接")
@click.command("login-link", cls=Command)
@click.option("--next", "next_path", metavar="PATH", help="Where the browser goes after the sign-in.")
@json_option
@click.pass_obj
def login_link(invocation: Invocation, next_path: str | None, as_json: bool) -> None:
    """Make a link that signs a browser in, once."""
    with invocation.client() as client:
        answer = client.post("/v1/auth/login-link", {"next": next_path})
    if as_json:
        print_json(answer)
    else:
        click.echo(answer["url"])


@zh("签发访问令牌")
@click.command(cls=Command)
@click.option("--sub", metavar="S", required=True, help="Whom the token names.")
@click.option("--scope", "scopes", metavar="S", multiple=True, help=SCOPE_HELP)
@click.option(
    "--ttl",
    type=Duration(),
    default="1h",
    show_default=True,
    metavar="T",
    help="For how long: 90s, 15m, 1h, 7d.",
)
@json_option
@click.pass_obj
def token(invocation: Invocation, sub: str, scopes: tuple[str, ...], ttl: int, as_json: bool) -> None:
    """Make a token for a program."""
    with invocation.client() as client:
        answer = client.post("/v1/auth/token", {"sub": sub, "ttl": ttl, **_scope(scopes)})
    if as_json:
        print_json(answer)
    else:
        click.echo(answer["token"])


@zh("检查配置")
@click.group(cls=Group)
def config() -> None:
    """The settings."""


@zh("检查配置；--json 显示生效的设置")
@config.command("check", cls=Command)
@json_option
@click.pass_obj
def check(invocation: Invocation, as_json: bool) -> None:
    """Check the settings: file, environment and flags. --json prints what counts in the end."""
    settings = invocation.settings
    if as_json:
        print_json(settings.model_dump(mode="json"))
        return
    file = invocation.config or default_config_file()
    click.echo(invocation.say("settings_good" if file.exists() else "settings_good_no_file", file=file))


def _scope(scopes: tuple[str, ...]) -> dict[str, str]:
    """Return the scopes as the interface takes them; none given leaves the choice to the service."""
    return {"scope": " ".join(scopes)} if scopes else {}
