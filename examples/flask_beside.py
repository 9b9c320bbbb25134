"""A Flask application with Installcast beside it, in the same process.

The engine lives in a thread with an event loop of its own. Flask's routes call it from their threads; the browser gets
logs from the service's own port, with a token that Flask hands out to whoever is signed in there. Run it with
``python flask_beside.py`` and open the address that it prints. Django works the same way.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from flask import Flask, abort, jsonify, render_template_string, request, session
from werkzeug.serving import make_server

from installcast import Installcast, Settings, errors, load_settings
from installcast.api.server import Running, serve
from installcast.api.tokens import Tokens
from installcast.tasks.access import USER_SCOPES

TOKEN_SECONDS = 3600

PAGE = """<!doctype html>
<meta charset="utf-8">
<title>Our panel</title>
<h1>{{ user }}'s panel</h1>
<div id="log-container"></div>
<script src="{{ service }}/frontend_realtime_log.js"></script>
<script>
  fetch("/install", { method: "POST", body: new URLSearchParams({ key: {{ key | tojson }} }) })
    .then((answer) => answer.json())
    .then(({ task_id }) =>
      new InstallLogViewer(task_id, "log-container", { baseUrl: {{ service | tojson }}, token: {{ token | tojson }} }));
</script>
"""

Result = TypeVar("Result")


class InstallService:
    """The engine and its service in a thread. Its methods may be called from any other thread."""

    def __init__(self, settings: Settings) -> None:
        self.engine = Installcast(settings)
        self.url = ""
        self._tokens = Tokens(settings)
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="installcast")

    def start(self) -> None:
        """Return when installs are taken."""
        self._thread.start()
        self._ready.wait()
        if not self.url:
            raise SystemExit("Installcast did not start; the reason stands above.")

    def stop(self) -> None:
        """End the service. Installs go on: they have processes of their own."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    def call(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Run ``coroutine`` in the engine's loop and return its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def token_for(self, user: str) -> str:
        """Return what a page needs to ask the service in the name of ``user``."""
        return self._tokens.issue(user, USER_SCOPES, TOKEN_SECONDS)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(serve(self.engine, ready=self._announce, stop=self._stop))
        finally:
            self._ready.set()

    def _announce(self, running: Running) -> None:
        self.url = running.url
        self._ready.set()


def create_app(installs: InstallService) -> Flask:
    """Return the Flask application."""
    app = Flask(__name__)
    app.secret_key = secrets.token_bytes(32)

    @app.get("/")
    def panel() -> str:
        session.setdefault("user", "alice")  # stands for the sign-in that the application has already
        user, key = session["user"], request.args.get("key", "httpie")
        token = installs.token_for(user)
        return render_template_string(PAGE, user=user, key=key, service=installs.url, token=token)

    @app.post("/install")
    def install() -> Any:
        user = session.get("user") or abort(401)
        task_id = installs.call(installs.engine.installer.install({"key": request.form["key"]}, user=user))
        return jsonify(task_id=task_id)

    @app.get("/progress/<task_id>")
    def progress(task_id: str) -> Any:
        user = session.get("user") or abort(401)
        return jsonify(installs.call(installs.engine.status(task_id, user)))

    @app.errorhandler(errors.InstallcastError)
    def refused(error: errors.InstallcastError) -> Any:
        return jsonify(error=error.type, message=error.message("en")), 400

    return app


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    settings = load_settings()
    server = make_server("127.0.0.1", 0, Flask(__name__), threaded=True)
    origin = f"http://127.0.0.1:{server.server_port}"
    # Flask's pages are of another origin than the service: another port.
    shared = settings.server.model_copy(update={"allowed_origins": (origin,)})
    installs = InstallService(settings.model_copy(update={"server": shared}))
    server.app = create_app(installs)
    installs.start()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(f"open {origin}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        installs.stop()


if __name__ == "__main__":
    main()
