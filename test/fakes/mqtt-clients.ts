/** MQTT clients for tests: real ones (mqtt.js) over TCP and WebSocket, and raw sockets that send what they please. */
import { type EventEmitter, once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect as connectTcp, type Socket } from "node:net";
import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from "mqtt";
import { vi } from "vitest";
import { createCounters } from "../../runtime/core/counters.js";
import type { HubId } from "../../runtime/core/ids.js";
import type { Counters } from "../../runtime/core/ports.js";
import type { Authorise } from "../../runtime/io/broker/access.js";
import { type Broker, type BrokerOptions, startBroker } from "../../runtime/io/broker/broker.js";

export const SELF = "5e1f".repeat(8) as HubId;

/** Everything that the broker's own rules do not forbid. */
export const anyone: Authorise = { connect: () => true, publish: () => true, subscribe: () => true };

export interface Rig {
  readonly broker: Broker;
  readonly counters: Counters;
  /** Of the HTTP server in front of the WebSocket door. */
  readonly webPort: number;
  client(options?: IClientOptions & { readonly over?: "tcp" | "ws" }): Promise<MqttClient>;
  /** Not waited for: it may be refused. */
  start(options?: IClientOptions & { readonly over?: "tcp" | "ws" }): MqttClient;
  raw(): Promise<RawClient>;
  counted(name: string, atLeast?: number): Promise<void>;
  stop(): Promise<void>;
}

export interface RawClient {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  received(): Buffer;
  /** Sends a minimal 3.1.1 CONNECT and waits for the CONNACK. */
  connect(clientId: string, username?: string): Promise<number>;
}

export async function startRig(options: Partial<BrokerOptions> = {}): Promise<Rig> {
  const counters = options.counters ?? createCounters();
  const broker = await startBroker({ port: 0, counters, authorise: anyone, ...options });
  const web = createServer().on("upgrade", (request, socket, head) => broker.handleUpgrade(request, socket, head));
  await listening(web);
  const webPort = (web.address() as AddressInfo).port;
  const clients: MqttClient[] = [];
  const sockets: Socket[] = [];
  const start: Rig["start"] = ({ over = "tcp", ...rest } = {}) => {
    const url = over === "tcp" ? `mqtt://127.0.0.1:${broker.port}` : `ws://127.0.0.1:${webPort}/mqtt`;
    const client = mqtt.connect(url, { reconnectPeriod: 0, connectTimeout: 5_000, ...rest });
    client.on("error", () => undefined);
    clients.push(client);
    return client;
  };
  return {
    broker,
    counters,
    webPort,
    start,
    client: async (rest) => {
      const client = start(rest);
      await eventOf(client, "connect");
      return client;
    },
    raw: async () => {
      const raw = await openRaw(broker.port);
      sockets.push(raw.socket);
      return raw;
    },
    counted: async (name, atLeast = 1) => {
      await vi.waitFor(() => {
        const count = counters.snapshot()[name] ?? 0;
        if (count < atLeast) throw new Error(`${name} is ${count}: ${JSON.stringify(counters.snapshot())}`);
      }, 5_000);
    },
    stop: async () => {
      for (const client of clients) client.end(true);
      for (const socket of sockets) socket.destroy();
      await broker.stop();
      web.closeAllConnections();
      web.close();
    },
  };
}

export async function openRaw(port: number): Promise<RawClient> {
  const socket = connectTcp({ host: "127.0.0.1", port, noDelay: true });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => undefined);
  const closed = once(socket, "close").then(() => undefined);
  await once(socket, "connect");
  return {
    socket,
    closed,
    received: () => Buffer.concat(chunks),
    connect: async (clientId, username) => {
      socket.write(connectPacket(clientId, username));
      await once(socket, "data");
      return Buffer.concat(chunks)[3] ?? -1;
    },
  };
}

/** MQTT 3.1.1 §3.1, clean session, keepalive 60 s. */
export function connectPacket(clientId: string, username?: string): Buffer {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value);
    return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
  };
  const flags = username === undefined ? 0x02 : 0x82;
  const parts = [text("MQTT"), Buffer.from([4, flags, 0, 60]), text(clientId)];
  if (username !== undefined) parts.push(text(username));
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([0x10, body.length]), body]);
}

/** mqtt.js types its events in a way that `once` does not take. */
export async function eventOf(client: MqttClient, name: string): Promise<unknown[]> {
  return once(client as unknown as EventEmitter, name);
}

/** The next message that this client is given. */
export async function nextMessage(client: MqttClient): Promise<IPublishPacket> {
  const [, , packet] = (await eventOf(client, "message")) as [string, Buffer, IPublishPacket];
  return packet;
}

async function listening(server: Server): Promise<void> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
}
