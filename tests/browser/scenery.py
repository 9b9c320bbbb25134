"""Real tasks in every state that a task can be in, set up once for the tests that look at their pages."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from tests.service import Client, Service
from tests.tasks.recipes import write_recipe
from tests.until import until

AT_ONCE = 3
"""Tasks that the service of these tests runs at once: a silent one, one that waits for an answer, and a live one."""

HUSHED = """echo 'Linking 214 objects into bin/hushed'
exec sleep 600
"""

DOOMED = """echo 'Unpacking doomed-1.0.tar.gz'
until [ -e {doom} ]; do sleep 0.02; done
"""
"""Its runner is killed; it is over when the script is, too."""

LIVELY = """. "$INSTALLCAST_SH"
step 1 3 "Download the source"
echo 'Fetching lively-2.4.tar.gz'
warn 'The mirror is slow.'
step 2 3 "Compile"
for ((i = 1; i <= 36; i++)); do echo "[ $((i * 2 / 3))%] Building C object src/CMakeFiles/lively.dir/part$i.c.o"; done
until [ -e GATE ]; do echo "part$((++i)).c: up to date"; sleep 0.4; done
step 3 3 "Install"
"""
"""Goes on until somebody opens the gate."""


class Scenery:
    """Tasks by state. ``folder`` is for the files that they wait for."""

    def __init__(self, service: Service, client: Client, folder: Path) -> None:
        self.gate = folder / "gate"
        left = folder / "parting.conf"
        write_recipe(service.recipes, "hushed", HUSHED)
        lively = LIVELY.replace("GATE", str(self.gate))
        write_recipe(service.recipes, "lively", lively, declared="name: {en: Lively, zh: 活泼}\n")
        doom = folder / "doom"
        write_recipe(service.recipes, "doomed", DOOMED.format(doom=doom))
        tasks = {"silent": client.install("hushed")}  # first: its silence has to last a minute
        tasks["huge"] = client.install("flood")
        tasks["interrupted"] = client.install("doomed")
        client.finish(client.install("parting", left=str(left)))
        left.touch()
        tasks["failed"] = client.install("parting", left=str(left))
        tasks["canceled"] = client.install("asking")
        until(lambda: client.status(tasks["canceled"])["last_seq"] is not None, "the first line of `asking`")
        client.data("POST", f"/v1/soft/tasks/{tasks['canceled']}/cancel")
        tasks["finished"] = client.install("chatter", pwd="correct-horse")
        until(
            lambda: client.status(tasks["interrupted"])["last_seq"] is not None, "the first line of `doomed`"
        )
        started = service.data_dir / "tasks" / tasks["interrupted"] / "started"
        os.kill(json.loads(started.read_text())["pid"], signal.SIGKILL)
        doom.touch()
        for state in ("failed", "canceled", "finished", "interrupted", "huge"):
            client.finish(tasks[state])
        client.finish(client.install("planned"))
        tasks["stalled"] = client.install("asking")
        tasks["live"] = client.install("lively")
        tasks["queued"] = client.install("vault", pwd="correct-horse")
        self.tasks = tasks
