/**
 * Ways and regions: what the node asks where a frame goes next, and the part that keeps the answer true. Sans-IO.
 * `runtime/mesh/README.md` tells the design; the engine is `vectors.ts`, regions `regions.ts`, their splitting `ranks.ts`.
 */
import type { HubId } from "../../core/ids.js";
import type { Locator, Neighbour } from "../../core/mesh.js";
import type { RouteBody, RouteRequest, RouteUpdate } from "../../core/messages-routing.js";
import type { Rng } from "../../core/time.js";
import { fraction } from "../chance.js";
import type { Part, Sink } from "../part.js";
import { Adjacency } from "./adjacency.js";
import { Census } from "./census.js";
import { Origin } from "./origin.js";
import { digestHeard, gather, messagesTo, updateOf } from "./outbound.js";
import { Pace } from "./pace.js";
import { RankRule } from "./ranks.js";
import { type Surroundings, type Unit, unitsOf } from "./regions.js";
import { backup } from "./selection.js";
import { isNewer } from "./seqno.js";
import { COLLECT_MS, DOUBT_MS, METRIC_MAX, type RoutingSettings } from "./settings.js";
import { NO_COLUMN, type RouteTable, SELF } from "./table.js";
import { DistanceVectors, QUIET, RELAXED, URGENT } from "./vectors.js";
import { aroundLink, type RouteRow, rowsOf, towards } from "./ways.js";
import { Whereabouts } from "./whereabouts.js";

const NEVER = Number.POSITIVE_INFINITY;

export class Routes implements Part {
  readonly #adjacent = new Map<HubId, Adjacency>();
  readonly #vectors: DistanceVectors;
  readonly #origin: Origin;
  readonly #pace: Pace;
  readonly #rule: RankRule;
  readonly #census = new Census();
  readonly #whereabouts: Whereabouts;
  #locatorTold: Locator;
  #cellChanged = false;
  #isToJudge = false;
  #collectMs = NEVER;
  #digestMs = NEVER;
  #penaltyMs = NEVER;

  constructor(
    readonly self: HubId,
    readonly settings: RoutingSettings,
    readonly sink: Sink,
  ) {
    this.#vectors = new DistanceVectors(self, settings);
    this.#origin = new Origin(this.#vectors, settings);
    this.#pace = new Pace(settings);
    this.#rule = new RankRule(settings);
    this.#whereabouts = new Whereabouts(settings);
    this.#locatorTold = this.locator;
  }

  get deadlineMs(): number {
    return Math.min(
      this.#pace.dueMs,
      this.#vectors.requests.deadlineMs,
      this.#origin.deadlineMs,
      this.#rule.deadlineMs,
      this.#whereabouts.deadlineMs,
      this.#collectMs,
      this.#digestMs,
      this.#penaltyMs,
    );
  }

  get locator(): Locator {
    return this.#whereabouts.locator;
  }

  get rank(): number {
    return this.#table.rank(SELF);
  }

  /** Levels of regions that hold this hub. 0: the mesh is one cell. */
  get topLevel(): number {
    return this.locator.length;
  }

  /** The hubs of this hub's cell, itself among them, sorted. A change makes a new array. */
  cell(): readonly HubId[] {
    return this.#census.cell(this.#around);
  }

  /** The landmarks of the level-`level` regions within this hub's region above, its own among them, sorted. A change makes a new array. */
  regions(level: number): readonly HubId[] {
    return this.#census.regions(this.#around, level);
  }

  /** @param level from 1. The level-`level` regions within this hub's region above, its own among them, sorted by id. */
  units(level: number): readonly Unit[] {
    return unitsOf(this.#around, level);
  }

  sharesCell(hub: HubId): boolean {
    const slot = this.#table.slots.get(hub);
    if (slot === undefined || !this.#table.isReachable(slot)) return false;
    return slot === SELF || this.#table.rank(slot) === 0 || hub === this.locator[0];
  }

  /** @returns the neighbour to hand a frame to; undefined when no way is known. */
  nextHop(to: HubId, locator: Locator | undefined): HubId | undefined {
    const slot = this.#towards(to, locator);
    return slot === undefined ? this.#direct(to) : this.#hubOf(this.#table.via[slot] as number);
  }

  /** The way to the landmark of a region of that level. */
  nextHopTo(level: number, id: HubId): HubId | undefined {
    const slot = this.#table.slots.get(id);
    if (slot === undefined || slot === SELF || this.#table.rank(slot) < level) return undefined;
    return this.#hubOf(this.#table.via[slot] as number);
  }

  /** @returns the best neighbour other than `not` through which no loop can arise. */
  alternative(to: HubId, locator: Locator | undefined, not: HubId): HubId | undefined {
    const slot = this.#towards(to, locator);
    if (slot === undefined) return to === not ? undefined : this.#direct(to);
    return this.#hubOf(backup(this.#table, slot, this.#adjacent.get(not)?.column ?? NO_COLUMN));
  }

  /** How far the next known point on the way is: the hub itself in one's cell, else the landmark of the region it is in. */
  metricTo(to: HubId, locator: Locator | undefined): number | undefined {
    if (to === this.self) return 0;
    const slot = this.#towards(to, locator);
    return slot === undefined ? this.#adjacent.get(to)?.cost : this.#table.metric[slot];
  }

  /** Every destination with a route. */
  table(): RouteRow[] {
    return rowsOf(this.#table, (column) => this.#hubOf(column));
  }

  neighbourUp(neighbour: Neighbour, nowMs: number, rng: Rng): void {
    const before = this.#adjacent.get(neighbour.hub);
    if (before !== undefined) this.#close(before, nowMs);
    const column = this.#freeColumn();
    const adjacency = new Adjacency(neighbour.hub, column, neighbour.cost, nowMs, this.settings.entriesPerSecond);
    this.#adjacent.set(neighbour.hub, adjacency);
    this.#vectors.open(adjacency);
    this.#origin.neighbourUp(nowMs);
    if (this.#digestMs === NEVER) this.#digestMs = nowMs + this.#digestGapMs(rng);
    this.#settle(nowMs);
  }

  neighbourDown(hub: HubId, nowMs: number, _rng: Rng): void {
    const adjacency = this.#adjacent.get(hub);
    if (adjacency === undefined) return;
    this.#close(adjacency, nowMs);
    this.#settle(nowMs);
  }

  /** @param cost 1 … 4095. @throws RangeError */
  costChanged(hub: HubId, cost: number, nowMs: number): void {
    if (!(cost >= 1 && cost <= METRIC_MAX)) throw new RangeError(`a link costs 1 … 4095, not ${cost}`);
    const adjacency = this.#adjacent.get(hub);
    if (adjacency === undefined || adjacency.cost === cost) return;
    adjacency.cost = cost;
    this.#vectors.recost(adjacency, nowMs);
    this.#settle(nowMs);
  }

  /** This neighbour may be dead, until it is said that it lives: meanwhile any other way is preferred. */
  doubt(hub: HubId, isDoubted: boolean, nowMs: number): void {
    const adjacency = this.#adjacent.get(hub);
    if (adjacency === undefined || adjacency.doubtUntilMs > nowMs === isDoubted) return;
    adjacency.doubtUntilMs = isDoubted ? nowMs + DOUBT_MS : 0;
    this.#penaltyMs = Math.min(this.#penaltyMs, nowMs + DOUBT_MS);
    this.#vectors.recost(adjacency, nowMs);
    this.#settle(nowMs);
  }

  /** Frames given to this neighbour do not arrive: until then, any other way is preferred. */
  penalise(via: HubId, untilMs: number, nowMs: number): void {
    const adjacency = this.#adjacent.get(via);
    if (adjacency === undefined || untilMs <= nowMs) return;
    adjacency.penaltyUntilMs = untilMs;
    this.#penaltyMs = Math.min(this.#penaltyMs, untilMs);
    this.#vectors.recost(adjacency, nowMs);
    this.#settle(nowMs);
  }

  onRoute(from: HubId, body: RouteBody, nowMs: number, _rng: Rng): void {
    const adjacency = this.#adjacent.get(from);
    if (adjacency === undefined) {
      this.#count("notNeighbour");
      return;
    }
    if (!adjacency.allows(body, nowMs, this.settings.entriesPerSecond)) {
      adjacency.incomplete = true;
      this.#count("flood");
      return;
    }
    // Before the locator, which ends the routes of those that left without a word: they would be hunted for.
    for (const update of body.updates ?? []) {
      if (update.metric === undefined) this.#onSunk(adjacency, update, nowMs);
    }
    if (body.locator !== undefined) this.#vectors.moved(adjacency, body.locator, nowMs);
    if (body.full === true) this.#vectors.suspect(adjacency);
    for (const hub of body.withdrawn ?? []) this.#vectors.withdraw(adjacency, hub, nowMs);
    for (const update of body.updates ?? []) {
      if (update.metric !== undefined) this.#onUpdate(adjacency, update, nowMs);
    }
    for (const request of body.requests ?? []) this.#onRequest(adjacency, request, nowMs);
    if (body.digest !== undefined) this.#onDigest(adjacency, body.digest, nowMs);
    if (body.again === true && !adjacency.full) {
      if (adjacency.mayAskAgain(nowMs)) this.#vectors.repeat(adjacency);
      else this.#count("againFlood");
    }
    this.#settle(nowMs);
  }

  tick(nowMs: number, rng: Rng): void {
    if (this.#vectors.requests.tick(nowMs)) this.#vectors.want(URGENT);
    if (nowMs >= this.#penaltyMs) this.#penaltyMs = this.#vectors.forgive(nowMs);
    if (nowMs >= this.#collectMs) this.#collectMs = this.#vectors.collect(nowMs) ? nowMs + COLLECT_MS : NEVER;
    if (nowMs >= this.#origin.deadlineMs) this.#origin.tick(this.#around, nowMs);
    if (nowMs >= this.#digestMs) {
      this.#digestMs = nowMs + this.#digestGapMs(rng);
      for (const adjacency of this.#adjacent.values()) adjacency.digestDue = true;
      this.#vectors.want(URGENT);
    }
    if (nowMs >= this.#whereabouts.deadlineMs) this.#vectors.placeChanged = true;
    this.#settle(nowMs);
    const isRoundDue = nowMs >= this.#pace.dueMs;
    if (nowMs >= this.#rule.deadlineMs || (isRoundDue && this.#isToJudge)) this.#judge(nowMs);
    if (isRoundDue) this.#flush(nowMs);
  }

  #digestGapMs(rng: Rng): number {
    return this.settings.digestMs * (0.75 + fraction(rng) / 2);
  }

  get #table(): RouteTable {
    return this.#vectors.table;
  }

  get #around(): Surroundings {
    return { table: this.#vectors.table, neighbours: this.#vectors.neighbours, locator: this.locator };
  }

  #count(what: string, by?: number): void {
    this.sink.count(`mesh.routing.${what}`, by);
  }

  #hubOf(column: number): HubId | undefined {
    return this.#vectors.neighbours[column]?.hub;
  }

  /** A neighbour of another cell is no row of the table, and yet next door. */
  #direct(to: HubId): HubId | undefined {
    return this.#adjacent.has(to) ? to : undefined;
  }

  /** @returns undefined where the way is the link itself, or none is known. */
  #towards(to: HubId, locator: Locator | undefined): number | undefined {
    const neighbour = this.#adjacent.get(to);
    return neighbour === undefined
      ? towards(this.#table, this.locator, to, locator)
      : aroundLink(this.#table, this.locator, neighbour);
  }

  #freeColumn(): number {
    const free = this.#vectors.neighbours.indexOf(undefined);
    return free >= 0 ? free : this.#vectors.neighbours.length;
  }

  #close(adjacency: Adjacency, nowMs: number): void {
    this.#adjacent.delete(adjacency.hub);
    this.#vectors.close(adjacency, nowMs);
    this.#origin.neighbourDown(this.#adjacent.size);
  }

  #onUpdate(from: Adjacency, update: RouteUpdate, nowMs: number): void {
    if (update.hub === this.self) {
      this.#count("ownUpdate");
      this.#origin.contradict(update, nowMs);
      return;
    }
    if (update.hub === from.hub) from.said = update;
    // Who has begun anew is told first what it was, and believed once it says what it is.
    if (!this.#vectors.hasForgotten(from, update)) {
      const verdict = this.#vectors.update(from, update, nowMs);
      if (verdict !== "taken") this.#count(verdict);
      if (verdict === "tooManyEntries") from.incomplete = true;
    }
    this.#mirror(update.hub);
  }

  #onSunk(from: Adjacency, update: RouteUpdate, nowMs: number): void {
    if (update.hub === this.self) this.#origin.contradict(update, nowMs);
    else {
      this.#vectors.sink(from, update, nowMs);
      this.#mirror(update.hub);
    }
  }

  /** A neighbour of which others say something newer than it does itself is told: it has begun anew and forgotten, or somebody made
   *  it up. Either way it goes on from there, and what it says then holds. */
  #mirror(hub: HubId): void {
    const neighbour = this.#adjacent.get(hub);
    const table = this.#table;
    const slot = table.slots.get(hub);
    if (neighbour === undefined || slot === undefined) return;
    const { said } = neighbour;
    const isOld = said === undefined || this.#vectors.hasForgotten(neighbour, said);
    if (!isOld && (table.isReachable(slot) || !isNewer(table.fdSeqno[slot] as number, said.seqno))) return;
    neighbour.mirror = { ...updateOf(table, slot, 1), seqno: table.fdSeqno[slot] as number };
    this.#vectors.want(URGENT);
  }

  #onRequest(from: Adjacency, request: RouteRequest, nowMs: number): void {
    const slot = this.#table.slots.get(request.hub);
    if (slot === undefined) {
      this.#count("requestOfUnknown");
      return;
    }
    const outcome =
      slot === SELF
        ? this.#origin.answer(from, request.seqno, nowMs)
        : this.#vectors.requests.pass(from, slot, request, nowMs);
    if (outcome === "lost") this.#count("requestLost");
    else if (outcome !== "waits") this.#vectors.want(URGENT);
  }

  #onDigest(from: Adjacency, digest: number, nowMs: number): void {
    this.#vectors.dropStale(from, nowMs);
    if (from.incomplete || digest === digestHeard(this.#table, from.column)) return;
    this.#count("digestDiffers");
    if (from.asksAgain(nowMs)) this.#vectors.want(URGENT);
  }

  /** Works out what follows from what was heard: where this hub is, whether its rank fits, and when to speak. */
  #settle(nowMs: number): void {
    const vectors = this.#vectors;
    this.#census.isStale ||= vectors.placeChanged || vectors.membersChanged;
    if (vectors.placeChanged) this.#locate(nowMs);
    if (vectors.membersChanged) {
      vectors.membersChanged = false;
      this.#cellChanged = true;
      this.#isToJudge = true;
    }
    if (vectors.lost > 0) {
      vectors.lost = 0;
      if (this.#collectMs === NEVER) this.#collectMs = nowMs + COLLECT_MS;
    }
    if ((vectors.urgency & RELAXED) !== 0) this.#pace.want(false, nowMs);
    if ((vectors.urgency & URGENT) !== 0) this.#pace.want(true, nowMs);
    vectors.urgency = QUIET;
    if (this.#locatorTold === this.locator) return;
    this.#locatorTold = this.locator;
    this.sink.notice({ type: "locator", locator: this.locator });
  }

  /** Does this hub's rank fit? Once a round, not once a message: it goes over all rows. */
  #judge(nowMs: number): void {
    this.#isToJudge = false;
    const by = this.#rule.judge(this.#around, nowMs);
    if (by === 0) return this.#origin.scheduleSizes(this.#around);
    this.#origin.changeRank(by, nowMs);
    this.#locate(nowMs);
    this.#settle(nowMs);
  }

  #locate(nowMs: number): void {
    this.#vectors.placeChanged = false;
    const before = this.locator;
    if (!this.#whereabouts.look(this.#around, nowMs)) return;
    const left = before[this.rank];
    if (left !== undefined && left !== this.locator[this.rank]) this.#vectors.emigrate(nowMs);
    this.#vectors.membersChanged = true;
    this.#vectors.want(URGENT);
  }

  /** One round: everything that is marked, to everybody whom it concerns. */
  #flush(nowMs: number): void {
    // A digest is over what was told, so nothing is held back beside it.
    const all = this.#pace.isAllDue(nowMs) || this.#vectors.neighbours.some((each) => each?.digestDue || each?.full);
    this.#pace.flushed(nowMs, all);
    const links = [...this.#adjacent.values()];
    const moved = links.filter(({ sent }) => sent !== this.locator);
    for (const link of moved) link.sent = this.locator;
    this.#vectors.rescope(moved, nowMs, true);
    this.#vectors.askAgain();
    const rounds = gather(this.#table, this.#vectors.neighbours, all);
    for (const link of links) {
      const place = moved.includes(link) ? this.locator : undefined;
      for (const body of messagesTo(link, this.#table, rounds[link.column], place))
        this.sink.send(link.hub, { type: "ROUTE", ...body });
    }
    this.#settle(nowMs);
    if (!this.#cellChanged) return;
    this.#cellChanged = false;
    this.sink.notice({ type: "cell", hubs: this.cell() });
  }
}
