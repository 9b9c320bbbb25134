"""A FastAPI application of somebody else that offers installs behind its own sign-in.

Run it with ``uvicorn fastapi_host:app``, open http://127.0.0.1:8000 and sign in as alice, password wonderland.
"""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import HTMLResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials

from installcast import Installcast, load_settings

PASSWORDS = {"alice": "wonderland", "bob": "builder-bob"}
"""Stands for the user table that the application has already."""

PAGE = """<!doctype html>
<meta charset="utf-8">
<title>Our panel</title>
<h1>Our panel</h1>
<button id="install">Install</button>
<div id="log-container"></div>
<script src="/tools/frontend_realtime_log.js"></script>
<script>
  document.getElementById("install").onclick = () =>
    new InstallManager().startInstall({ key: new URLSearchParams(location.search).get("key") || "httpie" });
</script>
"""


def current_user(credentials: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]) -> str:
    """The dependency that the application's own routes use; Installcast uses it unchanged."""
    known = PASSWORDS.get(credentials.username, "").encode()
    if not known or not secrets.compare_digest(known, credentials.password.encode()):
        raise HTTPException(401, "wrong user or password", {"WWW-Authenticate": "Basic"})
    return credentials.username


engine = Installcast(load_settings())
app = FastAPI(lifespan=engine.lifespan)
app.include_router(engine.router(authenticate=current_user), prefix="/tools")


@app.get("/")
def panel(user: Annotated[str, Depends(current_user)]) -> HTMLResponse:
    """A page of the application."""
    return HTMLResponse(PAGE.replace("Our panel", f"{user}'s panel"))


@app.post("/orders/{key}")
async def order(key: str, user: Annotated[str, Depends(current_user)]) -> dict[str, str]:
    """A route of the application's own that starts an install without going through HTTP."""
    task_id = await engine.installer.install_with_realtime_log({"key": key}, user=user)
    return {"task_id": task_id}
