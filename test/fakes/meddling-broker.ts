/** A message broker in this process that loses, doubles and shows what passes, and that can go away and come back. */

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { Aedes, type PublishPacket } from "aedes";

export interface Passing {
  readonly topic: string;
  readonly payload: Buffer;
}

export class MeddlingBroker {
  readonly passed: Passing[] = [];
  /** How often the n-th publish is carried: 0 loses it. */
  copies: (n: number, passing: Passing) => number = () => 1;
  #broker: Aedes | undefined;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #count = 0;

  constructor(readonly account?: { readonly user: string; readonly password: string }) {}

  get url(): string {
    return `mqtt://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const broker = await Aedes.createBroker();
    this.#broker = broker;
    const { account } = this;
    if (account !== undefined) {
      broker.authenticate = (_client, user, password, done) =>
        done(null, user === account.user && password?.toString() === account.password);
    }
    broker.authorizePublish = (client, packet, done) => {
      const passing = { topic: packet.topic, payload: Buffer.from(packet.payload) };
      const copies = client === null ? 1 : this.copies(this.#count++, passing);
      if (client !== null) this.passed.push(passing);
      for (let i = 1; i < copies; i++) this.say(passing.topic, passing.payload);
      // Aedes closes whoever is refused; to lose a packet quietly it goes where nobody listens.
      if (copies === 0) packet.topic = "lost";
      done(null);
    };
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => undefined);
      broker.handle(socket);
    });
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** As if somebody with an account had said it. */
  say(topic: string, payload: Uint8Array): void {
    const packet = { cmd: "publish", topic, payload: Buffer.from(payload), qos: 0, dup: false, retain: false };
    this.#broker?.publish(packet as PublishPacket, () => undefined);
  }

  async stop(): Promise<void> {
    const [broker, server] = [this.#broker, this.#server];
    this.#broker = undefined;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
    if (broker !== undefined) await new Promise<void>((resolve) => broker.close(() => resolve()));
  }
}
