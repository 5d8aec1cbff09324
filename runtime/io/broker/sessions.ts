/**
 * What the broker remembers between packets and between connections, with a bound on everything. Not pure (streams).
 * It is the persistence that aedes asks for. Its own in-memory one has no bounds, keeps the QoS 2 packets of clients
 * that left (GHSA-5jvp-3p2v-5qgf, GHSA-p8r9-qf8w-p73r) and stores subscriptions that were refused.
 */
import { Readable } from "node:stream";
import { LruMap } from "../../core/bounded.js";
import type { Counters } from "../../core/ports.js";
import { filterMatches } from "./access.js";
import type { BrokerLimits } from "./limits.js";
import type { RetainedMessages } from "./retained.js";
import { messagePropertiesOf } from "./retained-codec.js";

interface Owner {
  readonly id: string;
}

interface Subscription {
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
}

interface Session {
  readonly subscriptions: Map<string, Subscription>;
  readonly queue: StoredPacket[];
  queuedBytes: number;
}

/** What aedes hands over: a PUBLISH, or the PUBREL that took its place in a queue. */
export interface StoredPacket {
  readonly cmd: string;
  readonly topic: string;
  readonly payload: Buffer | string;
  readonly qos: 0 | 1 | 2;
  readonly properties?: unknown;
  /** Wall time. Unit: ms. */
  readonly messageExpiry?: number;
  readonly brokerCounter: number;
  brokerId: string;
  clientId?: string;
  messageId?: number;
}

export interface SessionOptions {
  readonly retained: RetainedMessages;
  readonly limits: BrokerLimits;
  readonly counters: Counters;
  /** Asked again here, because a refused subscription arrives with the accepted ones of its packet. */
  readonly maySubscribe: (client: object, filter: string) => boolean;
}

export class BrokerSessions {
  readonly #options: SessionOptions;
  readonly #sessions: LruMap<string, Session>;
  /** QoS 2 messages between PUBLISH and PUBREL, by client and packet identifier. */
  readonly #incoming: LruMap<string, Map<number, StoredPacket>>;
  readonly #wills = new Map<string, StoredPacket>();
  #brokerId = "";

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#sessions = new LruMap(options.limits.sessionsMax);
    this.#incoming = new LruMap(options.limits.sessionsMax + options.limits.connectionsMax);
  }

  async setup(broker: Owner): Promise<void> {
    this.#brokerId = broker.id;
  }

  /** Called when a client has gone: a QoS 2 exchange of a session that ended will not be completed. */
  forgetIncoming(clientId: string): void {
    this.#incoming.delete(clientId);
  }

  async storeRetained(packet: StoredPacket): Promise<void> {
    const properties = messagePropertiesOf(packet.properties);
    this.#options.retained.set({
      topic: packet.topic,
      payload: Buffer.from(packet.payload), // a copy: the original is a view that pins a whole network chunk
      qos: packet.qos,
      ...(properties && { properties }),
      ...(packet.messageExpiry !== undefined && { messageExpiry: packet.messageExpiry }),
    });
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    const messages = this.#options.retained.matching((topic) => filters.some((filter) => reads(filter, topic)));
    return Readable.from([...messages].map((message) => ({ cmd: "publish", retain: true, ...message })));
  }

  async addSubscriptions(client: Owner, subscriptions: readonly Subscription[]): Promise<void> {
    const allowed = subscriptions.filter((subscription) => this.#options.maySubscribe(client, subscription.topic));
    if (allowed.length === 0) return;
    let session = this.#sessions.get(client.id);
    if (!session) {
      session = { subscriptions: new Map(), queue: [], queuedBytes: 0 };
      if (this.#sessions.set(client.id, session)) this.#options.counters.count("broker.session_evicted");
    }
    for (const subscription of allowed) {
      const known = session.subscriptions.has(subscription.topic);
      if (known || session.subscriptions.size < this.#options.limits.subscriptionsMax)
        session.subscriptions.set(subscription.topic, { ...subscription });
    }
  }

  async removeSubscriptions(client: Owner, filters: readonly string[]): Promise<void> {
    const session = this.#sessions.get(client.id);
    for (const filter of filters) session?.subscriptions.delete(filter);
  }

  async subscriptionsByClient(client: Owner): Promise<readonly Subscription[]> {
    return [...(this.#sessions.get(client.id)?.subscriptions.values() ?? [])].map((entry) => ({ ...entry }));
  }

  /** One entry per client, with the highest QoS of its matching subscriptions: a message is queued once. */
  async subscriptionsByTopic(topic: string): Promise<readonly (Subscription & { clientId: string })[]> {
    const found: (Subscription & { clientId: string })[] = [];
    for (const [clientId, session] of this.#sessions.entries()) {
      let best: Subscription | undefined;
      for (const subscription of session.subscriptions.values()) {
        if (subscription.qos > (best?.qos ?? 0) && reads(subscription.topic, topic)) best = subscription;
      }
      if (best) found.push({ ...best, clientId });
    }
    return found;
  }

  /** The session is over: a clean start, or its expiry. Its queue goes with its subscriptions. */
  async cleanSubscriptions(client: Owner): Promise<void> {
    this.#sessions.delete(client.id);
    this.#incoming.delete(client.id);
  }

  async outgoingEnqueue(subscription: { readonly clientId: string }, packet: StoredPacket): Promise<void> {
    const session = this.#sessions.get(subscription.clientId);
    if (!session) return;
    const { queuedMessagesMax, queuedBytesMax } = this.#options.limits;
    if (session.queue.length >= queuedMessagesMax || session.queuedBytes + packet.payload.length > queuedBytesMax) {
      this.#options.counters.count("broker.queue_full");
      return;
    }
    session.queue.push({ ...packet, payload: Buffer.from(packet.payload), messageId: undefined });
    session.queuedBytes += packet.payload.length;
  }

  async outgoingEnqueueCombi(
    subscriptions: readonly { readonly clientId: string }[],
    packet: StoredPacket,
  ): Promise<void> {
    for (const subscription of subscriptions) await this.outgoingEnqueue(subscription, packet);
  }

  /** Binds a queued message to the packet identifier it was sent with, or replaces it by its PUBREL. */
  async outgoingUpdate(client: Owner, packet: StoredPacket): Promise<void> {
    const queue = this.#sessions.get(client.id)?.queue ?? [];
    for (const [i, queued] of queue.entries()) {
      if (queued.brokerId === packet.brokerId && queued.brokerCounter === packet.brokerCounter) {
        queued.messageId = packet.messageId;
        return;
      }
      if (queued.brokerId !== packet.brokerId && queued.messageId === packet.messageId) {
        queue[i] = packet;
        return;
      }
    }
    throw new Error("no such packet");
  }

  async outgoingClearMessageId(client: Owner, packet: StoredPacket): Promise<StoredPacket | undefined> {
    const session = this.#sessions.get(client.id);
    if (!session || packet.messageId === undefined) return undefined; // unset is what all unsent ones have in common
    const at = session.queue.findIndex((queued) => queued.messageId === packet.messageId);
    if (at < 0) return undefined;
    const [removed] = session.queue.splice(at, 1);
    session.queuedBytes = session.queue.reduce((bytes, queued) => bytes + (queued.payload?.length ?? 0), 0);
    return removed;
  }

  outgoingStream(client: Owner): Readable {
    return Readable.from([...(this.#sessions.get(client.id)?.queue ?? [])]);
  }

  /** @throws Error past the bound; aedes then cuts the client. */
  async incomingStorePacket(client: Owner, packet: StoredPacket): Promise<void> {
    const stored = this.#incoming.get(client.id) ?? new Map<number, StoredPacket>();
    if (stored.size >= this.#options.limits.incomingMessagesMax) {
      this.#options.counters.count("broker.incoming_full");
      throw new Error("too many QoS 2 messages without PUBREL");
    }
    // Only the identifier is asked for later: aedes publishes the payload as soon as this resolves.
    stored.set(packet.messageId ?? 0, { ...packet, payload: Buffer.alloc(0) });
    this.#incoming.set(client.id, stored);
  }

  async incomingGetPacket(client: Owner, packet: StoredPacket): Promise<StoredPacket> {
    const stored = this.#incoming.get(client.id)?.get(packet.messageId ?? 0);
    if (!stored) throw new Error("no such packet");
    return stored;
  }

  async incomingDelPacket(client: Owner, packet: StoredPacket): Promise<void> {
    if (!this.#incoming.get(client.id)?.delete(packet.messageId ?? 0)) throw new Error("no such packet");
  }

  async putWill(client: Owner, will: StoredPacket): Promise<void> {
    will.brokerId = this.#brokerId;
    will.clientId = client.id;
    this.#wills.set(client.id, will);
  }

  async delWill(client: Owner): Promise<StoredPacket | undefined> {
    const will = this.#wills.get(client.id);
    this.#wills.delete(client.id);
    return will;
  }

  /** Wills of other brokers that died: there are none, this broker is alone. */
  streamWill(): Readable {
    return Readable.from([]);
  }
}

/** MQTT 3.1.1 §4.7.2: a leading wildcard does not read `$` topics. */
function reads(filter: string, topic: string): boolean {
  return !(topic.startsWith("$") && /^[+#]/.test(filter)) && filterMatches(filter, topic);
}
