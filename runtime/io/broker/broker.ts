/**
 * The embedded MQTT broker: aedes, fenced in. For applications; hubs meet at `link-door.ts`. Not pure: sockets.
 * Why aedes 2.0.0-beta.1 and not 1.2.0: it speaks MQTT 5 as well as 3.1.1, refuses an oversized packet at its header
 * (1.2.0 gathers it first), and passes every test of test/io/broker*. Bare, it would not hold: a client named
 * "constructor" ends the process, as the fixes of 1.1.3 and 1.2.0 are not in it. `broker-guard.ts` and
 * `broker-sessions.ts` stand around it for that; they would around 1.2.0, too.
 * Source: MQTT 3.1.1 and 5.0 (OASIS).
 */
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:net";
import type { Duplex } from "node:stream";
import { Aedes, type Client } from "aedes";
import { writeToStream } from "mqtt-packet";
import { messageOf } from "../../core/errors.js";
import type { Counters, Store } from "../../core/ports.js";
import { listen } from "../listen.js";
import { type Authorise, loopbackOnly } from "./access.js";
import { BrokerClients } from "./clients.js";
import { attachGuard } from "./guard.js";
import { BROKER_LIMITS, type BrokerLimits } from "./limits.js";
import { RetainedMessages } from "./retained.js";
import { BrokerSessions } from "./sessions.js";
import { createWebSocketDoor, type WebSocketDoor } from "./websocket.js";

export interface BrokerOptions {
  readonly host?: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Keeps retained messages across restarts. */
  readonly store?: Store;
  readonly counters: Counters;
  readonly authorise?: Authorise;
  readonly limits?: Partial<BrokerLimits>;
  /** What applications publish (under `app/`). The payload is valid during the call. */
  readonly onMessage?: (topic: string, payload: Uint8Array, clientId: string) => void;
  /** See `RetainedOptions.flushMs`. */
  readonly retainedFlushMs?: number;
}

export interface PublishOptions {
  readonly retain?: boolean;
  /** 1 and 2 resolve when a retained message is on disk. */
  readonly qos?: 0 | 1 | 2;
}

export interface Broker {
  readonly host: string;
  readonly port: number;
  /** Connections of every kind that are open now. */
  readonly connections: number;
  /** To the applications that subscribed. @throws RangeError for a payload over the packet limit. */
  publish(topic: string, payload: Uint8Array | string, options?: PublishOptions): Promise<void>;
  /** Those that begin like that. */
  retainedTopics(prefix: string): readonly string[];
  /** For the "upgrade" event of the hub's HTTP server. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  stop(): Promise<void>;
}

/** @throws MindosError PORT_IN_USE | ADDRESS_UNAVAILABLE | STORE_CORRUPT */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const broker = new EmbeddedBroker(options);
  await broker.start();
  return broker;
}

const STOP_TIMEOUT_MS = 2_000;

class EmbeddedBroker implements Broker {
  readonly #options: BrokerOptions;
  readonly #limits: BrokerLimits;
  readonly #retained: RetainedMessages;
  readonly #clients: BrokerClients;
  readonly #aedes: Aedes;
  readonly #server: Server;
  readonly #door: WebSocketDoor;
  readonly #connections = new Set<Duplex>();
  #port = 0;

  constructor(options: BrokerOptions) {
    const { counters } = options;
    this.#options = options;
    this.#limits = { ...BROKER_LIMITS, ...options.limits };
    this.#retained = new RetainedMessages({
      store: options.store,
      counters,
      limits: this.#limits,
      flushMs: options.retainedFlushMs,
    });
    const sessions = new BrokerSessions({
      retained: this.#retained,
      limits: this.#limits,
      counters,
      maySubscribe: (client, filter) => this.#clients.maySubscribe(client, filter),
    });
    const authorise = options.authorise ?? loopbackOnly;
    this.#clients = new BrokerClients({
      counters,
      limits: this.#limits,
      authorise,
      sessions,
      retained: this.#retained,
      onMessage: options.onMessage,
    });
    this.#aedes = createAedes(this.#clients, sessions, this.#limits, counters);
    this.#server = createServer(
      { noDelay: true, keepAlive: true, keepAliveInitialDelay: this.#limits.tcpKeepaliveMs },
      (socket) => this.#admit(socket),
    );
    this.#door = createWebSocketDoor(
      this.#limits,
      (stream, request) => this.#admit(stream, request),
      (reason) => counters.count(`broker.refused_websocket_${reason}`),
    );
  }

  get host(): string {
    return this.#options.host ?? "127.0.0.1";
  }

  get port(): number {
    return this.#port;
  }

  get connections(): number {
    return this.#connections.size;
  }

  async start(): Promise<void> {
    writeToStream.cacheNumbers = false; // 65,536 small buffers: 10 MiB for what two bytes of arithmetic do
    await this.#retained.load();
    await this.#aedes.listen();
    try {
      this.#port = await listen(this.#server, {
        host: this.host,
        port: this.#options.port,
        whenTaken: "PORT_IN_USE",
      });
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#server.on("error", () => this.#options.counters.count("broker.accept_failed")); // out of descriptors
  }

  async publish(topic: string, payload: Uint8Array | string, options: PublishOptions = {}): Promise<void> {
    const { retain = false, qos = 0 } = options;
    const bytes = typeof payload === "string" ? Buffer.from(payload) : Buffer.from(payload);
    if (bytes.length > this.#limits.packetBytesMax) throw new RangeError(`a payload of ${bytes.length} bytes`);
    if (this.#aedes.closed) return;
    await new Promise<void>((resolve, reject) => {
      this.#aedes.publish({ cmd: "publish", topic, payload: bytes, qos, retain, dup: false }, (error) =>
        error ? reject(error) : resolve(),
      );
    });
    if (retain && qos > 0) await this.#retained.flush(true);
  }

  retainedTopics(prefix: string): readonly string[] {
    return [...this.#retained.matching((topic) => topic.startsWith(prefix))].map(({ topic }) => topic);
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#door.handleUpgrade(request, socket, head).catch(() => {
      this.#options.counters.count("broker.refused_websocket_failed");
      socket.destroy();
    });
  }

  async stop(): Promise<void> {
    if (this.#server.listening) this.#server.close();
    const closed = new Promise<void>((resolve) => this.#aedes.close(resolve));
    const timeout = new Promise<void>((resolve) => setTimeout(resolve, STOP_TIMEOUT_MS).unref());
    await Promise.race([closed, timeout]);
    for (const connection of this.#connections) connection.destroy();
    await this.#retained.flush(true);
  }

  #admit(stream: Duplex, request?: IncomingMessage): void {
    const { counters } = this.#options;
    if (this.#connections.size >= this.#limits.connectionsMax || this.#aedes.closed) {
      counters.count("broker.refused_connection");
      stream.on("error", () => undefined).destroy();
      return;
    }
    this.#connections.add(stream);
    const client = this.#aedes.handle(stream, request);
    stream.once("close", () => {
      this.#connections.delete(stream);
      this.#clients.gone(client);
    });
    attachGuard(client, this.#limits, {
      refused: (counter) => counters.count(counter),
    });
  }
}

function createAedes(
  clients: BrokerClients,
  sessions: BrokerSessions,
  limits: BrokerLimits,
  counters: Counters,
): Aedes {
  const aedes = new Aedes({
    persistence: sessions,
    connectTimeout: limits.connectTimeoutMs,
    maximumPacketSize: limits.packetBytesMax,
    maxTopicLevels: limits.topicLevelsMax,
    receiveMaximum: limits.incomingMessagesMax,
    sessionExpiryIntervalLimit: limits.sessionExpiryMaxS,
    pendingSessionsLimit: limits.sessionsMax,
    authenticate: (client, username, password, done) => clients.authenticate(client, username, password, done),
    authorizePublish: (client, packet, done) => clients.authorizePublish(client, packet, done),
    authorizeSubscribe: (client, subscription, done) => done(null, clients.authorizeSubscribe(client, subscription)),
    authorizeForward: (client, packet) => clients.authorizeForward(client, packet),
    published: (packet, client, done) => {
      clients.published(packet, client);
      done();
    },
  });
  // Keyed by what comes from the wire: an inherited name must read back as absent.
  Object.assign(aedes, { clients: Object.create(null), brokers: Object.create(null) });
  aedes.on("clientDisconnect", (client) => clients.gone(client));
  aedes.on("sessionExpired", () => counters.count("broker.session_expired"));
  aedes.on("keepaliveTimeout", () => counters.count("broker.keepalive_timeout"));
  const failed = (_client: Client, error: Error): void => {
    const counter = counterOf(error);
    if (counter) counters.count(counter);
  };
  aedes.on("clientError", failed);
  aedes.on("connectionError", failed);
  // A listener is needed: without one, an "error" event ends the process.
  (aedes as NodeJS.EventEmitter).on("error", () => counters.count("broker.error"));
  return aedes;
}

/** aedes tells errors apart by their text only. What the guard and the hooks refused is counted there. */
function counterOf(error: Error): string | undefined {
  const message = messageOf(error);
  if (message.startsWith("broker.") || message === "keep alive timeout") return undefined;
  if (message === "packet too large") return "broker.packet_too_large";
  if (message === "connect did not arrive in time") return "broker.connect_timeout";
  return "broker.client_error";
}
