/**
 * MQTT over WebSocket, at one path of the hub's HTTP server. Not pure: sockets.
 * A browser sends no credentials that the broker asks for, so any page could open ws://127.0.0.1: its Origin must be this
 * server's own, and the Host an address or "localhost" (a name could have been rebound to 127.0.0.1 by its owner).
 * Source: MQTT 3.1.1 §6 (subprotocol "mqtt", binary messages), RFC 6455 §10.2.
 */
import type { IncomingMessage } from "node:http";
import { isIP, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { BrokerLimits } from "./limits.js";

export const WEBSOCKET_PATH = "/mqtt";

export type RefuseReason = "path" | "origin" | "protocol";

export interface WebSocketDoor {
  /** Ends in `accept` with a byte stream, or in an HTTP refusal. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
}

export function createWebSocketDoor(
  limits: Pick<BrokerLimits, "packetBytesMax" | "tcpKeepaliveMs">,
  accept: (stream: Duplex, request: IncomingMessage) => void,
  refused: (reason: RefuseReason) => void,
): WebSocketDoor {
  const loading = { server: undefined as Promise<Server> | undefined };
  return {
    handleUpgrade: async (request, socket, head) => {
      const reason = refusalOf(request);
      if (reason) {
        refused(reason);
        socket.end(`HTTP/1.1 ${reason === "path" ? "404 Not Found" : "403 Forbidden"}\r\nConnection: close\r\n\r\n`);
        return;
      }
      socket.on("error", () => socket.destroy()); // until the server listens for itself
      if (socket instanceof Socket) socket.setKeepAlive(true, limits.tcpKeepaliveMs).setNoDelay(true);
      loading.server ??= loadServer(limits.packetBytesMax);
      const server = await loading.server;
      server.upgrade(request, socket, head, (stream) => accept(stream, request));
    },
  };
}

interface Server {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, opened: (stream: Duplex) => void): void;
}

/** Loaded with the first upgrade: most hubs never see one, and it costs memory. */
async function loadServer(maxPayload: number): Promise<Server> {
  const { WebSocketServer, createWebSocketStream } = await import("ws");
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false, // a small message must not unpack into a large one
    maxPayload,
    handleProtocols: () => "mqtt",
  });
  return {
    upgrade: (request, socket, head, opened) =>
      server.handleUpgrade(request, socket, head, (client) => opened(createWebSocketStream(client))),
  };
}

function refusalOf(request: IncomingMessage): RefuseReason | undefined {
  if (request.url?.replace(/\?.*$/, "") !== WEBSOCKET_PATH) return "path";
  if (!isOwnOrigin(request.headers.host, request.headers.origin)) return "origin";
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  return offered.includes("mqtt") ? undefined : "protocol";
}

/** Programs send no Origin; a page must have come from this very server. */
export function isOwnOrigin(host: string | undefined, origin: string | undefined): boolean {
  const hostname = host?.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1") ?? "";
  if (hostname !== "localhost" && isIP(hostname) === 0) return false;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
