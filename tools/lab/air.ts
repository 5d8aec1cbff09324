/**
 * A user-space network between hubs: every link is a port that passes a TCP stream on, with delay, with loss as TCP shows
 * it (what follows a lost segment waits for its retransmission), silent (nothing arrives, nobody is told) or cut (reset).
 * The kernel here has no netem; this stands in its place. One class, run as a process of its own by `air-process.ts`.
 */
import { createServer, type Server, Socket } from "node:net";

export interface AirLink {
  readonly id: string;
  readonly listenHost: string;
  readonly listenPort: number;
  readonly toHost: string;
  readonly toPort: number;
}

export interface AirWeather {
  /** One way. Unit: ms. */
  readonly delayMs: number;
  /** Probability that a segment is lost, 0–1. */
  readonly loss: number;
  /** "both" or one direction, as seen from the one who dialled: nothing passes, and nothing says so. */
  readonly silent: "no" | "both" | "outward" | "inward";
}

/** Linux's smallest retransmission timeout; it doubles with every further loss of the same segment. Unit: ms. */
const RTO_MIN_MS = 200;
const RTO_MAX_MS = 12_800;
/** What may wait on its way before the sender is held back: a small home router's queue. */
const IN_FLIGHT_BYTES_MAX = 256 * 1024;

const CALM: AirWeather = { delayMs: 0, loss: 0, silent: "no" };

interface OpenLink {
  readonly link: AirLink;
  readonly server: Server;
  readonly pairs: Set<readonly [Socket, Socket]>;
  weather: AirWeather;
  cut: boolean;
  /** Called when the weather changes: what was held back may go. */
  readonly wake: Set<() => void>;
}

export class Air {
  readonly #links = new Map<string, OpenLink>();

  constructor(readonly random: () => number) {}

  async open(link: AirLink, weather: Partial<AirWeather> = {}): Promise<void> {
    const server = createServer({ noDelay: true, pauseOnConnect: true });
    const open: OpenLink = {
      link,
      server,
      pairs: new Set(),
      weather: { ...CALM, ...weather },
      cut: false,
      wake: new Set(),
    };
    server.on("connection", (socket) => this.#pass(open, socket));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: link.listenHost, port: link.listenPort }, resolve);
    });
    this.#links.set(link.id, open);
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

  mend(id: string): void {
    this.#of(id).cut = false;
    this.change(id, { silent: "no" });
  }

  close(): void {
    for (const { server, pairs } of this.#links.values()) {
      server.close();
      for (const pair of pairs) for (const socket of pair) socket.destroy();
    }
    this.#links.clear();
  }

  #of(id: string): OpenLink {
    const open = this.#links.get(id);
    if (open === undefined) throw new RangeError(`no link "${id}"`);
    return open;
  }

  #pass(open: OpenLink, near: Socket): void {
    if (open.cut) {
      near.resetAndDestroy();
      return;
    }
    const far = new Socket();
    far.setNoDelay(true);
    far.connect(open.link.toPort, open.link.toHost);
    const pair = [near, far] as const;
    open.pairs.add(pair);
    const end = (reset: boolean): void => {
      if (!open.pairs.delete(pair)) return;
      for (const socket of pair) {
        if (reset) socket.resetAndDestroy();
        else socket.destroy();
      }
    };
    far.once("connect", () => {
      this.#stream(open, near, far, "outward", end);
      this.#stream(open, far, near, "inward", end);
    });
    for (const socket of pair) {
      socket.on("error", () => end(true));
      socket.on("close", () => end(false));
    }
  }

  /** One direction. In order: a late segment holds back those behind it. */
  #stream(
    open: OpenLink,
    from: Socket,
    to: Socket,
    direction: "outward" | "inward",
    end: (reset: boolean) => void,
  ): void {
    const waiting: { readonly bytes: Buffer; dueMs: number }[] = [];
    let bytesWaiting = 0;
    let lastDueMs = 0;
    let ended = false;
    let timer: NodeJS.Timeout | undefined;
    const isSilent = (): boolean => open.weather.silent === "both" || open.weather.silent === direction;
    const flush = (): void => {
      clearTimeout(timer);
      timer = undefined;
      if (isSilent()) return;
      const nowMs = performance.now();
      while (waiting.length > 0 && (waiting[0]?.dueMs ?? 0) <= nowMs + 0.5) {
        const segment = waiting.shift();
        if (segment === undefined) break;
        bytesWaiting -= segment.bytes.length;
        if (to.writable) to.write(segment.bytes);
      }
      if (bytesWaiting < IN_FLIGHT_BYTES_MAX && from.isPaused()) from.resume();
      const next = waiting[0];
      if (next !== undefined) timer = setTimeout(flush, Math.max(0, next.dueMs - nowMs));
      else if (ended) end(false);
    };
    from.on("data", (bytes: Buffer) => {
      const { delayMs, loss } = open.weather;
      lastDueMs = Math.max(lastDueMs, performance.now() + delayMs + this.#retransmissionMs(loss));
      waiting.push({ bytes, dueMs: lastDueMs });
      bytesWaiting += bytes.length;
      if (bytesWaiting >= IN_FLIGHT_BYTES_MAX) from.pause();
      if (timer === undefined || waiting.length === 1) flush();
    });
    from.on("end", () => {
      ended = true;
      if (waiting.length === 0 && !isSilent()) end(false);
    });
    open.wake.add(flush);
    from.once("close", () => {
      open.wake.delete(flush);
      clearTimeout(timer);
    });
    from.resume();
  }

  #retransmissionMs(loss: number): number {
    let waitMs = 0;
    for (let rtoMs = RTO_MIN_MS; loss > 0 && this.random() < loss && rtoMs <= RTO_MAX_MS; rtoMs *= 2) waitMs += rtoMs;
    return waitMs;
  }
}
