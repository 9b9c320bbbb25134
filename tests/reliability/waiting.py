"""Tasks that an accepted request has left in the queue of a service that is dead: whoever starts one is its runner."""

from __future__ import annotations

from pathlib import Path

from tests.service import Client, Service
from tests.tasks.recipes import Gate, write_gated, write_recipe

SECRET = "correct-horse-battery"
SECRET_PARAMETER = "parameters:\n  - {name: pwd, env: THING_PASSWORD, type: string, secret: true}\n"


class WaitingTasks:
    """Tasks of the same ``scripts``, behind one that waits at the gate ``plug``; the service runs one task at a time.

    Each of them has :data:`SECRET` in ``THING_PASSWORD``.
    """

    def __init__(self, service: Service, plug: Gate, scripts: dict[str, str]) -> None:
        self._service = service
        self._plug = plug
        self._scripts = scripts
        write_gated(service.recipes, "plug")
        write_recipe(service.recipes, "rehearsal", declared=SECRET_PARAMETER, **scripts)
        service.start()
        self._client = service.client()
        self._plug_id = self._client.install("plug", gate=str(plug.path))
        self._rehearsal_id = self._client.install("rehearsal", pwd=SECRET)

    def folder(self, task_id: str) -> Path:
        """Return the folder of a task."""
        return self._service.data_dir / "tasks" / task_id

    def rehearsal(self) -> Path:
        """Return the folder of a task that is not among the others."""
        return self.folder(self._rehearsal_id)

    def queue(self, count: int) -> list[str]:
        """Have so many tasks accepted, then kill the service; return their ids."""
        for number in range(count):
            write_recipe(self._service.recipes, f"thing{number}", declared=SECRET_PARAMETER, **self._scripts)
        task_ids = [self._client.install(f"thing{number}", pwd=SECRET) for number in range(count)]
        self._service.kill()
        return task_ids

    def recover(self) -> Client:
        """Start the service again, and let it go through what it finds."""
        self._service.start()
        self._plug.open()
        self._client.finish(self._plug_id)
        return self._client
