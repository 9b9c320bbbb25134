/** A log over a WebSocket: `installcast.v2`, or plain records where the server speaks nothing else. */

import type { Channel, ChannelListener, Request } from "./channel.js";
import { BEARER_PREFIX, decodeFrame, SUBPROTOCOL, verdictOf } from "./protocol.js";

export class SocketChannel implements Channel {
  readonly #socket: WebSocket | undefined;
  #opened = false;

  constructor(request: Request, listener: ChannelListener) {
    const { service, taskId, token, platform } = request;
    const url = service.socketUrl("/v1/log/ws", { task_id: taskId, since: request.nextSeq() });
    let socket: WebSocket;
    try {
      socket = platform.createSocket(url, token === undefined ? [SUBPROTOCOL] : [SUBPROTOCOL, `${BEARER_PREFIX}${token}`]);
    } catch {
      // An address, a token or a policy of the page that no WebSocket can be made with.
      listener.closed({ next: "lower" });
      return;
    }
    this.#socket = socket;
    const open = (): void => {
      if (this.#opened) return;
      this.#opened = true;
      listener.opened();
    };
    // There are proxies that take a WebSocket and pass nothing on: what has a heartbeat is open when it speaks.
    socket.onopen = () => this.hasHeartbeat || open();
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data !== "string") return;
      open();
      listener.received(decodeFrame(data));
    };
    socket.onclose = ({ code }: CloseEvent) => {
      // A browser does not say why a socket never opened, and the service did not close it: another channel will learn why.
      const isUnexplained = !this.#opened && code > 1000 && code < 1011;
      listener.closed(isUnexplained ? { next: "lower" } : verdictOf(code));
    };
  }

  get hasHeartbeat(): boolean {
    return this.#socket?.protocol === SUBPROTOCOL;
  }

  close(): void {
    const socket = this.#socket;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
