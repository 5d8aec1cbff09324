/**
 * The dialling end of a link: one mqtt.js session to another hub's broker. Not pure: a socket.
 * mqtt.js is loaded with the first dial, through its client class alone: the package's front door also loads its
 * WebSocket, SOCKS and browser parts. Reconnecting is left to the caller: one session is one `Link`.
 */
import { Socket } from "node:net";
import type { MqttClient } from "mqtt";
import type { HubId } from "../core/ids.js";
import type { Counters } from "../core/ports.js";
import { LINK_TOPIC, LINK_USERNAME } from "./broker-access.js";
import { FRAME_BYTES_MAX, LINK_OUTGOING_BYTES_MAX, LinkWatch } from "./link-frames.js";

/** Half-open sessions are cut after 1.5 of these. The mesh's own ping is faster; this is the net below it. */
const KEEPALIVE_S = 15;
const CONNECT_TIMEOUT_MS = 5_000;

/** What a dial gives: frames out, and an end. */
export interface DialSession {
  send(frame: Uint8Array): boolean;
  close(): void;
}

export interface DialOptions {
  readonly selfId: HubId;
  readonly host: string;
  readonly port: number;
  readonly counters: Counters;
  /** CONNACK has come: frames may be sent. */
  readonly opened: (session: DialSession) => void;
  readonly received: (session: DialSession, frame: Uint8Array) => void;
  /** Once, whether it was ever open or not. */
  readonly closed: (session: DialSession) => void;
}

type MqttClientClass = typeof MqttClient;
const loaded: { client?: Promise<MqttClientClass> } = {};

async function loadClient(): Promise<MqttClientClass> {
  const module = await import("mqtt/lib/client");
  return classOf(module.default);
}

/** A CommonJS default export, seen through one layer of interop or two. */
function classOf(exported: unknown): MqttClientClass {
  return (typeof exported === "function" ? exported : (exported as { default: unknown }).default) as MqttClientClass;
}

export class DialledSession implements DialSession {
  readonly #options: DialOptions;
  #client: MqttClient | undefined;
  #socket: Socket | undefined;
  #open = false;
  #closed = false;

  constructor(options: DialOptions) {
    this.#options = options;
    loaded.client ??= loadClient();
    loaded.client.then((Client) => this.#connect(Client)).catch(() => this.#ended());
  }

  get isOpen(): boolean {
    return this.#open && !this.#closed;
  }

  /** @returns false when the outgoing buffer is full or the session is not open.
   *  @throws RangeError for a frame over 64 KiB: the caller's mistake. */
  send(frame: Uint8Array): boolean {
    if (frame.length > FRAME_BYTES_MAX) throw new RangeError(`a frame of ${frame.length} bytes`);
    const { counters } = this.#options;
    if (!this.isOpen || !this.#client || !this.#socket?.writable) return false;
    if (this.#socket.writableLength + frame.length > LINK_OUTGOING_BYTES_MAX) {
      counters.count("link.buffer_full");
      return false;
    }
    this.#client.publish(LINK_TOPIC, Buffer.from(frame)); // a copy: it may wait in the socket's buffer
    return true;
  }

  close(): void {
    if (this.#client) this.#client.end(true);
    this.#socket?.destroy();
    this.#ended();
  }

  #connect(Client: MqttClientClass): void {
    if (this.#closed) return;
    const { selfId, host, port } = this.#options;
    const client = new Client(() => this.#openSocket(host, port), {
      clientId: selfId,
      username: LINK_USERNAME,
      protocolVersion: 4,
      clean: true,
      keepalive: KEEPALIVE_S,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: 0,
      reschedulePings: false, // a ping goes out though frames do, so that silence of the other side is noticed
      queueQoSZero: false,
      writeCache: false,
      timerVariant: "native",
    });
    this.#client = client;
    client.on("error", () => this.#ended()); // refused, or bytes that are no MQTT: mqtt.js itself would stay connected
    client.on("close", () => this.#ended());
    client.on("connect", () => {
      if (this.#closed || this.#open) return;
      this.#open = true;
      this.#options.opened(this);
    });
    client.on("message", (topic, payload) => {
      if (this.#closed) return;
      if (topic === LINK_TOPIC && payload.length <= FRAME_BYTES_MAX) this.#options.received(this, payload);
      else this.#options.counters.count("link.refused_frame");
    });
  }

  #openSocket(host: string, port: number): Socket {
    const socket = new WatchedSocket(() => {
      this.#options.counters.count("link.refused_packet");
      this.close();
    });
    this.#socket = socket;
    return socket.setNoDelay(true).connect({ host, port });
  }

  #ended(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#client?.end(true);
    this.#socket?.destroy();
    this.#options.closed(this);
  }
}

/**
 * A socket that hands on only what may come over a link. It has to stand before mqtt.js: told of a fault beside it,
 * mqtt.js still works through the chunk, and a QoS 2 message after the end is an exception that nobody can catch.
 */
class WatchedSocket extends Socket {
  readonly #watch = new LinkWatch();
  readonly #refuse: () => void;

  constructor(refuse: () => void) {
    super();
    this.#refuse = refuse;
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const [chunk] = args;
    if (event === "data" && chunk instanceof Uint8Array && !this.#watch.feed(chunk)) {
      this.#refuse();
      return true;
    }
    return super.emit(event as "data", ...(args as [Buffer]));
  }
}
