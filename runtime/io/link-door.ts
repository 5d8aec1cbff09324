/**
 * Where other hubs come in: TLS on a port of its own, which applications have no business with. Not pure: sockets.
 * A handshake costs a hub about as much as a thousand frames, so strangers are kept few: so many at once, so many a second
 * from one address, and what failed counts for more.
 */
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import { LruMap } from "../core/bounded.js";
import type { HubId } from "../core/ids.js";
import type { Counters } from "../core/ports.js";
import type { Clock } from "../core/time.js";
import { MqttSession, type SessionEvents } from "./link-session.js";
import { OPENING_TIMEOUT_MS, provenPeer, serverOptions } from "./link-tls.js";
import { listen } from "./listen.js";
import type { TlsIdentity } from "./tls-identity.js";

export interface DoorLimits {
  /** Open connections, of hubs and of whoever else. Twice the links a hub keeps: a link that is replaced has two for a moment. */
  readonly connectionsMax: number;
  /** Handshakes at once. Each may hold up everything else for 2 ms, so this is also how long a burst does. */
  readonly handshakesMax: number;
  /** Connections that wait for their handshake to begin. Raise: a crowd comes in without trying twice; lower: fewer idle sockets. */
  readonly waitingMax: number;
  /** Handshakes that one address may begin in a burst: a whole swarm may live behind one. */
  readonly burst: number;
  /** Handshakes that one address may begin per second in the long run. 8 are 2 % of a processor. */
  readonly perSecond: number;
  /** What a failed handshake costs of these, beyond its own. Raise: guessing gets slower; lower: a faulty network is forgiven. */
  readonly failureCost: number;
  /** Addresses remembered; the one seen longest ago is forgotten. */
  readonly addressesMax: number;
}

export const DOOR_LIMITS: DoorLimits = {
  connectionsMax: 128,
  handshakesMax: 16,
  waitingMax: 64,
  burst: 64,
  perSecond: 8,
  failureCost: 8,
  addressesMax: 256,
};

const TCP_KEEPALIVE_MS = 30_000;

export interface LinkDoorOptions {
  readonly selfId: HubId;
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly tls: TlsIdentity;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly limits?: Partial<DoorLimits>;
}

export interface LinkDoor {
  /** Connections are refused until somebody takes their sessions; one taker only. */
  accept(events: SessionEvents): void;
}

/** A door that listens. */
export interface OpenLinkDoor extends LinkDoor {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** @throws MindosError PORT_IN_USE | ADDRESS_UNAVAILABLE */
export async function openLinkDoor(options: LinkDoorOptions): Promise<OpenLinkDoor> {
  const door = new TlsDoor(options);
  await door.open();
  return door;
}

/** What an address may still spend on handshakes. */
interface Allowance {
  tokens: number;
  atMs: number;
}

class TlsDoor implements OpenLinkDoor {
  readonly #options: LinkDoorOptions;
  readonly #limits: DoorLimits;
  readonly #tcp: Server;
  /** Does not listen: it is handed the connections whose turn it is. */
  readonly #tls: TlsServer;
  readonly #connections = new Set<Socket>();
  readonly #waiting: Socket[] = [];
  /** By address and port of the other end. */
  readonly #handshakes = new Map<string, Socket>();
  readonly #allowances: LruMap<string, Allowance>;
  #events: SessionEvents | undefined;
  #port = 0;

  constructor(options: LinkDoorOptions) {
    this.#options = options;
    this.#limits = { ...DOOR_LIMITS, ...options.limits };
    this.#allowances = new LruMap(this.#limits.addressesMax);
    const tcpOptions = {
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEPALIVE_MS,
      pauseOnConnect: true,
    };
    this.#tcp = createServer(tcpOptions, (socket) => this.#knocked(socket));
    this.#tls = createTlsServer(serverOptions(options.tls), (socket) => this.#proven(socket));
    // Without a listener, TLS errors of one connection would end it just the same; they are counted when it closes.
    this.#tls.on("tlsClientError", (_error, socket) => socket.destroy());
  }

  get host(): string {
    return this.#options.host;
  }

  get port(): number {
    return this.#port;
  }

  async open(): Promise<void> {
    this.#port = await listen(this.#tcp, this.#options.host, this.#options.port);
    this.#tcp.on("error", () => this.#count("link.accept_failed")); // out of descriptors
  }

  accept(events: SessionEvents): void {
    this.#events = events;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#tcp.close(() => resolve()));
    for (const socket of this.#connections) socket.destroy();
    await closed;
  }

  #count(name: string): void {
    this.#options.counters.count(name);
  }

  #knocked(socket: Socket): void {
    socket.on("error", () => undefined); // what becomes of it, "close" tells
    const fault = this.#refusalOf(socket);
    if (fault !== undefined) {
      this.#count(fault);
      socket.destroy();
      return;
    }
    this.#connections.add(socket);
    const name = nameOf(socket);
    const address = socket.remoteAddress ?? "";
    socket.once("close", () => this.#gone(socket, name, address));
    if (this.#handshakes.size < this.#limits.handshakesMax) this.#begin(socket, name);
    else this.#waiting.push(socket);
  }

  /** @returns the counter's name. */
  #refusalOf(socket: Socket): string | undefined {
    const { connectionsMax, waitingMax } = this.#limits;
    if (this.#events === undefined) return "link.refused_not_ready";
    if (this.#connections.size >= connectionsMax) return "link.refused_connection";
    if (this.#waiting.length >= waitingMax) return "link.refused_crowd";
    return this.#spend(socket.remoteAddress ?? "", 1) ? undefined : "link.refused_rate";
  }

  #begin(socket: Socket, name: string): void {
    this.#handshakes.set(name, socket);
    this.#tls.emit("connection", socket);
  }

  #gone(socket: Socket, name: string, address: string): void {
    this.#connections.delete(socket);
    const at = this.#waiting.indexOf(socket);
    if (at >= 0) this.#waiting.splice(at, 1);
    if (this.#handshakes.get(name) !== socket) return;
    this.#failed(address, "link.handshake_failed");
    this.#ended(name);
  }

  #failed(address: string, counter: string): void {
    this.#count(counter);
    this.#spend(address, this.#limits.failureCost);
  }

  #ended(name: string): void {
    this.#handshakes.delete(name);
    const next = this.#waiting.shift();
    if (next) this.#begin(next, nameOf(next));
  }

  #proven(socket: TLSSocket): void {
    this.#ended(nameOf(socket));
    const { counters, selfId } = this.#options;
    const proven = provenPeer(socket, selfId);
    const events = this.#events;
    if ("fault" in proven || events === undefined) {
      this.#failed(socket.remoteAddress ?? "", "fault" in proven ? proven.fault : "link.refused_not_ready");
      socket.on("error", () => undefined).destroy();
      return;
    }
    const { peer } = proven;
    const session = new MqttSession({ socket, dialled: false, selfId, peer, remote: nameOf(socket), counters, events });
    const timer = setTimeout(() => {
      if (session.isOpen) return;
      this.#count("link.opening_timeout");
      session.close();
    }, OPENING_TIMEOUT_MS);
    socket.once("close", () => clearTimeout(timer));
  }

  /** A token bucket for each address. @returns whether there were enough; what there was is gone in any case. */
  #spend(address: string, tokens: number): boolean {
    const { burst, perSecond } = this.#limits;
    const nowMs = this.#options.clock.nowMs();
    const allowance = this.#allowances.get(address) ?? { tokens: burst, atMs: nowMs };
    const filled = Math.min(burst, allowance.tokens + ((nowMs - allowance.atMs) / 1000) * perSecond);
    allowance.tokens = Math.max(0, filled - tokens);
    allowance.atMs = nowMs;
    this.#allowances.set(address, allowance);
    return filled >= tokens;
  }
}

function nameOf(socket: Socket): string {
  return `${socket.remoteAddress ?? ""}:${socket.remotePort ?? 0}`;
}
