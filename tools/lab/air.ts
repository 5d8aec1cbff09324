/**
 * A user-space network between hubs: who may reach whom is a list of links, each with its weather. A hub's connection to
 * another hub's address ends here; where there is a link it is passed on, with delay, with loss as TCP shows it (what
 * follows a lost segment waits for its retransmission), silent (nothing arrives, nobody is told) or cut (reset); where
 * there is none, nobody answers. Datagrams pass likewise (`air-datagrams.ts`). The kernel here has no netem; this stands in its place. One class, run as a process of its own by `air-process.ts`.
 */
import { createServer, type Server, Socket } from "node:net";
import { AirDatagrams } from "./air-datagrams.js";
import type { AirEnd, AirLink, OpenLink } from "./air-links.js";
import { Stream } from "./air-stream.js";
import { type AirWeather, CALM } from "./air-weather.js";

export class Air {
  readonly #links = new Map<string, OpenLink>();
  /** By who dials and whom: "10.70.0.1>10.78.0.2:7411". */
  readonly #ways = new Map<string, OpenLink>();
  readonly #servers = new Map<string, Server>();
  /** Dials to hubs out of reach, which wait for an answer that never comes. */
  readonly #unanswered = new Set<Socket>();
  readonly #datagrams: AirDatagrams;

  constructor(readonly random: () => number) {
    this.#datagrams = new AirDatagrams(random);
  }

  async open(link: AirLink, weather: Partial<AirWeather> = {}): Promise<void> {
    const open: OpenLink = { link, pairs: new Set(), weather: { ...CALM, ...weather }, cut: false, wake: new Set() };
    this.#links.set(link.id, open);
    for (const source of sourcesOf(link.a)) this.#ways.set(wayOf(source, link.b), open);
    for (const source of sourcesOf(link.b)) this.#ways.set(wayOf(source, link.a), open);
    for (const end of [link.a, link.b]) await this.#answerFor(end);
  }

  /** @throws RangeError for a link that was never opened. */
  change(id: string, weather: Partial<AirWeather>): void {
    const open = this.#of(id);
    open.weather = { ...open.weather, ...weather };
    for (const wake of [...open.wake]) wake();
  }

  /** Resets what is open and refuses what comes, until `mend`. */
  cut(id: string): void {
    const open = this.#of(id);
    open.cut = true;
    for (const pair of [...open.pairs]) for (const socket of pair) socket.resetAndDestroy();
  }

  /** Neither cut nor silent any more; delay and loss stay. */
  mend(id: string): void {
    this.#of(id).cut = false;
    this.change(id, { silent: "no" });
  }

  close(): void {
    for (const server of this.#servers.values()) server.close();
    this.#datagrams.close();
    for (const { pairs } of this.#links.values()) for (const pair of pairs) for (const socket of pair) socket.destroy();
    for (const socket of this.#unanswered) socket.destroy();
    this.#links.clear();
    this.#ways.clear();
    this.#servers.clear();
  }

  #of(id: string): OpenLink {
    const open = this.#links.get(id);
    if (open === undefined) throw new RangeError(`no link "${id}"`);
    return open;
  }

  async #answerFor(end: AirEnd): Promise<void> {
    const { host, port } = end;
    const key = `${host}:${port}`;
    if (this.#servers.has(key)) return;
    const server = createServer({ noDelay: true, pauseOnConnect: true });
    this.#servers.set(key, server);
    server.on("connection", (socket) => {
      const open = this.#ways.get(wayOf(socket.remoteAddress ?? "", end));
      if (open === undefined) this.#leaveUnanswered(socket);
      else this.#pass(open, socket, key === `${open.link.b.host}:${open.link.b.port}`);
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port }, resolve);
    });
    await this.#datagrams.answerFor(end, (source) => this.#ways.get(wayOf(source, end)));
  }

  #leaveUnanswered(socket: Socket): void {
    this.#unanswered.add(socket);
    socket.once("close", () => this.#unanswered.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.on("end", () => socket.destroy());
    socket.resume(); // else its end would not be noticed
  }

  #pass(open: OpenLink, near: Socket, isToB: boolean): void {
    if (open.cut) {
      near.resetAndDestroy();
      return;
    }
    const [from, to] = isToB ? [open.link.a, open.link.b] : [open.link.b, open.link.a];
    const far = new Socket();
    far.setNoDelay(true);
    const { host, port } = to.goesTo ?? to;
    far.connect({ host, port, localAddress: from.localAddress });
    const pair = [near, far] as const;
    open.pairs.add(pair);
    const end = (): void => {
      // Where nothing passes, the end of a connection does not either: it is told when the weather clears.
      if (open.weather.silent !== "no" && !open.cut) {
        open.wake.add(end);
        return;
      }
      open.wake.delete(end);
      if (!open.pairs.delete(pair)) return;
      for (const socket of pair) socket.resetAndDestroy();
    };
    const weather = (): AirWeather => open.weather;
    far.once("connect", () => {
      const [out, back] = isToB ? (["a-to-b", "b-to-a"] as const) : (["b-to-a", "a-to-b"] as const);
      for (const [source, sink, direction] of [
        [near, far, out],
        [far, near, back],
      ] as const) {
        const stream = new Stream({ source, sink, direction, weather, random: this.random, ended: end });
        const wake = (): void => stream.flush();
        open.wake.add(wake);
        source.once("close", () => {
          open.wake.delete(wake);
          stream.stop();
        });
      }
    });
    for (const socket of pair) {
      socket.on("error", end);
      socket.on("close", end);
    }
  }
}

/** A hub's datagrams leave from where it listens. */
function sourcesOf({ source, goesTo, host }: AirEnd): readonly string[] {
  return [source, goesTo?.host ?? host];
}

function wayOf(source: string, { host, port }: Pick<AirEnd, "host" | "port">): string {
  return `${source}>${host}:${port}`;
}
