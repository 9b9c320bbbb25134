"""``/v1/soft/timelines``: what earlier runs tell about how long the next one takes."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from installcast.api.auth import Authenticate, require
from installcast.api.envelope import EnvelopeRoute, ok
from installcast.service import Installcast
from installcast.tasks.access import ADMIN, SOFT_READ, Principal

Key = Annotated[str, Query(max_length=256, description="The recipe.")]
Action = Literal["install", "upgrade", "uninstall"]


def router(engine: Installcast, authenticate: Authenticate) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/v1/soft/timelines", route_class=EnvelopeRoute, tags=["soft"])

    reader = require(authenticate, SOFT_READ)
    administrator = require(authenticate, ADMIN)

    @routes.get("", summary="What is known of how a recipe's runs go")
    async def timelines(key: Key, _: Principal = Depends(reader)) -> Response:
        """By version and action: the expected seconds, when the newest run was recorded, whether it came with the recipe."""
        return ok({"key": key, "timelines": await engine.list_timelines(key)})

    @routes.get("/export", summary="A timeline to be shipped with a recipe")
    async def export(
        key: Key,
        version: Annotated[str, Query(max_length=256)],
        action: Annotated[Action, Query()] = "install",
        _: Principal = Depends(reader),
    ) -> Response:
        """`data` is the content of the file `timelines/<version>-<action>.json` in the recipe's folder."""
        return ok(await engine.export_timeline(key, version, action))

    @routes.delete("", summary="Forget what was learned of a recipe")
    async def forget(
        key: Key,
        version: Annotated[str | None, Query(max_length=256, description="Only of this version.")] = None,
        action: Annotated[Action | None, Query(description="Only of this action.")] = None,
        _: Principal = Depends(administrator),
    ) -> Response:
        """What came with the recipe stays. `forgotten` says what was removed."""
        return ok({"key": key, "forgotten": await engine.forget_timelines(key, version, action)})

    return routes
