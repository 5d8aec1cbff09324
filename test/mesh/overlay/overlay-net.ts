/**
 * Many overlays in virtual time: places in a plane give latencies, a predicate says who can dial whom, hubs crash and links
 * are cut. The same seed gives the same run. Liveness is an oracle here: a lost link is reported `detectMs` later.
 */
import type { HubId } from "../../../runtime/core/ids.js";
import type { HubAddress, Neighbour } from "../../../runtime/core/mesh.js";
import type { Message, MessageOf } from "../../../runtime/core/messages.js";
import { Overlay } from "../../../runtime/mesh/overlay/overlay.js";
import { OVERLAY_DEFAULTS, type OverlaySettings } from "../../../runtime/mesh/overlay/settings.js";
import type { MeshNotice, Sink } from "../../../runtime/mesh/part.js";
import { encodeCbor } from "../../../runtime/wire/cbor.js";
import { neighbour as neighbourCodec } from "../../../runtime/wire/messages/overlay.js";
import { hubAt, type Seeded, seeded } from "./seeded.js";

export interface NetHub {
  readonly index: number;
  readonly id: HubId;
  readonly x: number;
  readonly y: number;
  overlay: Overlay;
  alive: boolean;
  readonly links: Map<NetHub, Neighbour>;
  readonly notices: MeshNotice[];
  readonly counts: Map<string, number>;
  bytes: number;
  dials: number;
  scheduledMs: number;
}

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

export interface NetOptions {
  readonly seed?: number;
  readonly settings?: Partial<OverlaySettings>;
  /** Whether a can reach b when it dials. */
  readonly canDial?: (a: NetHub, b: NetHub) => boolean;
  readonly detectMs?: number;
  readonly countBytes?: boolean;
}

/** 5 + 3: MQTT's and the frame's own head. */
const FRAME_BYTES = 8;

export class OverlayNet {
  readonly hubs: NetHub[] = [];
  readonly byId = new Map<HubId, NetHub>();
  readonly random: Seeded;
  nowMs = 0;
  readonly #heap: Event[] = [];
  #order = 0;
  #linkId = 0;
  readonly #options: NetOptions;
  #isCut: (a: NetHub, b: NetHub) => boolean = () => false;

  constructor(options: NetOptions = {}) {
    this.#options = options;
    this.random = seeded(options.seed ?? 1);
  }

  add(x: number, y: number): NetHub {
    const index = this.hubs.length;
    const hub: NetHub = {
      index,
      id: hubAt(index),
      x,
      y,
      overlay: undefined as never,
      alive: true,
      links: new Map(),
      notices: [],
      counts: new Map(),
      bytes: 0,
      dials: 0,
      scheduledMs: Number.POSITIVE_INFINITY,
    };
    this.#boot(hub);
    this.hubs.push(hub);
    this.byId.set(hub.id, hub);
    return hub;
  }

  addresses(hub: NetHub): HubAddress[] {
    return [{ host: `10.0.${hub.index >> 8}.${hub.index & 255}`, port: 1883 }];
  }

  rttMs(a: NetHub, b: NetHub): number {
    return 1 + Math.hypot(a.x - b.x, a.y - b.y);
  }

  found(hub: NetHub, other: NetHub): void {
    this.#do(hub, () =>
      hub.overlay.found({ hub: other.id, addresses: this.addresses(other) }, this.nowMs, this.random.rng),
    );
  }

  do(hub: NetHub, input: (overlay: Overlay) => void): void {
    this.#do(hub, () => input(hub.overlay));
  }

  crash(hub: NetHub): void {
    hub.alive = false;
    for (const other of [...hub.links.keys()]) this.#lose(hub, other, this.#detectMs());
  }

  /** With what it kept, and a new overlay. */
  restart(hub: NetHub): void {
    const kept = hub.notices.findLast((notice) => notice.type === "keep");
    hub.alive = true;
    hub.links.clear();
    this.#boot(hub);
    if (kept?.type === "keep") this.#do(hub, () => hub.overlay.restore(kept.value, this.nowMs));
  }

  /** Silent for those links and dials from now on. */
  cut(isCut: (a: NetHub, b: NetHub) => boolean): void {
    this.#isCut = isCut;
    for (const hub of this.hubs) {
      for (const other of [...hub.links.keys()])
        if (hub.index < other.index && isCut(hub, other)) this.#lose(hub, other, 0);
    }
  }

  mend(): void {
    this.#isCut = () => false;
  }

  run(untilMs: number): void {
    for (let event = this.#heap[0]; event !== undefined && event.atMs <= untilMs; event = this.#heap[0]) {
      this.#pop();
      this.nowMs = event.atMs;
      event.run();
    }
    this.nowMs = untilMs;
  }

  at(atMs: number, run: () => void): void {
    this.#push({ atMs: Math.max(this.nowMs, atMs), order: this.#order++, run });
  }

  get alive(): NetHub[] {
    return this.hubs.filter((hub) => hub.alive);
  }

  /** Sizes of the connected parts of the living, greatest first. */
  components(): number[] {
    const seen = new Set<NetHub>();
    const sizes: number[] = [];
    for (const start of this.alive) {
      if (seen.has(start)) continue;
      const queue = [start];
      seen.add(start);
      for (const hub of queue) {
        for (const other of hub.links.keys()) {
          if (!other.alive || seen.has(other) || !other.links.has(hub)) continue;
          seen.add(other);
          queue.push(other);
        }
      }
      sizes.push(queue.length);
    }
    return sizes.sort((a, b) => b - a);
  }

  meanLinkRttMs(): number {
    let sum = 0;
    let count = 0;
    for (const hub of this.alive) {
      for (const other of hub.links.keys()) {
        sum += this.rttMs(hub, other);
        count += 1;
      }
    }
    return sum / count;
  }

  degrees(): number[] {
    return this.alive.map((hub) => hub.links.size).sort((a, b) => a - b);
  }

  #detectMs(): number {
    return (this.#options.detectMs ?? 1000) * (0.7 + this.random.fraction() * 0.6);
  }

  #boot(hub: NetHub): void {
    const settings = { ...OVERLAY_DEFAULTS, ...this.#options.settings };
    hub.overlay = new Overlay({ hub: hub.id, addresses: this.addresses(hub) }, this.#sink(hub), settings);
    hub.scheduledMs = Number.POSITIVE_INFINITY;
  }

  #sink(hub: NetHub): Sink {
    return {
      send: (to, message) => this.#send(hub, to, message),
      route: () => {},
      count: (name, by = 1) => void hub.counts.set(name, (hub.counts.get(name) ?? 0) + by),
      notice: (notice) => {
        if (notice.type === "dial") this.#dial(hub, notice.hub);
        else if (notice.type === "drop") this.#drop(hub, notice.hub);
        else hub.notices.push(notice);
      },
    };
  }

  #send(from: NetHub, to: HubId, message: Message): number {
    const other = this.byId.get(to);
    if (other === undefined || !from.links.has(other)) return 0;
    const body = message as MessageOf<"NEIGHBOUR">;
    if (this.#options.countBytes) from.bytes += FRAME_BYTES + encodeCbor(neighbourCodec.write(body)).length;
    const linkId = from.links.get(other)?.linkId;
    this.at(this.nowMs + this.rttMs(from, other) / 2, () => {
      if (!other.alive || !from.alive || this.#isCut(from, other) || other.links.get(from)?.linkId !== linkId) return;
      this.#do(other, () => other.overlay.onNeighbour(from.id, body, this.nowMs, this.random.rng));
    });
    return 1;
  }

  #dial(from: NetHub, to: HubId): void {
    const other = this.byId.get(to);
    from.dials += 1;
    const reachable = other !== undefined && (this.#options.canDial?.(from, other) ?? true);
    if (other === undefined || !reachable) {
      this.at(this.nowMs + 1000, () => this.#do(from, () => from.overlay.dialFailed(to, this.nowMs, this.random.rng)));
      return;
    }
    this.at(this.nowMs + 2 * this.rttMs(from, other), () => {
      if (!other.alive || !from.alive || this.#isCut(from, other)) {
        this.at(this.nowMs + 1000, () =>
          this.#do(from, () => from.overlay.dialFailed(to, this.nowMs, this.random.rng)),
        );
      } else if (!from.links.has(other) && !other.links.has(from)) this.#up(from, other);
    });
  }

  #up(a: NetHub, b: NetHub): void {
    this.#linkId += 1;
    const rttMs = this.rttMs(a, b);
    for (const [hub, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const neighbour = { hub: other.id, linkId: this.#linkId, name: "", epoch: 1, upMs: this.nowMs, rttMs, cost: 1 };
      hub.links.set(other, neighbour);
    }
    for (const [hub, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const neighbour = hub.links.get(other);
      if (neighbour === undefined) continue;
      this.#do(hub, () => hub.overlay.neighbourUp(neighbour, this.nowMs, this.random.rng, this.addresses(other)));
    }
  }

  #drop(hub: NetHub, to: HubId): void {
    const other = this.byId.get(to);
    const neighbour = other && hub.links.get(other);
    if (other === undefined || neighbour === undefined) return;
    // What was sent before arrives before the end does.
    this.at(this.nowMs, () => this.#down(hub, other, neighbour.linkId));
    this.at(this.nowMs + this.rttMs(hub, other) / 2 + 0.01, () => this.#down(other, hub, neighbour.linkId));
  }

  #lose(a: NetHub, b: NetHub, atLeastMs: number): void {
    const linkId = a.links.get(b)?.linkId ?? 0;
    this.at(this.nowMs + Math.max(atLeastMs, this.#detectMs()), () => this.#down(a, b, linkId));
    this.at(this.nowMs + Math.max(atLeastMs, this.#detectMs()), () => this.#down(b, a, linkId));
  }

  #down(hub: NetHub, other: NetHub, linkId: number): void {
    if (hub.links.get(other)?.linkId !== linkId) return;
    hub.links.delete(other);
    this.#do(hub, () => hub.overlay.neighbourDown(other.id, this.nowMs, this.random.rng));
  }

  #do(hub: NetHub, input: () => void): void {
    if (!hub.alive) return;
    input();
    this.#schedule(hub);
  }

  #schedule(hub: NetHub): void {
    const { overlay } = hub;
    const { deadlineMs } = overlay;
    if (deadlineMs >= hub.scheduledMs || deadlineMs === Number.POSITIVE_INFINITY) return;
    hub.scheduledMs = deadlineMs;
    this.at(deadlineMs, () => {
      // Another was asked for since, and this one is stale.
      if (hub.overlay !== overlay || hub.scheduledMs !== deadlineMs) return;
      hub.scheduledMs = Number.POSITIVE_INFINITY;
      this.#do(hub, () => {
        if (overlay.deadlineMs <= this.nowMs) overlay.tick(this.nowMs, this.random.rng);
      });
    });
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function before(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** `count` hubs in a square of `sideMs`, each of which knows one that came before it. */
export function scattered(net: OverlayNet, count: number, sideMs: number, everyMs: number): void {
  for (let i = 0; i < count; i++) {
    const hub = net.add(net.random.fraction() * sideMs, net.random.fraction() * sideMs);
    if (i === 0) continue;
    // The nearest of some: whom a hub finds first is rarely far.
    const some = Array.from({ length: 8 }, () => net.hubs[net.random.below(i)]!);
    const contact = some.reduce((best, one) => (net.rttMs(hub, one) < net.rttMs(hub, best) ? one : best));
    net.at(net.nowMs + i * everyMs, () => net.found(hub, contact));
  }
}
