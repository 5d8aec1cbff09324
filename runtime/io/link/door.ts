/**
 * Where other hubs come in: TLS on a port of its own, which applications have no business with. Not pure: sockets.
 * A handshake costs a hub about as much as a thousand frames, so strangers are kept few: so many at once, so many a second
 * from one network, and what failed counts for more. Who says nothing costs next to nothing, takes part in no queue, and goes first
 * when there is a crowd; some room is kept for addresses that members came from.
 */
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import type { HubId } from "../../core/ids.js";
import type { Counters } from "../../core/ports.js";
import type { Clock } from "../../core/time.js";
import { listen } from "../listen.js";
import type { TlsIdentity } from "../tls/identity.js";
import { type AllowanceLimits, Allowances } from "./allowances.js";
import { type Guest, type GuestLimits, Guests } from "./guests.js";
import { type LinkSession, MqttSession, type SessionEvents } from "./session.js";
import { datagramSecret, OPENING_TIMEOUT_MS, provenPeer, serverOptions } from "./tls.js";

export interface DoorLimits extends AllowanceLimits, GuestLimits {
  /** What a failed handshake costs of an allowance, beyond its own. Raise: guessing gets slower; lower: a faulty network is forgiven. */
  readonly failureCost: number;
}

export const DOOR_LIMITS: DoorLimits = {
  connectionsMax: 128,
  connectionsKept: 32,
  handshakesMax: 16,
  handshakesKept: 4,
  waitingMax: 64,
  burst: 64,
  perSecond: 8,
  failureCost: 8,
  addressesMax: 256,
  firstByteMs: 2_000,
  handshakePatienceMs: 500,
};

/** How late a deadline is noticed. Unit: ms. */
const SWEEP_MS = 250;
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
  /** Whether that hub was admitted as a member. Absent: any that opens a session. */
  readonly isMember?: (hub: HubId) => boolean;
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

/** @throws MindosError LINK_PORT_IN_USE | ADDRESS_UNAVAILABLE */
export async function openLinkDoor(options: LinkDoorOptions): Promise<OpenLinkDoor> {
  const door = new TlsDoor(options);
  await door.open();
  return door;
}

class TlsDoor implements OpenLinkDoor {
  readonly #options: LinkDoorOptions;
  readonly #limits: DoorLimits;
  readonly #tcp: Server;
  /** Does not listen: it is handed the connections whose turn it is. */
  readonly #tls: TlsServer;
  readonly #guests: Guests<Socket>;
  readonly #allowances: Allowances;
  /** While somebody is waited for. */
  #sweep: NodeJS.Timeout | undefined;
  #events: SessionEvents | undefined;
  #port = 0;

  constructor(options: LinkDoorOptions) {
    this.#options = options;
    this.#limits = { ...DOOR_LIMITS, ...options.limits };
    this.#allowances = new Allowances(this.#limits);
    this.#guests = new Guests({
      limits: this.#limits,
      isKnown: (address) => this.#allowances.isKnown(address),
      isMember: options.isMember ?? (() => true),
    });
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
    const { host, port } = this.#options;
    this.#port = await listen(this.#tcp, { host, port, whenTaken: "LINK_PORT_IN_USE" });
    this.#tcp.on("error", () => this.#count("link.accept_failed")); // out of descriptors
  }

  accept(events: SessionEvents): void {
    this.#events = events;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#tcp.close(() => resolve()));
    for (const { socket } of this.#guests.all()) socket.destroy();
    clearInterval(this.#sweep);
    await closed;
  }

  #count(name: string): void {
    this.#options.counters.count(name);
  }

  #knocked(socket: Socket): void {
    socket.on("error", () => undefined); // what becomes of it, "close" tells
    const address = socket.remoteAddress ?? "";
    const fault = this.#refusalOf(address);
    if (fault !== undefined) {
      this.#count(fault);
      socket.destroy();
      return;
    }
    const guest: Guest<Socket> = { socket, name: nameOf(socket), address, stage: "silent", sinceMs: this.#nowMs() };
    this.#guests.add(guest);
    socket.once("close", () => this.#gone(guest, "link.handshake_failed"));
    // What it says stays in the socket, where TLS finds it.
    socket.once("readable", () => this.#spoke(guest));
    this.#sweep ??= setInterval(() => this.#sweepAll(), SWEEP_MS).unref();
  }

  /** Makes room where it can. @returns the counter's name. */
  #refusalOf(address: string): string | undefined {
    if (this.#events === undefined) return "link.refused_not_ready";
    if (!this.#allowances.spend(address, 1, this.#nowMs())) return "link.refused_rate";
    const place = this.#guests.placeFor(address);
    if (place === undefined) return "link.refused_crowd";
    if (place !== "free") this.#putOut(place, "link.crowded_out");
    return undefined;
  }

  #spoke(guest: Guest<Socket>): void {
    if (guest.stage !== "silent" || guest.socket.destroyed) return;
    if (guest.socket.readableLength === 0) {
      guest.socket.destroy(); // its end of the connection is closed already
      return;
    }
    this.#enter(guest, "ready");
    this.#beginNext();
  }

  #enter(guest: Guest<Socket>, stage: Guest<Socket>["stage"]): void {
    guest.stage = stage;
    guest.sinceMs = this.#nowMs();
  }

  #beginNext(): void {
    for (let guest = this.#guests.next(); guest !== undefined; guest = this.#guests.next()) {
      this.#enter(guest, "handshake");
      if (!guest.socket.destroyed) this.#tls.emit("connection", guest.socket);
    }
  }

  #sweepAll(): void {
    const nowMs = this.#nowMs();
    for (const guest of this.#guests.silent(nowMs)) this.#putOut(guest, "link.silent");
    for (const guest of this.#guests.slow(nowMs)) this.#putOut(guest, "link.crowded_out");
    if (!this.#guests.isSettled) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }

  /** Its place is given away now, not when the socket has told of its end. */
  #putOut(guest: Guest<Socket>, counter: string): void {
    const isLoss = guest.peer !== undefined && guest.stage !== "parting";
    this.#gone(guest, counter);
    if (isLoss) this.#count(counter);
    guest.socket.destroy();
  }

  /** @param counter of one that has not proven a key. */
  #gone(guest: Guest<Socket>, counter: string): void {
    if (!this.#guests.remove(guest)) return;
    const { address, peer, stage } = guest;
    if (peer === undefined) this.#failed(address, counter);
    else if (stage === "open") this.#vouch(peer, address);
    this.#beginNext();
  }

  /** Its session is over here: nobody waits for its place to be free. */
  #part(guest: Guest<Socket>): void {
    if (guest.peer !== undefined) this.#vouch(guest.peer, guest.address);
    this.#enter(guest, "parting");
  }

  /** It may have been admitted since it opened. */
  #vouch(peer: HubId, address: string): void {
    if (this.#options.isMember?.(peer)) this.#allowances.vouch(address);
  }

  #failed(address: string, counter: string): void {
    this.#count(counter);
    this.#allowances.spend(address, this.#limits.failureCost, this.#nowMs());
  }

  #proven(socket: TLSSocket): void {
    const guest = this.#guests.get(nameOf(socket));
    const { counters, selfId } = this.#options;
    const proven = provenPeer(socket, selfId);
    const events = this.#events;
    socket.on("error", () => undefined);
    if (guest === undefined || events === undefined) {
      socket.destroy(); // put out, and counted, a moment ago
      return;
    }
    if ("fault" in proven) {
      this.#putOut(guest, proven.fault);
      return;
    }
    const { peer } = proven;
    guest.peer = peer;
    this.#enter(guest, "opening");
    this.#beginNext();
    const opened = (session: LinkSession): void => {
      this.#enter(guest, "open");
      // It was admitted before, and has proven its key again.
      this.#vouch(peer, guest.address);
      events.opened(session);
    };
    const ended = (session: LinkSession): void => {
      this.#part(guest);
      events.closed(session);
    };
    const secret = datagramSecret(socket);
    const session = new MqttSession({
      ...{ socket, dialled: false, selfId, peer, remote: guest.name, counters },
      beside: secret === undefined ? undefined : { secret },
      events: { opened, received: events.received, closed: ended },
    });
    const timer = setTimeout(() => {
      if (session.isOpen) return;
      this.#count("link.opening_timeout");
      session.close();
    }, OPENING_TIMEOUT_MS);
    socket.once("close", () => clearTimeout(timer));
  }

  #nowMs(): number {
    return this.#options.clock.nowMs();
  }
}

function nameOf(socket: Socket): string {
  return `${socket.remoteAddress ?? ""}:${socket.remotePort ?? 0}`;
}
