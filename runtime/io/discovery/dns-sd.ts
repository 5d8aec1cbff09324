/**
 * Finds hubs nearby by DNS-SD over multicast DNS. Not pure: a socket and timers.
 * Source: RFC 6762 (§5.2 continuous queries, §6 answers, §7.1 known answers, §8.3 announcing, §10.1 goodbye), RFC 6763.
 * Without an owner a hub uses the loopback interface only (`interfaceAddress` 127.0.0.1, the default).
 */
import type { RemoteInfo, Socket } from "node:dgram";
import { EventEmitter } from "node:events";
import type { Packet } from "dns-packet";
import multicastDns from "multicast-dns";
import { LruMap } from "../../core/bounded.js";
import type { HubId } from "../../core/ids.js";
import type { Counters, Discovery, OwnAddress, PeerAddress } from "../../core/ports.js";
import type { Clock, Rng } from "../../core/time.js";
import { isLoopbackInterface, MDNS_PORT, openMulticast } from "./multicast.js";
import {
  type Announced,
  HOME_DEFAULT,
  isUsableAddress,
  pointerOf,
  readResponse,
  recordsOf,
  SERVICE,
  wantsAnswer,
} from "./records.js";

const PACKET_BYTES_MAX = 9_000; // RFC 6762 §17
const PEERS_MAX = 256;
const KNOWN_ANSWERS_MAX = 32;
const QUERY_INTERVAL_MIN_MS = 1_000;
const QUERY_INTERVAL_MAX_MS = 3_600_000;
const RESPONSE_INTERVAL_MIN_MS = 1_000; // RFC 6762 §6: a record is multicast at most once a second
/** Per sender; far above what a home's devices send, far below what costs a Pi its time. */
const PACKETS_PER_SECOND = 50;
const PACKETS_BURST = 100;
const SENDERS_MAX = 64;

export interface DnsSdOptions {
  /** Hubs of other homes are not reported. */
  readonly home?: string;
  /** The interface's own IPv4 address. */
  readonly interfaceAddress?: string;
  readonly port?: number;
  /** Reports others and says nothing of itself. */
  readonly listensOnly?: boolean;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly counters: Counters;
}

interface Peer {
  readonly host: string;
  readonly port: number;
  readonly expiresMs: number;
}

export function createDnsSdDiscovery(options: DnsSdOptions): Discovery {
  return new DnsSd(options);
}

class DnsSd implements Discovery {
  readonly name = "dns-sd";
  readonly #options: DnsSdOptions;
  readonly #interfaceAddress: string;
  readonly #home: string;
  readonly #peers = new LruMap<HubId, Peer>(PEERS_MAX);
  readonly #budgets = new LruMap<string, { tokens: number; atMs: number }>(SENDERS_MAX);
  readonly #timers = new Set<NodeJS.Timeout>();
  #self: OwnAddress | undefined;
  #found: (peer: PeerAddress) => void = () => undefined;
  #socket: Socket | undefined;
  #mdns: multicastDns.MulticastDNS | undefined;
  #answeredMs = Number.NEGATIVE_INFINITY;
  #answerPlanned = false;

  constructor(options: DnsSdOptions) {
    this.#options = options;
    this.#interfaceAddress = options.interfaceAddress ?? "127.0.0.1";
    this.#home = options.home ?? HOME_DEFAULT;
  }

  async start(self: OwnAddress, found: (peer: PeerAddress) => void): Promise<void> {
    const { port = MDNS_PORT } = this.#options;
    this.#socket = await openMulticast({ interfaceAddress: this.#interfaceAddress, port });
    this.#self = self;
    this.#found = found;
    this.#mdns = this.#parserOn(this.#socket, port);
    this.#announce();
    this.#later(1_000, () => this.#announce()); // RFC 6762 §8.3: twice, a second apart
    this.#later(this.#jitterMs(), () => this.#query(QUERY_INTERVAL_MIN_MS));
  }

  async stop(): Promise<void> {
    const { hub, port } = this.#self ?? {};
    const mdns = this.#mdns;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#mdns = undefined;
    if (!mdns) return;
    if (hub !== undefined && port !== undefined && this.#options.listensOnly !== true)
      await new Promise<void>((resolve) =>
        mdns.respond(recordsOf(hub, port, [this.#interfaceAddress], true, this.#home), () => resolve()),
      );
    await new Promise<void>((resolve) => mdns.destroy(resolve));
  }

  /** The library decodes whatever its socket emits; it is given a door that emits only what has passed the checks. */
  #parserOn(socket: Socket, port: number): multicastDns.MulticastDNS {
    const door = Object.assign(new EventEmitter(), {
      send: socket.send.bind(socket),
      close: socket.close.bind(socket),
    });
    socket.on("message", (message, from) => {
      if (this.#mayPass(message, from)) door.emit("message", message, from);
    });
    socket.on("error", () => this.#options.counters.count("discovery.socket_error"));
    const options = { socket: door as unknown as Socket, port, multicast: false, bind: false } as multicastDns.Options;
    const mdns = multicastDns(options);
    mdns.on("warning", () => this.#options.counters.count("discovery.malformed"));
    mdns.on("error", () => this.#options.counters.count("discovery.socket_error"));
    mdns.on("query", (packet) => this.#asked(packet));
    mdns.on("response", (packet, from) => this.#told(packet, from));
    return mdns;
  }

  #mayPass(message: Buffer, from: RemoteInfo): boolean {
    const { counters, clock } = this.#options;
    if (isLoopbackInterface(this.#interfaceAddress) && !from.address.startsWith("127.")) {
      counters.count("discovery.from_elsewhere");
      return false;
    }
    if (message.length > PACKET_BYTES_MAX) {
      counters.count("discovery.too_large");
      return false;
    }
    const nowMs = clock.nowMs();
    const budget = this.#budgets.get(from.address) ?? { tokens: PACKETS_BURST, atMs: nowMs };
    budget.tokens = Math.min(PACKETS_BURST, budget.tokens + ((nowMs - budget.atMs) / 1_000) * PACKETS_PER_SECOND);
    budget.atMs = nowMs;
    this.#budgets.set(from.address, budget);
    if (budget.tokens < 1) {
      counters.count("discovery.rate_limited");
      return false;
    }
    budget.tokens -= 1;
    return true;
  }

  #asked(packet: Packet): void {
    const self = this.#self;
    if (!self) return;
    if (this.#answerPlanned || !wantsAnswer(packet, self.hub)) return;
    this.#answerPlanned = true;
    const waitMs = Math.max(
      this.#jitterMs(),
      this.#answeredMs + RESPONSE_INTERVAL_MIN_MS - this.#options.clock.nowMs(),
    );
    this.#later(waitMs, () => this.#announce());
  }

  #told(packet: Packet, from: RemoteInfo): void {
    const { announced, left, invalid } = readResponse([...(packet.answers ?? []), ...(packet.additionals ?? [])]);
    if (invalid > 0) this.#options.counters.count("discovery.invalid_record", invalid);
    for (const hub of left) this.#peers.delete(hub);
    for (const hub of announced) if (hub.hub !== this.#self?.hub) this.#learn(hub, from.address);
  }

  #learn(announced: Announced, from: string): void {
    if (announced.home !== this.#home) return;
    const loopback = isLoopbackInterface(this.#interfaceAddress);
    const usable = announced.addresses.filter((address) => isUsableAddress(address, loopback));
    const host = usable.find((address) => address === from) ?? usable[0]; // the one that reached us, if it is among them
    if (host === undefined) {
      this.#options.counters.count("discovery.invalid_record");
      return;
    }
    const nowMs = this.#options.clock.nowMs();
    const known = this.#peers.get(announced.hub);
    const changed = !known || known.host !== host || known.port !== announced.port || known.expiresMs < nowMs;
    const peer = { host, port: announced.port, expiresMs: nowMs + announced.ttlS * 1_000 };
    if (this.#peers.set(announced.hub, peer)) this.#options.counters.count("discovery.peer_evicted");
    if (changed) this.#found({ hub: announced.hub, host, port: announced.port });
  }

  #announce(): void {
    this.#answerPlanned = false;
    this.#answeredMs = this.#options.clock.nowMs();
    if (this.#self && this.#options.listensOnly !== true)
      this.#mdns?.respond(recordsOf(this.#self.hub, this.#self.port, [this.#interfaceAddress], false, this.#home));
  }

  /** RFC 6762 §5.2: at least doubling intervals, up to an hour. */
  #query(nextMs: number): void {
    const nowMs = this.#options.clock.nowMs();
    const known = [...this.#peers.entries()].filter(([, peer]) => peer.expiresMs > nowMs).slice(-KNOWN_ANSWERS_MAX);
    this.#mdns?.query({
      questions: [{ name: SERVICE, type: "PTR" }],
      // This hub hears its own query: listed as known, it does not answer itself.
      answers: [...(this.#self ? [this.#self.hub] : []), ...known.map(([hub]) => hub)].map((hub) => pointerOf(hub)),
    });
    this.#later(nextMs, () => this.#query(Math.min(nextMs * 2, QUERY_INTERVAL_MAX_MS)));
  }

  /** RFC 6762 §6: shared records are sent after 20–120 ms, so that many hubs do not speak at once. */
  #jitterMs(): number {
    return 20 + ((this.#options.rng(1)[0] ?? 0) / 255) * 100;
  }

  #later(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    timer.unref();
    this.#timers.add(timer);
  }
}
