"""What sign-in needs to remember, and the pages ``/login`` and ``/logout``."""

from __future__ import annotations

import asyncio
from html import escape
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from installcast.api import sessions
from installcast.api.auth import Authenticator, check_origin
from installcast.api.envelope import EnvelopeRoute, locale_of
from installcast.api.markup import page
from installcast.api.passwords import verify_password
from installcast.api.sessions import Grant, GuessLimit, LoginCodes
from installcast.api.tokens import Tokens
from installcast.errors import NotAuthenticatedError, TooLargeError
from installcast.service import Installcast

MAX_FORM_BYTES = 16_384
MAX_FORM_FIELDS = 10
PARALLEL_CHECKS = 2
"""Passwords checked at a time: each takes 32 MiB and a core."""

TEXTS = {
    "en": {
        "title": "Sign in",
        "user": "User",
        "password": "Password",
        "submit": "Sign in",
        "wrong": "User or password is wrong.",
        "link": "This link was used already, or is too old.",
        "help": "Or sign in with a link from",
        "wait": "Too many wrong passwords. Try again in {seconds} s.",
        "already": "You are signed in as {user}.",
        "continue": "Continue",
        "sign_out": "Sign out",
    },
    "zh": {
        "title": "登录",
        "user": "用户名",
        "password": "密码",
        "submit": "登录",
        "wrong": "用户名或密码错误。",
        "link": "该登录链接已被使用或已过期。",
        "help": "也可以用命令获取登录链接：",
        "wait": "密码错误次数过多，请 {seconds} 秒后再试。",
        "already": "您已登录为 {user}。",
        "continue": "继续",
        "sign_out": "退出登录",
    },
}


class SignIn:
    """Tokens, open login links and the count of wrong passwords of one service."""

    def __init__(self, engine: Installcast) -> None:
        self.tokens = Tokens(engine.settings)
        self.authenticator = Authenticator(engine, self.tokens)
        self.codes = LoginCodes()
        self.guesses = GuessLimit()
        self.base_url = ""
        """Where people reach the service, such as ``http://127.0.0.1:8089``; whoever opens the port knows it."""

    def link(self, grant: Grant, base_url: str = "") -> str:
        """Return the address that signs somebody in, once."""
        return f"{self.base_url or base_url}/login?{urlencode({'code': self.codes.issue(grant)})}"


def router(engine: Installcast, sign_in: SignIn) -> APIRouter:
    """Return the routes ``/login`` and ``/logout``."""
    routes = APIRouter(route_class=EnvelopeRoute, include_in_schema=False)
    checks = asyncio.Semaphore(PARALLEL_CHECKS)
    lifetime = engine.settings.auth.session_hours * 3600

    def signed_in(request: Request, grant: Grant, method: str) -> Response:
        # A relative address: a proxy may have stripped a prefix that the service does not know.
        answer = RedirectResponse(sessions.safe_next(grant.next_path) or "./", 303)
        token = sign_in.tokens.issue(grant.sub, grant.scopes, lifetime, method=method)
        sessions.set_cookie(answer, request, token, lifetime)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @routes.get("/login")
    async def show(request: Request, code: str = "", next: str = "") -> Response:  # noqa: A002 - the name in the query
        """Sign in with a link, or show the form."""
        locale = locale_of(request)
        if code:
            grant = sign_in.codes.redeem(code)
            if grant is None:
                return _form(locale, next, "link", status=401)
            return signed_in(request, grant, "otp")
        try:
            principal = await sign_in.authenticator.authenticate(request)
        except NotAuthenticatedError:
            return _form(locale, next)
        return _already(locale, principal.sub, next)

    @routes.post("/login")
    async def check(request: Request) -> Response:
        """Sign in with a password."""
        check_origin(request, engine.settings)
        locale = locale_of(request)
        fields = await _form_fields(request)
        user, password, next_path = (fields.get(name, "") for name in ("user", "password", "next"))
        keys = (f"address {sessions.guesser(request)}", f"user {user[:64]}")
        if wait := sign_in.guesses.take(*keys):
            answer = _form(locale, next_path, "wait", status=429, seconds=int(wait) + 1)
            answer.headers["Retry-After"] = str(int(wait) + 1)
            return answer
        found = await engine.store.get_user(user)
        async with checks:
            right = await asyncio.to_thread(verify_password, password, found and found.password)
        if not right or found is None:
            return _form(locale, next_path, "wrong", status=401)
        sign_in.guesses.give_back(*keys)
        return signed_in(request, Grant(found.name, frozenset(found.scopes), next_path), "pwd")

    @routes.post("/logout")
    async def leave(request: Request) -> Response:
        """End the session of this browser."""
        check_origin(request, engine.settings)
        answer = RedirectResponse("login", 303)
        sessions.delete_cookie(answer, request)
        return answer

    return routes


def _form(locale: str, next_path: str, problem: str = "", *, status: int = 200, seconds: int = 0) -> Response:
    text = TEXTS[locale]
    told = text[problem].format(seconds=seconds) if problem else ""
    lines = [
        f"<h1>{text['title']} · Installcast</h1>",
        '<form method="post" action="login">',
        f'<p class="bad" role="alert">{escape(told)}</p>' if told else "",
        f'<label>{text["user"]}<input name="user" autocomplete="username" autofocus required maxlength="64"></label>',
        f'<label>{text["password"]}<input name="password" type="password" autocomplete="current-password" required></label>',
        f'<input type="hidden" name="next" value="{escape(sessions.safe_next(next_path) or "")}">',
        f"<button>{text['submit']}</button>",
        "</form>",
        f'<p class="muted">{text["help"]} <code>installcast login-link</code></p>',
    ]
    return page(text["title"], "\n".join(filter(None, lines)), locale=locale, status=status)


def _already(locale: str, user: str, next_path: str) -> Response:
    text = TEXTS[locale]
    target = escape(sessions.safe_next(next_path) or "./")
    body = (
        f"<h1>Installcast</h1>\n<p>{escape(text['already'].format(user=user))}</p>\n"
        f'<p><a href="{target}">{text["continue"]}</a></p>\n'
        f'<form method="post" action="logout"><button>{text["sign_out"]}</button></form>'
    )
    return page(text["title"], body, locale=locale)


async def _form_fields(request: Request) -> dict[str, str]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise TooLargeError(limit=MAX_FORM_BYTES)
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=MAX_FORM_FIELDS)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}
