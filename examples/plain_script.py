"""Install something from a plain script and print each record as it comes: no server, no web framework.

Run it with ``python plain_script.py httpie``. The install goes on in a process of its own: when this script is killed,
run it again with the task id to watch the rest.
"""

from __future__ import annotations

import asyncio
import sys

from installcast import Installcast, load_settings


async def main(wanted: str) -> int:
    """Install the recipe ``wanted``, or watch the task ``wanted``; return an exit status."""
    async with Installcast(load_settings()) as engine:
        stream = engine.logs.get(wanted)
        if stream is None:
            task_id = await engine.installer.install({"key": wanted})
            print(f"task {task_id}", flush=True)
            stream = engine.logs.get(task_id)
        assert stream is not None
        status = None
        async for message in stream.follow(since=0):
            print(f"{message.progress:3d}%  {message.level:7}  {message.message}", flush=True)
            status = message.status
        return 0 if status == "succeeded" else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "httpie")))
