/**
 * Datagrams through the air: what a hub sends to another hub's address goes on where there is a link, from an address that stands for its sender, and
 * what is sent to that address goes back. Each is lost for itself; nothing is sent again.
 */
import { createSocket, type Socket } from "node:dgram";
import type { AirEnd, OpenLink } from "./air-links.js";

/** On their way in both directions of one link. Hubs send some fifty a second. */
const UNDER_WAY_MAX = 1024;

type Direction = "a-to-b" | "b-to-a";

/** One direction of dialling: it stands for the hub `from` where `to` is. */
interface Relay {
  readonly socket: Socket;
  /** Where the newest datagram of `from` came from. */
  asker: { readonly address: string; readonly port: number };
}

export class AirDatagrams {
  readonly #random: () => number;
  readonly #answering = new Map<string, Socket>();
  readonly #relays = new Map<string, Relay>();
  readonly #underWay = new Map<OpenLink, number>();
  #isClosed = false;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** @param linkOf by the sender's address. */
  async answerFor({ host, port }: AirEnd, linkOf: (source: string) => OpenLink | undefined): Promise<void> {
    const socket = createSocket("udp4");
    this.#answering.set(`${host}:${port}`, socket);
    socket.on("message", (bytes, asker) => {
      const open = linkOf(asker.address);
      if (open === undefined) return;
      const { a, b } = open.link;
      const isToB = host === b.host && port === b.port;
      const relay = this.#relayOf(open, isToB, socket);
      relay.asker = asker;
      const to = isToB ? b : a;
      const goesTo = to.goesTo ?? to;
      this.#pass(open, isToB ? "a-to-b" : "b-to-a", () => relay.socket.send(bytes, goesTo.port, goesTo.host, ignore));
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(port, host, resolve);
    });
    socket.removeAllListeners("error").on("error", ignore);
  }

  close(): void {
    this.#isClosed = true;
    for (const socket of this.#answering.values()) socket.close();
    for (const { socket } of this.#relays.values()) socket.close();
  }

  /** @param answering where the hub that asks believes the other one to be. */
  #relayOf(open: OpenLink, isToB: boolean, answering: Socket): Relay {
    const direction: Direction = isToB ? "a-to-b" : "b-to-a";
    const name = `${open.link.id} ${direction}`;
    const known = this.#relays.get(name);
    if (known !== undefined) return known;
    const socket = createSocket("udp4");
    const relay: Relay = { socket, asker: { address: "", port: 0 } };
    this.#relays.set(name, relay);
    socket.on("error", ignore);
    socket.on("message", (bytes) => {
      const { address, port } = relay.asker;
      this.#pass(open, isToB ? "b-to-a" : "a-to-b", () => answering.send(bytes, port, address, ignore));
    });
    socket.bind(0, (isToB ? open.link.a : open.link.b).localAddress);
    return relay;
  }

  #pass(open: OpenLink, direction: Direction, send: () => void): void {
    const { delayMs, loss } = open.weather;
    const underWay = this.#underWay.get(open) ?? 0;
    if (underWay >= UNDER_WAY_MAX || !isLetThrough(open, direction) || (loss > 0 && this.#random() < loss)) return;
    if (delayMs <= 0) return send();
    this.#underWay.set(open, underWay + 1);
    setTimeout(() => {
      this.#underWay.set(open, (this.#underWay.get(open) ?? 1) - 1);
      if (!this.#isClosed && isLetThrough(open, direction)) send();
    }, delayMs);
  }
}

function isLetThrough({ cut, weather }: OpenLink, direction: Direction): boolean {
  return !cut && weather.silent !== "both" && weather.silent !== direction;
}

function ignore(): void {}
