"""Many viewers in a process of their own, so that they cost the test that measures nothing: ``crowd.py PORT TOKEN TASK COUNT``.

All of them connect at the same moment, wait for their first frame, and say so on standard output as one line of JSON. For
each line on standard input they break their connections and come back, all at once again. They leave at its end.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from installcast.tasks.file_limit import raise_file_limit

LIMIT = 60.0
"""Seconds for which a viewer waits for its first frame."""


async def viewer(port: int, request: bytes, counts: dict[str, int]) -> asyncio.StreamWriter | None:
    """Connect and return the connection once a frame has come."""
    try:
        async with asyncio.timeout(LIMIT):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            status = (await reader.readuntil(b"\r\n\r\n"))[9:12].decode()
            if status == "101":
                await reader.readexactly(2)
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        counts["broken"] = counts.get("broken", 0) + 1
        return None
    counts[status] = counts.get(status, 0) + 1
    return writer


async def main(port: int, token: str, task_id: str, count: int) -> None:
    """Come, say so, and come back for each line that is read."""
    lines = [
        f"GET /v1/log/ws?task_id={task_id} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Protocol: installcast.v2",
        f"Authorization: Bearer {token}",
    ]
    request = "\r\n".join([*lines, "", ""]).encode()
    while True:
        counts: dict[str, int] = {}
        began = time.monotonic()
        viewers = await asyncio.gather(*(viewer(port, request, counts) for _ in range(count)))
        print(json.dumps({"seconds": round(time.monotonic() - began, 2), **counts}), flush=True)  # noqa: T201 - what the test reads
        word = await asyncio.to_thread(sys.stdin.readline)
        for writer in viewers:
            if writer is not None:
                writer.transport.abort()
        if not word:
            return


if __name__ == "__main__":
    raise_file_limit()
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])))
