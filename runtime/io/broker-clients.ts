/**
 * The broker's hooks: who each client is, what it may do, and what becomes of one that reads too slowly. Not pure.
 */
import type { AedesPublishPacket, AuthenticateError, Client, PublishPacket, Subscription } from "aedes";
import type { HubId } from "../core/ids.js";
import type { Counters } from "../core/ports.js";
import {
  APPLICATION_TOPICS,
  type Authorise,
  type ClientInfo,
  isReservedFilter,
  isReservedTopic,
  kindOf,
  mayUseClientId,
} from "./broker-access.js";
import type { BrokerLimits } from "./broker-limits.js";
import { AcceptedSession, type LinkAcceptor } from "./broker-link-session.js";
import type { RetainedMessages } from "./broker-retained.js";
import type { BrokerSessions, StoredPacket } from "./broker-sessions.js";

/** Links speak one version: frames are written by hand, and every broker knows this one. */
const LINK_MQTT_VERSION = 4;
const IDENTIFIER_REJECTED = 2;
const NOT_AUTHORISED = 5;

export interface BrokerClientsOptions {
  readonly selfId: HubId;
  readonly counters: Counters;
  readonly limits: BrokerLimits;
  readonly authorise: Authorise;
  readonly sessions: BrokerSessions;
  readonly retained: RetainedMessages;
  readonly onMessage?: (topic: string, payload: Uint8Array, clientId: string) => void;
}

interface Known {
  readonly info: ClientInfo;
  session?: AcceptedSession;
  /** Since when more waits for it than may. Unit: ms. */
  slowSinceMs?: number;
}

/** aedes' client with what its types leave out. */
type FullClient = Client & {
  readonly will?: unknown;
  readonly _will?: unknown;
  readonly subscriptions: object;
  waitForDrain(done: (error: null, client: Client) => void): void;
};

export class BrokerClients {
  readonly #options: BrokerClientsOptions;
  /** Weak: a client is asked about after it has gone, too, when its delayed will is published. */
  readonly #known = new WeakMap<object, Known>();
  readonly #links = new Map<string, AcceptedSession>();
  #acceptor: LinkAcceptor | undefined;

  constructor(options: BrokerClientsOptions) {
    this.#options = options;
  }

  acceptLinks(acceptor: LinkAcceptor): void {
    this.#acceptor = acceptor;
  }

  authenticate(
    client: Client,
    username: string | undefined,
    password: Buffer | undefined,
    done: (error: AuthenticateError | null, success: boolean | null) => void,
  ): void {
    const address = addressOf(client);
    const info: ClientInfo = { kind: kindOf(username), clientId: client.id, address, username, password };
    const refusal = this.#refusalOf(client, info);
    if (refusal) {
      this.#options.counters.count(refusal.counter);
      done(Object.assign(new Error(refusal.counter), { returnCode: refusal.returnCode }), false);
      return;
    }
    neverWait(client);
    this.#known.set(client, { info });
    done(null, true);
  }

  #refusalOf(client: Client, info: ClientInfo): { counter: string; returnCode: number } | undefined {
    if (!mayUseClientId(info.kind, info.clientId, this.#options.selfId))
      return { counter: "broker.refused_client_id", returnCode: IDENTIFIER_REJECTED };
    if (info.kind === "link" && !(this.#acceptor && isPlainLink(client)))
      return { counter: "broker.refused_link", returnCode: NOT_AUTHORISED };
    if (!this.#options.authorise.connect(info))
      return { counter: "broker.refused_connect", returnCode: NOT_AUTHORISED };
    return undefined;
  }

  ready(client: Client): void {
    const known = this.#known.get(client);
    if (known?.info.kind !== "link" || !this.#acceptor || client.closed) return;
    const hub = known.info.clientId as HubId; // `mayUseClientId` has checked it
    this.#links.get(hub)?.close(); // aedes has cut it already, unless it was closing by itself
    known.session = new AcceptedSession(client, hub, known.info.address, this.#acceptor, this.#options.counters);
    this.#links.set(hub, known.session);
    known.session.announce();
  }

  gone(client: Client): void {
    const known = this.#known.get(client);
    if (known && client.clean) this.#options.sessions.forgetIncoming(client.id);
    const session = known?.session;
    if (!session) return;
    if (this.#links.get(session.hub) === session) this.#links.delete(session.hub);
    session.ended();
  }

  /** @returns false when this client has no business sending frames. */
  takeFrame(client: Client, frame: Uint8Array): boolean {
    return this.#known.get(client)?.session?.deliver(frame) ?? false;
  }

  authorizePublish(client: Client | null, packet: PublishPacket, done: (error?: Error | null) => void): void {
    const known = client && this.#known.get(client);
    if (!known || !this.#mayPublish(known.info, packet.topic)) {
      this.#options.counters.count("broker.refused_publish");
      done(new Error("broker.refused_publish"));
      return;
    }
    if (!packet.retain || packet.qos === 0) {
      done(null);
      return;
    }
    // aedes acknowledges QoS 1 before it stores what is retained: so it is stored and written here, first.
    const { messageExpiryInterval } = packet.properties ?? {};
    const messageExpiry = messageExpiryInterval ? Date.now() + messageExpiryInterval * 1000 : undefined;
    this.#options.sessions
      .storeRetained({ ...packet, brokerId: "", brokerCounter: 0, messageExpiry } satisfies StoredPacket)
      .then(() => this.#options.retained.flush(true))
      .then(
        () => done(null),
        () => done(new Error("broker.retained_write_failed")),
      );
  }

  authorizeSubscribe(client: Client, subscription: Subscription): Subscription | null {
    const count = Object.keys((client as FullClient).subscriptions).length;
    const known = this.#known.get(client);
    if (known && count < this.#options.limits.subscriptionsMax && this.#mayRead(known.info, subscription.topic))
      return subscription;
    this.#options.counters.count("broker.refused_subscribe");
    return null;
  }

  maySubscribe(client: object, filter: string): boolean {
    const known = this.#known.get(client);
    return known !== undefined && this.#mayRead(known.info, filter);
  }

  /** Called for each delivery. Never lets one slow reader hold up the others, nor fill the memory. */
  authorizeForward(client: Client, packet: AedesPublishPacket): AedesPublishPacket | null {
    const known = this.#known.get(client);
    if (!known || isReservedTopic(packet.topic)) return null;
    const { outgoingBytesMax, slowConsumerMs } = this.#options.limits;
    if (client.conn.writableLength + packet.payload.length <= outgoingBytesMax) {
      known.slowSinceMs = undefined;
      return packet;
    }
    this.#options.counters.count("broker.slow_dropped");
    const nowMs = performance.now();
    known.slowSinceMs ??= nowMs;
    if (packet.qos > 0 || nowMs - known.slowSinceMs > slowConsumerMs) {
      this.#options.counters.count("broker.slow_cut");
      client.conn.destroy();
    }
    return null;
  }

  published(packet: AedesPublishPacket, client: Client | null): void {
    const { onMessage } = this.#options;
    if (!onMessage || !client || !packet.topic.startsWith(APPLICATION_TOPICS)) return;
    onMessage(packet.topic, Buffer.from(packet.payload), client.id);
  }

  #mayPublish(info: ClientInfo, topic: string): boolean {
    return info.kind === "application" && !isReservedTopic(topic) && this.#options.authorise.publish(info, topic);
  }

  #mayRead(info: ClientInfo, filter: string): boolean {
    return info.kind === "application" && !isReservedFilter(filter) && this.#options.authorise.subscribe(info, filter);
  }
}

function isPlainLink(client: Client): boolean {
  const { version, clean, _will: will } = client as FullClient;
  return version === LINK_MQTT_VERSION && clean && !will;
}

/**
 * aedes waits for a full socket to drain before it calls a delivery done, and 100 deliveries that wait stall every
 * client for up to a minute. Here a delivery is done once it is in the buffer, and `authorizeForward` bounds the buffer.
 */
function neverWait(client: Client): void {
  (client as FullClient).waitForDrain = (done) => void setImmediate(done, null, client);
}

function addressOf(client: Client): string {
  const socket = client.req?.socket ?? client.conn;
  return "remoteAddress" in socket ? (socket.remoteAddress ?? "") : "";
}
