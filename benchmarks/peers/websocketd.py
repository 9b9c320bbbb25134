"""websocketd: a program for each viewer, whose lines become messages."""

from __future__ import annotations

from benchmarks.peers import FilePeer, opening_handshake


class Websocketd(FilePeer):
    """The Debian package ``websocketd`` with ``tail -F``, as its users follow a log."""

    name = "websocketd"

    def start(self) -> None:
        """Start it."""
        self.log.touch()
        command = ["websocketd", f"--port={self.port}", "--address=127.0.0.1", "--loglevel=fatal"]
        self.run([*command, "tail", "-n", "0", "-F", str(self.log)])
        self.wait_until_open()

    def request(self) -> bytes:
        """Return the request of a viewer."""
        return opening_handshake(self.port, "/")
