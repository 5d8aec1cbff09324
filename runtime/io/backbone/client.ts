/**
 * A session with a foreign message broker: connects, subscribes, publishes with QoS 0, and comes back. Not pure: sockets, timers.
 * MQTT 5 first, 3.1.1 where the broker wants that. By hand over mqtt-packet, since so little is needed: what waits is bounded,
 * and no packet of a broker's can throw where nobody catches.
 */
import { isIP, connect as openTcp } from "node:net";
import type { Duplex } from "node:stream";
import { connect as openTls } from "node:tls";
import type { IDisconnectPacket, IPublishPacket, ISubackPacket, Packet } from "mqtt-packet";
import { messageOf } from "../../core/errors.js";
import type { Clock, Rng } from "../../core/time.js";
import { LINK_OUTGOING_BYTES_MAX } from "../link/frames.js";
import type { BrokerAddress } from "./address.js";
import { judgeConnack, type MqttVersion, PACKET_BYTES_MAX, PacketParser } from "./packets.js";

export interface BrokerAccount extends BrokerAddress {
  readonly user?: string;
  readonly password?: string;
  /** PEM of whoever signed the broker's certificate; absent: who the system trusts. */
  readonly ca?: string;
}

export interface BrokerClientOptions {
  readonly account: BrokerAccount;
  readonly topics: readonly string[];
  readonly clock: Clock;
  readonly rng: Rng;
  readonly count: (name: string) => void;
  readonly events: BrokerClientEvents;
  readonly settings?: Partial<ClientSettings>;
}

export interface BrokerClientEvents {
  /** Subscribed: others may be heard. @param payloadBytesMax what the broker takes in one publish. */
  connected(version: MqttVersion, payloadBytesMax: number): void;
  /** Once for each `connected`, and for each try in vain. It is tried again by itself. */
  disconnected(why: string): void;
  received(topic: string, payload: Uint8Array): void;
}

export interface ClientSettings {
  /** Wait after the first failure; doubles up to the most, with jitter. Unit: ms. */
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  /** From the first byte to the SUBACK. Unit: ms. */
  readonly openingMs: number;
  /** Promised in CONNECT. Raise: less idle traffic; lower: a dead way is noticed sooner. Unit: s. */
  readonly keepaliveS: number;
}

const SETTINGS: ClientSettings = { retryMinMs: 1_000, retryMaxMs: 60_000, openingMs: 15_000, keepaliveS: 30 };
const SUBSCRIBE_ID = 1;
const CLIENT_ID_BYTES = 8;
const CUT_SHORT = "the connection ended";

type State = "waiting" | "opening" | "subscribing" | "connected" | "stopped";

export class BrokerClient {
  readonly #options: BrokerClientOptions;
  readonly #settings: ClientSettings;
  readonly #clientId: string;
  #state: State = "waiting";
  #version: MqttVersion = 5;
  /** A broker has answered in this version. */
  #isVersionKnown = false;
  #stream: Duplex | undefined;
  #parser: PacketParser | undefined;
  #payloadBytesMax = Number.POSITIVE_INFINITY;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  #opening: NodeJS.Timeout | undefined;
  #beat: NodeJS.Timeout | undefined;
  #heardMs = 0;
  #saidMs = 0;

  constructor(options: BrokerClientOptions) {
    this.#options = options;
    this.#settings = { ...SETTINGS, ...options.settings };
    // Random: the broker need not know which hub it is.
    this.#clientId = `m${Buffer.from(options.rng(CLIENT_ID_BYTES)).toString("hex")}`;
  }

  start(): void {
    if (this.#state === "waiting" && this.#retry === undefined) void this.#open();
  }

  stop(): void {
    if (this.#state === "connected") this.#send({ cmd: "disconnect" } as Packet);
    this.#state = "stopped";
    clearTimeout(this.#retry);
    this.#drop(true);
  }

  /** @returns false when it was dropped: no connection, or too much waits already. */
  publish(topic: string, payload: Uint8Array): boolean {
    const stream = this.#stream;
    if (this.#state !== "connected" || stream === undefined) return false;
    if (stream.writableLength + payload.length > LINK_OUTGOING_BYTES_MAX) {
      this.#options.count("backbone.bufferFull");
      return false;
    }
    this.#send({
      cmd: "publish",
      topic,
      payload: Buffer.from(payload.buffer, payload.byteOffset, payload.length),
      qos: 0,
      dup: false,
      retain: false,
    });
    return true;
  }

  async #open(): Promise<void> {
    this.#state = "opening";
    this.#opening = setTimeout(() => this.#failed("the broker does not answer"), this.#settings.openingMs);
    try {
      const stream = await openStream(this.#options.account);
      if (this.#state !== "opening") {
        stream.on("error", () => undefined).destroy();
        return;
      }
      this.#follow(stream);
    } catch (error) {
      this.#failed(messageOf(error));
    }
  }

  #follow(stream: Duplex): void {
    this.#stream = stream;
    const isCurrent = (): boolean => this.#stream === stream;
    let why = CUT_SHORT;
    stream.on("error", (error) => {
      why = messageOf(error);
    });
    stream.on("close", () => {
      if (isCurrent()) this.#failed(why);
    });
    const packets = new PacketParser(this.#version, (packet) => {
      if (isCurrent()) this.#take(packet);
    });
    this.#parser = packets;
    stream.on("data", (chunk: Buffer) => {
      if (!isCurrent()) return;
      this.#heardMs = this.#options.clock.nowMs();
      const problem = packets.feed(chunk);
      if (problem === undefined || !isCurrent()) return;
      this.#options.count("backbone.brokerGarbage");
      this.#failed(`the broker does not speak MQTT: ${problem}`);
    });
    const { user, password } = this.#options.account;
    this.#send({
      cmd: "connect",
      ...{ protocolId: "MQTT", protocolVersion: this.#version, clean: true, clientId: this.#clientId },
      keepalive: this.#settings.keepaliveS,
      ...(user === undefined ? {} : { username: user }),
      ...(password === undefined ? {} : { password: Buffer.from(password) }),
      ...(this.#version === 5 ? { properties: { maximumPacketSize: PACKET_BYTES_MAX } } : {}),
    });
  }

  #take(packet: Packet): void {
    switch (packet.cmd) {
      case "connack":
        return this.#onConnack(packet);
      case "suback":
        return this.#onSuback(packet);
      case "publish":
        return this.#onPublish(packet);
      case "pingresp":
        return;
      case "disconnect":
        return this.#failed(`the broker ends the session (code ${(packet as IDisconnectPacket).reasonCode ?? 0})`);
      default:
        this.#options.count("backbone.brokerGarbage");
        this.#failed(`the broker sends what no client gets (${packet.cmd})`);
    }
  }

  #onConnack(packet: Packet & { cmd: "connack" }): void {
    if (this.#state !== "opening") return this.#failed("the broker greets twice");
    const verdict = judgeConnack(packet);
    if (verdict.type === "version") return this.#otherVersion();
    this.#isVersionKnown = true;
    if (verdict.type === "refused") return this.#failed(verdict.why);
    this.#state = "subscribing";
    this.#payloadBytesMax = verdict.payloadBytesMax;
    // No own messages back, where the version knows how.
    const more = this.#version === 5 ? { nl: true, rap: false, rh: 2 } : {};
    const subscriptions = this.#options.topics.map((topic) => ({ topic, qos: 0 as const, ...more }));
    this.#send({ cmd: "subscribe", messageId: SUBSCRIBE_ID, subscriptions });
  }

  #onSuback({ granted, messageId }: ISubackPacket): void {
    if (this.#state !== "subscribing" || messageId !== SUBSCRIBE_ID) return;
    const isGranted = granted.length === this.#options.topics.length && granted.every((code) => Number(code) < 0x80);
    if (!isGranted) return this.#failed("the broker does not let this user subscribe below mindos/");
    clearTimeout(this.#opening);
    this.#state = "connected";
    this.#failures = 0;
    this.#heardMs = this.#options.clock.nowMs();
    this.#beat = setInterval(() => this.#beatOnce(), (this.#settings.keepaliveS * 1000) / 3).unref();
    this.#options.events.connected(this.#version, this.#payloadBytesMax);
  }

  #onPublish({ topic, payload, qos }: IPublishPacket): void {
    // Nobody was asked for more than QoS 0; what comes with more is not acknowledged, and the broker will notice.
    if (this.#state !== "connected" || qos !== 0 || typeof payload === "string") {
      return this.#options.count("backbone.brokerGarbage");
    }
    this.#options.events.received(topic, payload);
  }

  #beatOnce(): void {
    const nowMs = this.#options.clock.nowMs();
    const keepaliveMs = this.#settings.keepaliveS * 1000;
    if (nowMs - this.#heardMs > 1.5 * keepaliveMs) return this.#failed("the broker is silent");
    if (nowMs - Math.min(this.#saidMs, this.#heardMs) >= keepaliveMs / 2) this.#send({ cmd: "pingreq" });
  }

  #send(packet: Packet): void {
    if (this.#stream === undefined || this.#parser === undefined || !this.#stream.writable) return;
    this.#saidMs = this.#options.clock.nowMs();
    this.#stream.write(this.#parser.encode(packet));
  }

  #otherVersion(): void {
    if (this.#version === 4) return this.#failed("the broker speaks neither MQTT 5 nor 3.1.1");
    this.#version = 4;
    this.#drop(false);
    void this.#open();
  }

  #failed(why: string): void {
    if (this.#state === "stopped" || this.#state === "waiting") return;
    // Some brokers hang up on a version that they do not know, or answer in another's words.
    const isAnswered = this.#state === "opening" && this.#stream !== undefined;
    if (isAnswered && !this.#isVersionKnown) this.#version = this.#version === 5 ? 4 : 5;
    this.#state = "waiting";
    this.#drop(false);
    this.#options.events.disconnected(why);
    const { retryMaxMs, retryMinMs } = this.#settings;
    const ceilingMs = Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(20, this.#failures));
    this.#failures += 1;
    // Between half and all of it: a broker that returns must not meet all its clients at once.
    const jitter = (this.#options.rng(1)[0] ?? 0) / 255;
    this.#retry = setTimeout(() => void this.#open(), ceilingMs * (0.5 + jitter / 2)).unref();
  }

  /** @param gently lets the last packet out. */
  #drop(gently: boolean): void {
    clearTimeout(this.#opening);
    clearInterval(this.#beat);
    const stream = this.#stream;
    this.#stream = undefined;
    this.#parser = undefined;
    if (stream === undefined) return;
    if (!gently) return void stream.destroy();
    stream.end();
    setTimeout(() => stream.destroy(), 1_000).unref();
  }
}

/** Resolves when bytes may be written. */
async function openStream(account: BrokerAccount): Promise<Duplex> {
  const { ca, host, port, scheme, url } = account;
  if (scheme === "ws" || scheme === "wss") {
    const { createWebSocketStream, WebSocket } = await import("ws");
    const socket = new WebSocket(url, "mqtt", {
      maxPayload: 2 * PACKET_BYTES_MAX,
      ...(ca === undefined ? {} : { ca }),
    });
    return opened(createWebSocketStream(socket), socket, "open");
  }
  if (scheme === "mqtt") {
    const socket = openTcp({ host, port, noDelay: true });
    return opened(socket, socket, "connect");
  }
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const socket = openTls({ host, port, minVersion: "TLSv1.2", ...servername, ...(ca === undefined ? {} : { ca }) });
  socket.setNoDelay(true);
  return opened(socket, socket, "secureConnect");
}

function opened(stream: Duplex, source: NodeJS.EventEmitter, event: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      stream.destroy();
      reject(error);
    };
    stream.once("error", failed);
    source.once(event, () => {
      stream.off("error", failed);
      resolve(stream);
    });
  });
}
