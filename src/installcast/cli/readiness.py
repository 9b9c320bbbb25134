"""Tell a service manager that the service takes connections: ``Type=notify`` of systemd, and whoever speaks its protocol.

Source: sd_notify(3).
"""

from __future__ import annotations

import contextlib
import os
import socket


def tell_service_manager(state: str) -> None:
    """Send ``state``, such as ``READY=1``, to the socket that ``NOTIFY_SOCKET`` names; without one nobody asked."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]  # a name that lies in no folder
    # A manager that does not listen will say so itself: it waits for this word with a limit.
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.connect(address)
        manager.send(state.encode())
