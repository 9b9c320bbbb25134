"""A real network between service and viewer: two namespaces, a cable between them, and what cables and firewalls do."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.service import Service
from tests.tasks.recipes import write_recipe
from tests.until import until

from .viewers import Viewer

pytestmark = [pytest.mark.machine, pytest.mark.soak, pytest.mark.timeout(240)]

HERE, THERE = "10.213.77.1", "10.213.77.2"
BROKEN_SECONDS = 35
FREED_WITHIN = 30.0
LINES = 'for i in $(seq 1 {count}); do echo "line $i $RANDOM 安装"; sleep 0.05; done\n'

_CLONE_NEWNET = 0x40000000

TABLE = "nft add table inet broken; nft 'add chain inet broken in {type filter hook input priority 0;%s}';"
BREAKS = {
    "link down": ("ip link set cable down", "ip link set cable up"),
    "dropped": (TABLE % " policy drop;", "nft delete table inet broken"),
    "reset": (
        TABLE % "" + " nft add rule inet broken in meta l4proto tcp reject with tcp reset",
        "nft delete table inet broken",
    ),
}
"""How the service's side of the network breaks, and how it is mended."""


class RemoteViewer(Viewer):
    """A viewer on the other machine."""

    def _connect(self) -> connect:
        return connect(
            f"ws://{HERE}:{self._service.port}/v1/log/ws?task_id={self.task_id}&since={self.next_seq}",
            additional_headers={"Authorization": f"Bearer {self._token}"},
            subprotocols=[Subprotocol("installcast.v2")] if self.protocol == "v2" else None,
            compression=None,
            max_size=None,
            proxy=None,
            open_timeout=5,
            close_timeout=1,
            ping_interval=5,
            ping_timeout=5,
        )


@contextmanager
def network() -> Iterator[tuple[str, str]]:
    """Two namespaces with a cable between them; yields their names."""
    names = (f"installcast-{os.getpid()}-a", f"installcast-{os.getpid()}-b")
    try:
        for name in names:
            sh(f"ip netns add {name} && ip -n {name} link set lo up")
        sh(f"ip -n {names[0]} link add cable type veth peer name cable netns {names[1]}")
        for name, address in zip(names, (HERE, THERE), strict=True):
            sh(f"ip -n {name} address add {address}/24 dev cable && ip -n {name} link set cable up")
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], check=False, stderr=subprocess.DEVNULL)


def sh(command: str, namespace: str | None = None) -> None:
    inside = ["ip", "netns", "exec", namespace] if namespace else []
    subprocess.run([*inside, "sh", "-ec", command], check=True)


class Elsewhere(threading.Thread):
    """Watches from another network namespace: a thread can be in one of its own."""

    def __init__(self, namespace: str, viewers: list[RemoteViewer]) -> None:
        super().__init__()
        self._namespace = namespace
        self._viewers = viewers
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            descriptor = os.open(f"/run/netns/{self._namespace}", os.O_RDONLY)
            try:
                assert ctypes.CDLL(None, use_errno=True).setns(descriptor, _CLONE_NEWNET) == 0
            finally:
                os.close(descriptor)
            asyncio.run(self._watch())
        except BaseException as error:  # noqa: BLE001 - the test raises it
            self.error = error

    async def _watch(self) -> None:
        await asyncio.gather(*(viewer.watch() for viewer in self._viewers))


@pytest.mark.parametrize("kind", BREAKS)
def test_a_network_that_breaks(new_service: Callable[..., Service], kind: str) -> None:
    """Viewers have the journal's bytes in the end; while the network is gone, their connections are freed within 30 s."""
    with network() as (here, there):
        service = new_service(
            prefix=["ip", "netns", "exec", here], server={"host": HERE, "trusted_proxies": [THERE]}
        )
        write_recipe(service.recipes, "prints", LINES.format(count=(BROKEN_SECONDS + 15) * 20))
        process = service.spawn()
        try:
            until(lambda: service.run("ps").returncode == 0, "the service to be up")
            answer = service.run("install", "prints", "--detach", "--json", check=True)
            task_id = json.loads(answer.stdout)["task_id"]
            token = service.token("root", "admin")
            viewers = [RemoteViewer(service, token, task_id, protocol) for protocol in ("plain", "v2")]
            elsewhere = Elsewhere(there, viewers)
            elsewhere.start()
            until(lambda: all(viewer.next_seq > 20 for viewer in viewers), "all viewers to be live")
            sh(BREAKS[kind][0], here)
            began = time.monotonic()
            until(lambda: viewers_of(service, task_id) == 0, "all viewers to be let go", FREED_WITHIN)
            freed = time.monotonic() - began
            time.sleep(max(0.0, BROKEN_SECONDS - freed))
            sh(BREAKS[kind][1], here)
            elsewhere.join(120)
            assert not elsewhere.is_alive()
            if elsewhere.error is not None:
                raise elsewhere.error
            journal = (service.data_dir / "tasks" / task_id / "journal.jsonl").read_bytes()
            assert [viewer.collected == journal for viewer in viewers] == [True, True]
            assert all(viewer.closes[1006] for viewer in viewers)
            sys.stdout.write(
                f"{kind}: freed after {freed:.1f} s; {[dict(viewer.closes) for viewer in viewers]}\n"
            )
        finally:
            process.terminate()
            process.wait(20)


def viewers_of(service: Service, task_id: str) -> int:
    status = json.loads(service.run("status", task_id, "--json", check=True).stdout)
    count: int = status["viewers"]
    return count
