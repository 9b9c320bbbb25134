"""nginx with nchan, the C server for this job: one message a line, posted over one connection that is kept."""

from __future__ import annotations

import getpass
import http.client
import threading
import time

from benchmarks.peers import Peer, opening_handshake
from benchmarks.publisher import END, PADDING, QUIET_SECONDS

_CONFIG = """
load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
user {user};
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid {base}/nginx.pid;
error_log {base}/error.log;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  client_body_temp_path {base}/body;
  proxy_temp_path {base}/proxy;
  fastcgi_temp_path {base}/fastcgi;
  uwsgi_temp_path {base}/uwsgi;
  scgi_temp_path {base}/scgi;
  keepalive_requests 1000000;
  nchan_shared_memory_size 128M;
  server {{
    listen 127.0.0.1:{port};
    location /sub {{ nchan_subscriber websocket; nchan_channel_id log; nchan_subscriber_first_message newest; }}
    location /pub {{ nchan_publisher http; nchan_channel_id log; nchan_message_buffer_length 100; }}
  }}
}}
"""


class Nchan(Peer):
    """The Debian packages ``nginx`` and ``libnginx-mod-nchan``, one worker."""

    name = "nginx + nchan"

    def start(self) -> None:
        """Start nginx."""
        config = self.base / "nginx.conf"
        config.write_text(_CONFIG.format(base=self.base, port=self.port, user=getpass.getuser()))
        self.run(["/usr/sbin/nginx", "-c", str(config)])
        self.wait_until_open()

    def request(self) -> bytes:
        """Return the request of a subscriber."""
        return opening_handshake(self.port, "/sub")

    def publish(self, lines: int, rate: float, burst: int) -> None:
        """Post the lines, each one as a message."""
        threading.Thread(target=self._post, args=(lines, rate, burst), daemon=True).start()

    def _post(self, lines: int, rate: float, burst: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)

        def post(text: str) -> None:
            connection.request("POST", "/pub", text.encode())
            connection.getresponse().read()

        due = time.monotonic() + 0.2
        for _ in range(lines // burst):
            time.sleep(max(0.0, due - time.monotonic()))
            now = time.monotonic_ns()
            for _ in range(burst):
                post(record(f"@{now}@{PADDING}"))
            due += burst / rate
        time.sleep(QUIET_SECONDS)
        post(END)
        connection.close()


def record(line: str) -> str:
    """Return a line as long as a record of Installcast: peers carry the same bytes."""
    return (
        f'{{"seq":1234,"timestamp":"2026-01-01T00:00:00.000000Z","level":"INFO","message":"{line}",'
        '"progress":0,"step":"","current_step":0,"total_steps":0}'
    )
