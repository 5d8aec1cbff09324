/**
 * The broker's hooks: who each client is, what it may do, and what becomes of one that reads too slowly. Not pure.
 */
import type { AedesPublishPacket, AuthenticateError, Client, PublishPacket, Subscription } from "aedes";
import type { Counters } from "../../core/ports.js";
import {
  APPLICATION_TOPICS,
  type Authorise,
  type ClientInfo,
  isReservedFilter,
  isReservedTopic,
  mayUseClientId,
} from "./access.js";
import type { BrokerLimits } from "./limits.js";
import type { RetainedMessages } from "./retained.js";
import type { BrokerSessions, StoredPacket } from "./sessions.js";

const IDENTIFIER_REJECTED = 2;
const NOT_AUTHORISED = 5;

export interface BrokerClientsOptions {
  readonly counters: Counters;
  readonly limits: BrokerLimits;
  readonly authorise: Authorise;
  readonly sessions: BrokerSessions;
  readonly retained: RetainedMessages;
  readonly onMessage?: (topic: string, payload: Uint8Array, clientId: string) => void;
}

interface Known {
  readonly info: ClientInfo;
  /** Since when more waits for it than may. Unit: ms. */
  slowSinceMs?: number;
}

/** aedes' client with what its types leave out. */
type FullClient = Client & {
  readonly subscriptions: object;
  waitForDrain(done: (error: null, client: Client) => void): void;
};

export class BrokerClients {
  readonly #options: BrokerClientsOptions;
  /** Weak: a client is asked about after it has gone, too, when its delayed will is published. */
  readonly #known = new WeakMap<object, Known>();

  constructor(options: BrokerClientsOptions) {
    this.#options = options;
  }

  authenticate(
    client: Client,
    username: string | undefined,
    password: Buffer | undefined,
    done: (error: AuthenticateError | null, success: boolean | null) => void,
  ): void {
    const address = addressOf(client);
    const info: ClientInfo = { clientId: client.id, address, username, password };
    const refusal = this.#refusalOf(info);
    if (refusal) {
      this.#options.counters.count(refusal.counter);
      done(Object.assign(new Error(refusal.counter), { returnCode: refusal.returnCode }), false);
      return;
    }
    neverWait(client);
    this.#known.set(client, { info });
    done(null, true);
  }

  #refusalOf(info: ClientInfo): { counter: string; returnCode: number } | undefined {
    if (!mayUseClientId(info.clientId)) return { counter: "broker.refused_client_id", returnCode: IDENTIFIER_REJECTED };
    if (!this.#options.authorise.connect(info))
      return { counter: "broker.refused_connect", returnCode: NOT_AUTHORISED };
    return undefined;
  }

  gone(client: Client): void {
    const known = this.#known.get(client);
    if (known && client.clean) this.#options.sessions.forgetIncoming(client.id);
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
    return !isReservedTopic(topic) && this.#options.authorise.publish(info, topic);
  }

  #mayRead(info: ClientInfo, filter: string): boolean {
    return !isReservedFilter(filter) && this.#options.authorise.subscribe(info, filter);
  }
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
