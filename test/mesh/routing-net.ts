/**
 * A network that carries ROUTE alone: links keep order, take their time, and can be cut. Deterministic: one seed, one run.
 */
import type { HubId } from "../../runtime/core/ids.js";
import type { Neighbour } from "../../runtime/core/mesh.js";
import type { Message, MessageOf } from "../../runtime/core/messages.js";
import type { RouteUpdate } from "../../runtime/core/messages-routing.js";
import type { Rng } from "../../runtime/core/time.js";
import type { Sink } from "../../runtime/mesh/part.js";
import { Routes } from "../../runtime/mesh/routing/routes.js";
import { ROUTING_DEFAULTS, type RoutingSettings } from "../../runtime/mesh/routing/settings.js";
import { type Edge, random, type Topology } from "./topologies.js";

export interface NetNode {
  readonly index: number;
  readonly id: HubId;
  routes: Routes;
  /** By the other end's index. */
  readonly links: Map<number, NetLink>;
  alive: boolean;
  wakeMs: number;
}

export interface NetLink extends Edge {
  up: boolean;
  /** Counts its lives: what is in flight when it is cut is lost. */
  life: number;
}

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly node: NetNode;
  /** Absent: a wake-up. */
  readonly message?: MessageOf<"ROUTE">;
  readonly link?: NetLink;
  readonly life?: number;
  readonly from?: NetNode;
}

export interface Walk {
  readonly arrived: boolean;
  readonly hops: number;
  readonly end: number;
}

export class RoutingNet {
  readonly nodes: NetNode[] = [];
  readonly byId = new Map<HubId, NetNode>();
  readonly links: NetLink[] = [];
  readonly counts = new Map<string, number>();
  nowMs = 0;
  messages = 0;
  bytes = 0;
  entries = 0;
  locatorChanges = 0;
  readonly rng: Rng;
  readonly #random: () => number;
  readonly #queue = new Queue();
  #order = 0;

  constructor(
    topology: Topology,
    readonly settings: RoutingSettings = ROUTING_DEFAULTS,
    seed = 1,
  ) {
    const next = random(seed);
    this.#random = next;
    this.rng = (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256));
    const ids = new Set<string>();
    while (ids.size < topology.nodes) {
      ids.add(
        Array.from({ length: 4 }, () =>
          Math.floor(next() * 2 ** 32)
            .toString(16)
            .padStart(8, "0"),
        ).join(""),
      );
    }
    for (const id of ids as Set<HubId>) {
      const node = { index: this.nodes.length, id, links: new Map(), alive: true, wakeMs: Number.POSITIVE_INFINITY };
      this.nodes.push(Object.assign(node, { routes: undefined as unknown as Routes }));
      const made = this.nodes.at(-1)!;
      made.routes = this.#routesOf(made);
      this.byId.set(id, made);
    }
    for (const edge of topology.edges) {
      const link: NetLink = { ...edge, up: false, life: 0 };
      this.links.push(link);
      this.nodes[edge.a]!.links.set(edge.b, link);
      this.nodes[edge.b]!.links.set(edge.a, link);
    }
  }

  #routesOf(node: NetNode): Routes {
    const sink: Sink = {
      send: (to, message) => this.#send(node, to, message),
      route: () => undefined,
      count: (name, by = 1) => void this.counts.set(name, (this.counts.get(name) ?? 0) + by),
      notice: (notice) => {
        if (notice.type === "locator") this.locatorChanges += 1;
      },
    };
    return new Routes(node.id, this.settings, sink);
  }

  #send(node: NetNode, to: HubId, message: Message): number {
    const other = this.byId.get(to)!;
    const link = node.links.get(other.index);
    if (link === undefined || !link.up || message.type !== "ROUTE") return 0;
    this.messages += 1;
    this.bytes += bytesOf(message);
    this.entries += (message.updates?.length ?? 0) + (message.withdrawn?.length ?? 0) + (message.requests?.length ?? 0);
    this.#queue.push({
      atMs: this.nowMs + link.latencyMs,
      order: this.#order++,
      node: other,
      message,
      link,
      life: link.life,
      from: node,
    });
    return 1;
  }

  up(link: NetLink): void {
    const [a, b] = [this.nodes[link.a]!, this.nodes[link.b]!];
    if (link.up || !a.alive || !b.alive) return;
    link.up = true;
    link.life += 1;
    for (const [node, other] of [
      [a, b],
      [b, a],
    ] as const) {
      node.routes.neighbourUp(neighbourOf(other, link), this.nowMs, this.rng);
      this.#schedule(node);
    }
  }

  down(link: NetLink): void {
    if (!link.up) return;
    link.up = false;
    link.life += 1;
    for (const [node, other] of [
      [this.nodes[link.a]!, this.nodes[link.b]!],
      [this.nodes[link.b]!, this.nodes[link.a]!],
    ] as const) {
      if (!node.alive) continue;
      node.routes.neighbourDown(other.id, this.nowMs, this.rng);
      this.#schedule(node);
    }
  }

  /** Takes hubs away, links and all; those that are left hear of it now. */
  kill(indices: Iterable<number>): void {
    const gone = [...indices].map((index) => this.nodes[index]!);
    for (const node of gone) node.alive = false;
    for (const node of gone) for (const link of node.links.values()) this.down(link);
  }

  /** Begins anew, with nothing remembered. */
  revive(indices: Iterable<number>): void {
    const back = [...indices].map((index) => this.nodes[index]!);
    for (const node of back) {
      node.alive = true;
      node.routes = this.#routesOf(node);
      node.wakeMs = Number.POSITIVE_INFINITY;
    }
    for (const node of back) for (const link of node.links.values()) this.up(link);
  }

  /** All links at random moments within. */
  start(withinMs = 0): void {
    if (withinMs === 0) {
      for (const link of this.links) this.up(link);
      return;
    }
    const begins = this.links.map((link) => ({ link, atMs: this.#random() * withinMs }));
    begins.sort((x, y) => x.atMs - y.atMs);
    for (const { link, atMs } of begins) {
      this.run(atMs);
      this.up(link);
    }
  }

  setCost(link: NetLink, cost: number): void {
    for (const [index, other] of [
      [link.a, link.b],
      [link.b, link.a],
    ] as const) {
      const node = this.nodes[index]!;
      if (!link.up || !node.alive) continue;
      node.routes.costChanged(this.nodes[other]!.id, cost, this.nowMs);
      this.#schedule(node);
    }
  }

  penalise(node: NetNode, via: HubId, untilMs: number): void {
    node.routes.penalise(via, untilMs, this.nowMs);
    this.#schedule(node);
  }

  inject(node: NetNode, from: NetNode, message: MessageOf<"ROUTE">): void {
    node.routes.onRoute(from.id, message, this.nowMs, this.rng);
    this.#schedule(node);
  }

  /** @param onStep called after each event, when given. */
  run(untilMs: number, onStep?: () => void): void {
    for (;;) {
      const event = this.#queue.peek();
      if (event === undefined || event.atMs > untilMs) break;
      this.#queue.pop();
      this.nowMs = event.atMs;
      this.#handle(event);
      onStep?.();
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  #handle({ node, message, link, life, from, atMs }: Event): void {
    if (!node.alive) return;
    if (message === undefined) {
      if (node.wakeMs !== atMs) return;
      node.wakeMs = Number.POSITIVE_INFINITY;
      node.routes.tick(this.nowMs, this.rng);
    } else {
      if (link?.life !== life || from === undefined) return;
      node.routes.onRoute(from.id, message, this.nowMs, this.rng);
    }
    this.#schedule(node);
  }

  #schedule(node: NetNode): void {
    const dueMs = Math.max(node.routes.deadlineMs, this.nowMs);
    if (dueMs >= node.wakeMs || dueMs === Number.POSITIVE_INFINITY) return;
    node.wakeMs = dueMs;
    this.#queue.push({ atMs: dueMs, order: this.#order++, node });
  }

  /** Hands a frame from hub to hub, each deciding by its own table as it is now. */
  walk(from: number, to: number, hopsMax = 2000): Walk {
    const target = this.nodes[to]!;
    const locator = target.routes.locator;
    let node = this.nodes[from]!;
    for (let hops = 0; hops < hopsMax; hops++) {
      if (node === target) return { arrived: true, hops, end: node.index };
      const next = node.routes.nextHop(target.id, locator);
      const other = next === undefined ? undefined : this.byId.get(next);
      if (other === undefined || !other.alive || node.links.get(other.index)?.up !== true) {
        return { arrived: false, hops, end: node.index };
      }
      node = other;
    }
    return { arrived: false, hops: hopsMax, end: node.index };
  }

  /** Component of every living node; -1 for the others. */
  components(): Int32Array {
    const component = new Int32Array(this.nodes.length).fill(-1);
    let count = 0;
    for (const node of this.nodes) {
      if (!node.alive || component[node.index] !== -1) continue;
      const queue = [node];
      component[node.index] = count;
      for (const at of queue) {
        for (const [index, link] of at.links) {
          if (!link.up || component[index] !== -1) continue;
          component[index] = count;
          queue.push(this.nodes[index]!);
        }
      }
      count += 1;
    }
    return component;
  }

  /** Pairs of living hubs that some way connects. */
  pairs(count: number): [number, number][] {
    const component = this.components();
    const members = new Map<number, number[]>();
    for (const node of this.nodes) {
      if (!node.alive) continue;
      const own = component[node.index]!;
      members.set(own, [...(members.get(own) ?? [])].concat(node.index));
    }
    const alive = this.nodes.filter((node) => node.alive && members.get(component[node.index]!)!.length > 1);
    const pairs: [number, number][] = [];
    while (pairs.length < count && alive.length > 0) {
      const from = alive[Math.floor(this.#random() * alive.length)]!.index;
      const others = members.get(component[from]!)!;
      const to = others[Math.floor(this.#random() * others.length)]!;
      if (to !== from) pairs.push([from, to]);
    }
    return pairs;
  }

  /** Part of the pairs that reach each other now. */
  reach(pairs: readonly (readonly [number, number])[]): number {
    let arrived = 0;
    for (const [from, to] of pairs) if (this.walk(from, to).arrived) arrived += 1;
    return arrived / pairs.length;
  }

  /** @returns ms until the pairs reach each other for good; undefined when they do not within. */
  untilReach(
    pairs: readonly (readonly [number, number])[],
    part: number,
    withinMs: number,
    stepMs = 20,
  ): number | undefined {
    const beganMs = this.nowMs;
    let sinceMs: number | undefined;
    while (this.nowMs < beganMs + withinMs) {
      this.run(this.nowMs + stepMs);
      if (this.reach(pairs) < part) sinceMs = undefined;
      else sinceMs ??= this.nowMs;
      if (sinceMs !== undefined && this.nowMs - sinceMs > 500) break;
    }
    return sinceMs === undefined ? undefined : sinceMs - beganMs;
  }
}

function neighbourOf(other: NetNode, link: NetLink): Neighbour {
  return {
    hub: other.id,
    linkId: 1,
    name: String(other.index),
    epoch: 1,
    upMs: 0,
    rttMs: 2 * link.latencyMs,
    cost: link.cost,
  };
}

/** On MQTT, once the hubs have aliases on the link. */
export function bytesOf(message: MessageOf<"ROUTE">): number {
  let bytes = 5 + 4;
  if (message.locator !== undefined) bytes += 2 + 2 * message.locator.length;
  if (message.updates !== undefined) {
    bytes += 2;
    for (const update of message.updates) bytes += updateBytes(update);
  }
  if (message.withdrawn !== undefined) bytes += 2 + 2 * message.withdrawn.length;
  if (message.requests !== undefined) bytes += 2 + 7 * message.requests.length;
  if (message.digest !== undefined) bytes += 6;
  return bytes;
}

function updateBytes({ seqno, metric = 0, version, sizes }: RouteUpdate): number {
  const rest = version === 0 && sizes.length === 0 ? 0 : intBytes(version) + 2 * sizes.length;
  return 1 + 2 + intBytes(seqno) + intBytes(metric) + rest;
}

function intBytes(value: number): number {
  return value < 24 ? 1 : value < 256 ? 2 : value < 65_536 ? 3 : 5;
}

/** A binary heap by time, then by order of insertion. */
class Queue {
  readonly #events: Event[] = [];

  peek(): Event | undefined {
    return this.#events[0];
  }

  push(event: Event): void {
    const events = this.#events;
    let at = events.length;
    events.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, events[parent]!)) break;
      events[at] = events[parent]!;
      at = parent;
    }
    events[at] = event;
  }

  pop(): void {
    const events = this.#events;
    const last = events.pop();
    if (last === undefined || events.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= events.length) break;
      if (child + 1 < events.length && isBefore(events[child + 1]!, events[child]!)) child += 1;
      if (!isBefore(events[child]!, last)) break;
      events[at] = events[child]!;
      at = child;
    }
    events[at] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
