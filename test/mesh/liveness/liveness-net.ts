/**
 * A network for the liveness part alone, in virtual time: hubs, and links that behave as TCP does: in order, nothing
 * lost, a lost packet delays it and all behind it by 200 ms, doubled on each repeat. Deterministic by its seed.
 */
import type { HubId } from "../../../runtime/core/ids.js";
import type { MemberState } from "../../../runtime/core/mesh.js";
import type { Message } from "../../../runtime/core/messages.js";
import type { Rng } from "../../../runtime/core/time.js";
import type { SendDatagram } from "../../../runtime/mesh/liveness/datagram-pings.js";
import { type DownCause, Liveness } from "../../../runtime/mesh/liveness/liveness.js";
import { LIVENESS_DEFAULTS } from "../../../runtime/mesh/liveness/settings.js";
import type { MeshNotice } from "../../../runtime/mesh/part.js";
import { pipeOf, randomLinks, shortestWay } from "./graphs.js";
import type { Hub, Link, NetOptions, Pipe, Told } from "./net-types.js";
import { VirtualTime } from "./virtual-time.js";

const RETRANSMIT_MS = 200;
const REDIAL_MS = 250;

export class LivenessNet {
  readonly hubs: Hub[] = [];
  readonly told: Told[] = [];
  readonly counts = new Map<string, number>();
  readonly frames = new Map<string, number>();
  loss: number;
  readonly #time: VirtualTime;
  readonly #links: Link[] = [];

  constructor(readonly options: NetOptions) {
    this.#time = new VirtualTime(options.seed);
    this.loss = options.loss ?? 0;
    for (let index = 0; index < options.hubs; index++) this.hubs.push(this.#hub(index));
    const ids = this.hubs.map(({ id }) => id).sort();
    for (const { machine } of this.hubs) machine.inCell(ids);
    const [low, high] = options.rttMs ?? [1, 5];
    for (const [a, b] of options.links ?? randomLinks(options.hubs, () => this.random())) {
      const [one, other] = [this.#at(a), this.#at(b)];
      const latencyMs = (low + this.random() * (high - low)) / 2;
      const link: Link = {
        pipes: [pipeOf(one, other), pipeOf(other, one)],
        latencyMs,
        loss: options.lossOf?.[a]?.[b] ?? 0,
        isUp: false,
        isDeafBeside: false,
        generation: 0,
      };
      one.links.set(b, link);
      other.links.set(a, link);
      this.#links.push(link);
      this.at(this.random() * 1000, () => this.#connect(link));
    }
  }

  get nowMs(): number {
    return this.#time.nowMs;
  }

  random(): number {
    return this.#time.random();
  }

  at(atMs: number, run: () => void): void {
    this.#time.at(atMs, run);
  }

  run(forMs: number): void {
    this.#time.runUntil(this.nowMs + forMs);
  }

  neighboursOf(index: number): number[] {
    return [...this.#at(index).links].flatMap(([other, link]) => (link.isUp ? [other] : []));
  }

  stateOf(observer: number, hub: number): MemberState | undefined {
    return this.#at(observer).machine.state(this.#at(hub).id);
  }

  /** @returns when `observer` was told of that state of `hub` first, at or after `sinceMs`. */
  firstTold(observer: number, hub: number, state: MemberState, sinceMs: number): number | undefined {
    const { id } = this.#at(hub);
    const said = this.told.filter(({ at, atMs }) => at === observer && atMs >= sinceMs);
    return said.find(({ notice: it }) => it.type === "hub-state" && it.hub === id && it.state === state)?.atMs;
  }

  /** SIGKILL: the operating system resets the connections. `reset` false: the power is cut. */
  kill(index: number, reset: boolean): void {
    const hub = this.#at(index);
    hub.down = "dead";
    hub.deadMs = this.nowMs;
    hub.held = [];
    if (reset) for (const link of hub.links.values()) this.#closeFrom(hub, link);
  }

  /** SIGSTOP: sockets stay open and fill. */
  stall(index: number, forMs: number): void {
    const hub = this.#at(index);
    hub.down = "stalled";
    this.at(this.nowMs + forMs, () => this.resume(index));
  }

  resume(index: number): void {
    const hub = this.#at(index);
    if (hub.down !== "stalled") return;
    hub.down = "no";
    // As an event loop does: timers first, then sockets.
    this.#enter(hub, () => hub.machine.tick(this.nowMs, this.#rng));
    const { held } = hub;
    hub.held = [];
    for (const input of held) input();
  }

  restart(index: number): void {
    const hub = this.#at(index);
    hub.epoch += 1;
    hub.down = "no";
    for (const link of hub.links.values()) this.#closeFrom(hub, link);
    hub.machine = this.#machine(hub);
    hub.machine.inCell(this.hubs.map(({ id }) => id).sort());
    for (const link of hub.links.values()) this.#redial(link);
  }

  /** Traffic vanishes in the given direction (or both) while the connection stays. */
  blackHole(a: number, b: number, both = true): void {
    for (const pipe of this.#link(a, b).pipes) if (both || pipe.from.index === a) pipe.cut = true;
  }

  heal(a: number, b: number): void {
    const link = this.#link(a, b);
    for (const pipe of link.pipes) {
      pipe.cut = false;
      const { waiting } = pipe;
      pipe.waiting = [];
      for (const send of waiting) send();
    }
  }

  /** A connection that is reset by something between its ends. */
  reset(a: number, b: number): void {
    const link = this.#link(a, b);
    link.isUp = false;
    for (const pipe of link.pipes) {
      pipe.isRead = false;
      this.#down(pipe.from, pipe.to, "closed", this.nowMs);
    }
    this.#redial(link);
  }

  /** As if `from` had said it to `to`, its neighbour. */
  inject(from: number, to: number, message: Message): void {
    const link = this.#link(from, to);
    const pipe = link.pipes.find((one) => one.from.index === from);
    if (pipe !== undefined) this.#transmit(link, pipe, message);
  }

  readonly #rng: Rng = (length) => Uint8Array.from({ length }, () => Math.floor(this.random() * 256));

  #at(index: number): Hub {
    const hub = this.hubs[index];
    if (hub === undefined) throw new RangeError(`no hub ${index}`);
    return hub;
  }

  #link(a: number, b: number): Link {
    const link = this.#at(a).links.get(b);
    if (link === undefined) throw new RangeError(`no link ${a}–${b}`);
    return link;
  }

  #hub(index: number): Hub {
    // Ids in no order of their indices, as hashes are.
    const id = Math.floor(this.random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0")
      .concat(index.toString(16).padStart(24, "0")) as HubId;
    const tickMs = Number.POSITIVE_INFINITY;
    const hub = { index, id, epoch: 1, down: "no", tickMs, held: [], links: new Map(), after: [] } as unknown as Hub;
    hub.machine = this.#machine(hub);
    return hub;
  }

  #machine(hub: Hub): Liveness {
    const settings = { ...LIVENESS_DEFAULTS, ...this.options.settings };
    const sink = {
      send: (to: HubId, message: Message) => this.#send(hub, to, message),
      route: (to: HubId, message: Message) => this.#route(hub, to, message),
      count: (name: string, by = 1) => this.counts.set(name, (this.counts.get(name) ?? 0) + by),
      notice: (notice: MeshNotice) => {
        if (notice.type === "rtt") return;
        this.told.push({ atMs: this.nowMs, at: hub.index, notice });
        if (notice.type === "silent") hub.after.push(() => this.#closeLocally(hub, notice.hub));
      },
    };
    const datagram = this.options.datagrams === true ? this.#besideOf(hub) : undefined;
    return new Liveness(hub.id, hub.epoch, settings, sink, this.options.crypto?.(hub.id), datagram);
  }

  #besideOf(from: Hub): SendDatagram {
    return (toId, number, isAnswer) => {
      for (const link of from.links.values()) {
        const pipe = link.pipes[0].from === from ? link.pipes[0] : link.pipes[1];
        if (pipe.to.id !== toId || !link.isUp) continue;
        this.frames.set("datagram", (this.frames.get("datagram") ?? 0) + 1);
        if (pipe.cut || link.isDeafBeside || this.random() < Math.max(this.loss, link.loss)) return;
        const { generation } = link;
        this.at(this.nowMs + link.latencyMs, () => {
          if (link.isUp && link.generation === generation)
            this.#deliver(pipe.to, () =>
              pipe.to.machine.onDatagram(from.id, { number, isAnswer, isOver: false }, this.nowMs),
            );
        });
      }
    };
  }

  /** No datagram gets through beside that link any more. */
  deafen(a: number, b: number): void {
    this.#link(a, b).isDeafBeside = true;
  }

  /** Nothing of its streams arrives, while datagrams pass: packets are lost again and again. */
  holdBack(a: number, b: number, forMs: number): void {
    for (const pipe of this.#link(a, b).pipes) pipe.lastMs = this.nowMs + forMs;
  }

  /** Hands an input to a hub, now or when it runs again. */
  #deliver(hub: Hub, input: () => void): void {
    if (hub.down === "dead") return;
    if (hub.down === "stalled") hub.held.push(() => this.#enter(hub, input));
    else this.#enter(hub, input);
  }

  #enter(hub: Hub, input: () => void): void {
    input();
    while (hub.after.length > 0) for (const effect of hub.after.splice(0)) effect();
    this.#schedule(hub);
  }

  #schedule(hub: Hub): void {
    const { deadlineMs } = hub.machine;
    if (deadlineMs >= hub.tickMs || deadlineMs === Number.POSITIVE_INFINITY) return;
    hub.tickMs = Math.max(deadlineMs, this.nowMs);
    const { tickMs } = hub;
    this.at(tickMs, () => {
      if (hub.tickMs !== tickMs) return;
      hub.tickMs = Number.POSITIVE_INFINITY;
      if (hub.down !== "no") return;
      if (hub.machine.deadlineMs <= this.nowMs) this.#enter(hub, () => hub.machine.tick(this.nowMs, this.#rng));
      else this.#schedule(hub);
    });
  }

  #delay({ latencyMs, loss: ownLoss }: Link): number {
    const loss = Math.max(this.loss, ownLoss);
    let delayMs = latencyMs;
    for (let backoffMs = RETRANSMIT_MS; loss > 0 && this.random() < loss; backoffMs *= 2) delayMs += backoffMs;
    return delayMs;
  }

  #send(from: Hub, toId: HubId, message: Message): number {
    for (const link of from.links.values()) {
      const pipe = link.pipes[0].from === from ? link.pipes[0] : link.pipes[1];
      if (pipe.to.id === toId) return link.isUp ? this.#transmit(link, pipe, message) : 0;
    }
    return 0;
  }

  #transmit(link: Link, pipe: Pipe, message: Message): number {
    pipe.seq += 1;
    const { seq } = pipe;
    const { generation } = link;
    this.frames.set(message.type, (this.frames.get(message.type) ?? 0) + 1);
    const transmit = (): void => {
      if (pipe.cut) {
        pipe.waiting.push(transmit);
        return;
      }
      pipe.lastMs = Math.max(pipe.lastMs, this.nowMs + this.#delay(link));
      this.at(pipe.lastMs, () => {
        if (pipe.cut) pipe.waiting.push(transmit);
        else if (pipe.from.down !== "dead" || this.nowMs <= pipe.from.deadMs + link.latencyMs)
          this.#deliver(pipe.to, () => {
            if (pipe.isRead && link.generation === generation) this.#receive(pipe.to, pipe.from.id, seq, message, true);
          });
      });
    };
    transmit();
    return seq;
  }

  #receive(hub: Hub, from: HubId, seq: number, message: Message, isLink: boolean): void {
    const { machine } = hub;
    if (isLink) machine.heard(from, this.nowMs, message.type === "PING" && message.late === true);
    if (message.type === "PING") machine.onPing(from, seq, message, this.nowMs);
    else if (message.type === "PROBE") machine.onProbe(from, message, this.nowMs);
    else if (message.type === "MEMBERS") machine.onMembers(from, message, this.nowMs, this.#rng);
  }

  /** Along the shortest way that is believed to exist; a hub on it that does not run swallows the frame. */
  #route(from: Hub, to: HubId, message: Message): void {
    const target = this.hubs.find(({ id }) => id === to);
    if (target === undefined) return;
    const way = shortestWay(from, target, (hub) =>
      [...hub.links].flatMap(([other, link]) => (link.isUp ? [this.#at(other)] : [])),
    );
    if (way.length === 0) return;
    let delayMs = 0;
    for (const [index, hub] of way.entries()) {
      const next = way[index + 1];
      const link = next && hub.links.get(next.index);
      if (next === undefined || link === undefined) break;
      if (link.pipes.some((pipe) => pipe.cut) || (next.down !== "no" && next !== target)) return;
      delayMs += this.#delay(link);
    }
    this.frames.set("routed", (this.frames.get("routed") ?? 0) + 1);
    this.at(this.nowMs + delayMs, () => this.#deliver(target, () => this.#receive(target, from.id, 0, message, false)));
  }

  #connect(link: Link): void {
    const [{ from: a, to: b, cut }, { cut: cutBack }] = link.pipes;
    if (link.isUp) return;
    if (cut || cutBack || a.down !== "no" || b.down !== "no") {
      if (a.down !== "dead" && b.down !== "dead") this.#redial(link);
      return;
    }
    link.isUp = true;
    link.generation += 1;
    for (const pipe of link.pipes) {
      pipe.isRead = true;
      const { from, to } = pipe;
      const { machine } = from;
      const neighbour = { hub: to.id, linkId: link.generation, name: "", epoch: to.epoch, upMs: this.nowMs };
      this.#enter(from, () => machine.neighbourUp({ ...neighbour, rttMs: Number.NaN, cost: 1 }, this.nowMs, this.#rng));
    }
    this.#viewChanged(a);
    this.#viewChanged(b);
  }

  #redial(link: Link): void {
    this.at(this.nowMs + REDIAL_MS * (0.5 + this.random()), () => this.#connect(link));
  }

  #closeLocally(hub: Hub, other: HubId): void {
    const link = [...hub.links.values()].find(({ pipes }) =>
      pipes.some(({ from, to }) => from === hub && to.id === other),
    );
    if (link?.isUp) this.#closeFrom(hub, link);
  }

  /** `hub` ends the connection; the other end comes to that when it has read what was sent before. */
  #closeFrom(hub: Hub, link: Link): void {
    if (!link.isUp) return;
    link.isUp = false;
    const [pipe, back] = link.pipes[0].from === hub ? link.pipes : [link.pipes[1], link.pipes[0]];
    back.isRead = false;
    if (hub.down === "no") this.#down(hub, pipe.to, "local", this.nowMs);
    if (pipe.cut) this.#downUnheard(pipe, link);
    else this.#end(pipe, link);
    for (const one of link.pipes) one.waiting = [];
    this.#redial(link);
  }

  #end(pipe: Pipe, link: Link): void {
    const { generation } = link;
    pipe.lastMs = Math.max(pipe.lastMs, this.nowMs + this.#delay(link));
    this.at(pipe.lastMs, () => {
      // Else a newer connection has taken its place.
      if (link.generation !== generation || !pipe.isRead) return;
      this.#down(pipe.to, pipe.from, "closed", this.nowMs);
      this.#deliver(pipe.to, () => {
        pipe.isRead = false;
      });
    });
  }

  /** Nobody tells the other end: it finds out by itself, at the latest when a new connection is made. */
  #downUnheard(pipe: Pipe, link: Link): void {
    this.at(this.nowMs + 2000, () => {
      if (!link.isUp) this.#down(pipe.to, pipe.from, "local", this.nowMs);
    });
  }

  #down(hub: Hub, other: Hub, cause: DownCause, atMs: number): void {
    const { machine } = hub;
    this.at(atMs, () =>
      this.#deliver(hub, () => {
        if (hub.machine === machine) machine.neighbourDown(other.id, cause, this.nowMs, this.#rng);
      }),
    );
    this.at(atMs, () => this.#viewChanged(hub));
  }

  /** NEIGHBOUR messages, without their delay. */
  #viewChanged(hub: Hub): void {
    if (hub.down !== "no") return;
    const view = this.neighboursOf(hub.index).map((other) => this.#at(other).id);
    for (const [other, link] of hub.links) if (link.isUp) this.#at(other).machine.watchersOf(hub.id, view);
  }
}
