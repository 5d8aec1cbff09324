/** Hubs with a door and links for tests of links, and peers that misbehave: TLS sockets that send what they please. */
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { type ConnectionOptions, connect, createServer, type TLSSocket } from "node:tls";
import { createCounters } from "../../runtime/core/counters.js";
import type { HubAddress } from "../../runtime/core/mesh.js";
import type { Link, LinkEvents } from "../../runtime/core/ports.js";
import { systemClock } from "../../runtime/io/clock.js";
import { openLinkDatagrams } from "../../runtime/io/link/datagrams.js";
import { createDialler } from "../../runtime/io/link/dialler.js";
import { type LinkDoorOptions, type OpenLinkDoor, openLinkDoor } from "../../runtime/io/link/door.js";
import { publishBytes, writePublish } from "../../runtime/io/link/frames.js";
import { createLinks, type Links } from "../../runtime/io/link/link.js";
import { makeTlsHubs, type TlsHub } from "./tls-hubs.js";

export const ALPN = ["mindos/1"];
export const CONNACK = Buffer.from([0x20, 2, 0, 0]);
export const [LOW, HIGH] = makeTlsHubs(2) as [TlsHub, TlsHub];
export const cleanups: (() => unknown)[] = [];
/** For `afterEach`: the newest first. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

export interface Recorder extends LinkEvents {
  readonly log: string[];
  readonly open: Link[];
  readonly frames: string[];
}

function recorder(): Recorder {
  const log: string[] = [];
  const open: Link[] = [];
  const frames: string[] = [];
  return {
    ...{ log, open, frames },
    opened: (link) => {
      log.push(`opened ${link.linkId}`);
      open.push(link);
    },
    received: (_link, frame) => frames.push(Buffer.from(frame).toString()),
    closed: (link) => {
      log.push(`closed ${link.linkId}`);
      open.splice(open.indexOf(link), 1);
    },
  };
}

export interface Side extends Recorder {
  readonly links: Links;
  readonly door: OpenLinkDoor;
  counted(): object;
}

/** A hub that listens and dials. @param more that is to be told. @param beside whether datagrams pass beside its links. */
export async function sideOf(
  { id, tls }: TlsHub,
  options: Partial<LinkDoorOptions> = {},
  more: Pick<LinkEvents, "datagram"> = {},
  beside: "datagrams" | "no datagrams" = "datagrams",
): Promise<Side> {
  const counters = createCounters();
  const clock = systemClock;
  const events = recorder();
  const door = await openLinkDoor({ selfId: id, host: "127.0.0.1", port: 0, tls, counters, clock, ...options });
  const at = { host: "127.0.0.1", port: door.port };
  const datagrams = beside === "datagrams" ? await openLinkDatagrams({ ...at, counters, clock }) : undefined;
  const links = createLinks({
    ...{ selfId: id, door, datagrams, events: { ...events, ...more }, counters, clock },
    dialWith: createDialler(tls),
    rng: (length) => new Uint8Array(length),
    backoff: { minMs: 20, maxMs: 50 },
  });
  cleanups.push(async () => {
    await links.stop();
    await door.close();
    await datagrams?.close();
  });
  return { ...events, links, door, counted: () => counters.snapshot() };
}

export function dialTls(port: number, options: ConnectionOptions): TLSSocket {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options });
  socket.on("error", () => undefined);
  cleanups.push(() => socket.destroy());
  return socket;
}

/** However it ended. */
export function closed(socket: Socket): Promise<void> {
  socket.resume(); // one that nobody reads from does not notice
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

/** As a hub would, up to CONNECT. */
export async function knock(port: number, hub: TlsHub): Promise<TLSSocket> {
  const socket = dialTls(port, { ...hub.tls, ALPNProtocols: ALPN });
  await once(socket, "secureConnect");
  return socket;
}

export function publish(payload: string | Uint8Array): Buffer {
  const frame = Buffer.from(payload);
  const packet = Buffer.alloc(publishBytes(frame.length));
  writePublish(packet, 0, frame);
  return packet;
}

/** A peer with a key that answers a CONNECT as it likes. */
export async function falseHub(hub: TlsHub, answer: (socket: TLSSocket, connect: Buffer) => void): Promise<number> {
  const server = createServer(
    { ...hub.tls, ALPNProtocols: ALPN, requestCert: true, rejectUnauthorized: false },
    (socket) => {
      socket.on("error", () => undefined);
      socket.once("data", (chunk: Buffer) => answer(socket, chunk));
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

export const at = (port: number): HubAddress[] => [{ host: "127.0.0.1", port }];
