/**
 * Where every hub is: a directory that all hubs keep together, each a few places of others. Pure.
 * A hub registers its locator with the keepers that rendezvous hashing names (`descent.ts`): two hubs in each of two of the highest
 * regions. Whoever wants to reach it asks them; LOOKUPs go from neighbour to neighbour, each of whom finds the next step in
 * its own tables, so nothing is kept on the way. A mesh of one cell has no directory and pays nothing.
 */
import type { HubId } from "../../core/ids.js";
import type { Locator } from "../../core/mesh.js";
import type { Asker, LookupBody, Place } from "../../core/messages-directory.js";
import { HOPS_MAX, type RoutedFrame } from "../../core/routed.js";
import type { Rng } from "../../core/time.js";
import { TokenBucket } from "../../core/token-bucket.js";
import type { Ways } from "../forwarding/ways.js";
import type { Part, Sink } from "../part.js";
import { type Authority, isProven } from "./authority.js";
import { keepers, SECOND_HUB, SECOND_REGION, stepTo, stepTowards, topRegions } from "./descent.js";
import { Holdings } from "./holdings.js";
import { Lookups } from "./lookups.js";
import { OwnPlace } from "./own-place.js";
import { Repair } from "./repair.js";
import { DIRECTORY_DEFAULTS, type DirectorySettings } from "./settings.js";

export interface DirectorySink extends Pick<Sink, "send" | "count"> {
  /** The frame knows its way now. Whoever finds that it does not gives it to `Forwarder.unreachable`, not back. */
  resolved(frame: RoutedFrame, nowMs: number): void;
  /** Nobody knows that hub, or there is no room to wait. */
  unresolved(frame: RoutedFrame, nowMs: number): void;
}

export interface DirectoryOptions {
  readonly hub: HubId;
  readonly epoch: number;
  readonly ways: Ways;
  readonly sink: DirectorySink;
  readonly settings?: DirectorySettings;
  readonly authority?: Authority;
}

export class Directory implements Part {
  readonly #hub: HubId;
  readonly #ways: Ways;
  readonly #sink: DirectorySink;
  readonly #settings: DirectorySettings;
  readonly #authority: Authority | undefined;
  readonly #own: OwnPlace;
  readonly #holdings: Holdings;
  readonly #repair: Repair;
  readonly #lookups: Lookups;
  #searches: TokenBucket | undefined;
  #proofs: TokenBucket | undefined;
  #heard: Map<HubId, TokenBucket> | undefined;
  /** As they were last, by level: the lists are others when, and only when, they have changed. */
  #around: (readonly HubId[])[] = [];
  #candidates: readonly HubId[] | undefined;
  #regions: readonly [HubId | undefined, HubId | undefined] = [undefined, undefined];
  #checkMs = Number.POSITIVE_INFINITY;
  #tellMs = Number.POSITIVE_INFINITY;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor({ hub, epoch, ways, sink, settings = DIRECTORY_DEFAULTS, authority }: DirectoryOptions) {
    this.#hub = hub;
    this.#ways = ways;
    this.#sink = sink;
    this.#settings = settings;
    this.#authority = authority;
    this.#own = new OwnPlace(hub, epoch, settings, authority);
    this.#holdings = new Holdings(settings.placesMax);
    this.#repair = new Repair(
      hub,
      ways,
      this.#holdings,
      settings,
      (key, rank, place) => void this.#handOn({ op: "register", hub: key, hops: 0, rank, place }),
    );
    this.#lookups = new Lookups(ways, settings, {
      ask: (key, rank) => this.#ask(key, rank),
      search: (key, ring, nowMs) => this.#search(key, ring, nowMs),
      resolved: (frame, nowMs) => sink.resolved(frame, nowMs),
      unresolved: (frame, nowMs) => sink.unresolved(frame, nowMs),
      count: (name) => sink.count(name),
    });
  }

  get deadlineMs(): number {
    return Math.min(this.#own.dueMs, this.#checkMs, this.#tellMs, this.#repair.dueMs, this.#lookups.deadlineMs);
  }

  /** How many places of others are kept here. */
  get placesHeld(): number {
    return this.#holdings.size;
  }

  get framesWaiting(): number {
    return this.#lookups.framesWaiting;
  }

  /** Where a hub was when it was last asked for, or when it last told this keeper. */
  known(hub: HubId, nowMs: number): Locator | undefined {
    return this.#lookups.known(hub, nowMs) ?? this.#holdings.get(hub, nowMs)?.place.locator;
  }

  /** Keeps the frame until its destination's place is known: `resolved` or `unresolved` follows, perhaps at once. */
  resolve(frame: RoutedFrame, nowMs: number): void {
    this.#lookups.wait(frame, nowMs);
  }

  /** Somebody on the way could not reach it: what is known of its place is not used again. */
  invalidate(hub: HubId, nowMs: number): void {
    this.#lookups.invalidate(hub, nowMs);
  }

  /** This hub's own locator has changed. */
  moved(nowMs: number, rng: Rng): void {
    const { locator } = this.#ways;
    this.#own.moved(locator, nowMs, rng);
    this.#checkMs = locator.length === 0 ? Number.POSITIVE_INFINITY : nowMs + this.#settings.checkMs;
    this.#repair.cellChanged(nowMs, rng);
    this.#lookups.waysChanged(nowMs);
    this.#tellMs = Math.min(this.#tellMs, Math.max(nowMs, this.#toldMs + this.#settings.tellGapMs));
    if (this.#tellMs <= nowMs) this.#tell(nowMs);
  }

  /** The hubs of this cell, or the regions around, have changed. */
  cellChanged(nowMs: number, rng: Rng): void {
    const changed = this.#regionsChanged();
    if (changed !== "no") {
      this.#own.disturbed(changed === "lost", nowMs);
      this.#own.check(this.#ownRegions(), nowMs, rng);
    }
    this.#repair.cellChanged(nowMs, rng);
    this.#lookups.waysChanged(nowMs);
  }

  neighbourDown(hub: HubId): void {
    this.#heard?.delete(hub);
  }

  onLookup(from: HubId, body: LookupBody, nowMs: number): void {
    if (!this.#allowed(from, nowMs)) return this.#count("flood");
    if (body.hops >= HOPS_MAX) return this.#count("hopLimit");
    switch (body.op) {
      case "register":
        return this.#onRegister(body, nowMs);
      case "ask":
        return this.#onAsk(body, nowMs);
      case "search":
        return this.#onSearch(body, nowMs);
      case "answer":
        return this.#onAnswer(body, nowMs);
    }
  }

  tick(nowMs: number, rng: Rng): void {
    if (this.#checkMs <= nowMs) {
      this.#checkMs = nowMs + this.#settings.checkMs;
      this.#own.check(this.#ownRegions(), nowMs, rng);
    }
    if (this.#tellMs <= nowMs) this.#tell(nowMs);
    if (this.#own.isDue(nowMs, rng)) this.#register(nowMs, rng);
    if (this.#repair.dueMs <= nowMs) this.#repair.tick(nowMs);
    if (this.#lookups.deadlineMs <= nowMs) this.#lookups.tick(nowMs);
  }

  /** Hubs of this cell come and go without others becoming keepers of this hub's place. */
  #regionsChanged(): "no" | "more" | "lost" {
    const { topLevel } = this.#ways;
    let changed = this.#around.length !== topLevel;
    let lost = this.#around.length > topLevel;
    this.#around.length = topLevel;
    for (let level = 1; level <= topLevel; level++) {
      const regions = this.#ways.regions(level);
      const before = this.#around[level - 1];
      if (before === regions) continue;
      changed = true;
      lost ||= before?.some((region) => !regions.includes(region)) === true;
      this.#around[level - 1] = regions;
    }
    if (lost) return "lost";
    return changed ? "more" : "no";
  }

  /** The regions that keep this hub's own place, chosen anew only where the candidates have changed. */
  #ownRegions(): readonly [HubId | undefined, HubId | undefined] {
    const candidates = this.#ways.regions(this.#ways.topLevel);
    if (candidates !== this.#candidates) {
      this.#candidates = candidates;
      this.#regions = topRegions(this.#ways, this.#hub);
    }
    return this.#regions;
  }

  /** To the keepers of both regions. In their cells the first keeper tells the second. */
  #register(nowMs: number, rng: Rng): void {
    const place = this.#own.place();
    const regions = this.#ownRegions();
    this.#own.registered(regions, nowMs, rng);
    this.#holdings.sweep(nowMs);
    this.#onRegister({ op: "register", hub: this.#hub, hops: 0, rank: 0, place }, nowMs);
    if (regions[1] !== undefined)
      this.#onRegister({ op: "register", hub: this.#hub, hops: 0, rank: SECOND_REGION, place }, nowMs);
  }

  /** Those it talked to lately hear at once that it has moved, in its own signed words: they need not find out by frames that come back. So
   *  do mobile hosts with their correspondents (RFC 6275 §11.7.2). */
  #tell(nowMs: number): void {
    this.#tellMs = Number.POSITIVE_INFINITY;
    this.#toldMs = nowMs;
    const place = this.#own.place();
    for (const asker of this.#lookups.correspondents(nowMs))
      this.#onAnswer({ op: "answer", hub: this.#hub, hops: 0, rank: 0, place, asker }, nowMs);
  }

  #onRegister(body: LookupBody, nowMs: number): void {
    const { hub, place, rank } = body;
    if (place === undefined) return this.#count("incomplete");
    if (this.#handOn(body) !== "here") return;
    if (hub !== this.#hub && !this.#isProven(hub, place, nowMs)) return;
    const outcome = this.#holdings.put(hub, place, rank, nowMs);
    if (outcome !== "kept") return this.#count(outcome);
    this.#lookups.told(hub, place, nowMs);
    if ((rank & SECOND_HUB) === 0) this.#toPartner(body);
  }

  #onAsk(body: LookupBody, nowMs: number): void {
    const { hub, asker, rank } = body;
    if (asker === undefined) return this.#count("incomplete");
    if (hub === this.#hub) {
      this.#onAnswer({ op: "answer", hub, hops: 0, rank, place: this.#own.place(), asker }, nowMs);
      return;
    }
    const neighbour = this.#ways.nextHop(hub, this.#ways.locator);
    if (neighbour !== undefined) {
      // In this very cell: it says itself where it is.
      this.#pass(neighbour, body);
      return;
    }
    const step = this.#handOn(body);
    if (step === "sent") return;
    const holding = step === "here" ? this.#holdings.get(hub, nowMs) : undefined;
    if (holding === undefined && step === "here" && (rank & SECOND_HUB) === 0 && this.#toPartner(body)) return;
    this.#onAnswer({ op: "answer", hub, hops: 0, rank, place: holding?.place, asker }, nowMs);
  }

  /** Spreads down: to a region, there to each of its regions, at last to one hub of each cell, which knows its whole cell. */
  #onSearch(body: LookupBody, nowMs: number): void {
    const { hub, asker, region } = body;
    if (asker === undefined || region === undefined || region.level < 1 || region.level > this.#ways.topLevel)
      return this.#count("incomplete");
    if (region.id !== this.#ways.locator[region.level - 1]) {
      const next = this.#ways.nextHopTo(region.level, region.id);
      if (next !== undefined) this.#pass(next, body);
      return;
    }
    if (hub === this.#hub || this.#ways.nextHop(hub, this.#ways.locator) !== undefined) {
      this.#onAsk({ op: "ask", hub, hops: body.hops, rank: 0, asker }, nowMs);
      return;
    }
    if (region.level === 1) return;
    if (!this.#maySearch(nowMs)) return this.#count("searchFlood");
    this.#spread(body, region.level - 1);
  }

  /** Back to the asker, by routes, not by the way the question came. */
  #onAnswer(body: LookupBody, nowMs: number): void {
    const { hub, asker, place } = body;
    if (asker === undefined) return this.#count("incomplete");
    if (asker.hub !== this.#hub) {
      return this.#passToAsker(body, asker, nowMs);
    }
    if (place !== undefined && !this.#isProven(hub, place, nowMs)) return;
    this.#lookups.answered(hub, place, nowMs);
  }

  /** The asker may have moved meanwhile, and this hub know where to. */
  #passToAsker(body: LookupBody, asker: Asker, nowMs: number): void {
    let { locator } = asker;
    let next = this.#ways.nextHop(asker.hub, locator);
    if (next === undefined) {
      locator = this.known(asker.hub, nowMs) ?? locator;
      next = this.#ways.nextHop(asker.hub, locator);
    }
    if (next === undefined) this.#count("answerLost");
    else this.#pass(next, locator === asker.locator ? body : { ...body, asker: { hub: asker.hub, locator } });
  }

  #ask(key: HubId, rank: 0 | 1): boolean {
    if (rank === SECOND_REGION && topRegions(this.#ways, key)[1] === undefined) return false;
    const asker = { hub: this.#hub, locator: this.#ways.locator };
    const body: LookupBody = { op: "ask", hub: key, hops: 0, rank, asker };
    const step = this.#handOn(body);
    // A keeper that asks itself would answer while the lookup is only being made: it asks its partner in the cell.
    return step === "sent" || (step === "here" && this.#toPartner(body));
  }

  #search(key: HubId, ring: number, nowMs: number): boolean {
    if (!this.#maySearch(nowMs)) return false;
    const asker = { hub: this.#hub, locator: this.#ways.locator };
    const body: LookupBody = { op: "search", hub: key, hops: 0, rank: 0, asker };
    return this.#spread(body, ring, this.#ways.locator[ring - 1]);
  }

  /** One search for each region of a level but `not`. @returns whether there was any. */
  #spread(body: LookupBody, level: number, not?: HubId): boolean {
    let any = false;
    for (const id of this.#ways.regions(level)) {
      if (id === not) continue;
      if (id === this.#ways.locator[level - 1]) {
        // This hub's own: its cell it knows, a region above that it spreads itself.
        if (level > 1 && this.#spread(body, level - 1)) any = true;
        continue;
      }
      const next = this.#ways.nextHopTo(level, id);
      if (next === undefined) continue;
      this.#pass(next, { ...body, region: { level, id } });
      any = true;
    }
    return any;
  }

  /** By this hub's own tables, one step on. */
  #handOn(body: LookupBody): "sent" | "here" | "nowhere" {
    const step = stepTowards(this.#ways, this.#hub, body.hub, body.rank, body.region);
    if (typeof step !== "object") {
      if (step === "nowhere") this.#count("noWay");
      return step;
    }
    this.#pass(step.via, step.target === body.region ? body : { ...body, region: step.target });
    return "sent";
  }

  /** To the other keeper in this cell. @returns whether there is one. */
  #toPartner(body: LookupBody): boolean {
    const [first, second] = keepers(this.#ways, body.hub);
    const partner = first === this.#hub ? second : first;
    const step = partner === undefined ? "nowhere" : stepTo(this.#ways, { level: 0, id: partner });
    if (step === "nowhere") return false;
    this.#pass(step.via, { ...body, rank: body.rank | SECOND_HUB, region: step.target });
    return true;
  }

  #pass(to: HubId, body: LookupBody): void {
    this.#sink.send(to, { type: "LOOKUP", ...body, hops: body.hops + 1 });
  }

  /** The whole hub's: who made a place up is seldom the neighbour that brings it. */
  #isProven(hub: HubId, place: Place, nowMs: number): boolean {
    if (this.#authority === undefined) return true;
    const { proofsPerSecond, proofsBurst } = this.#settings;
    this.#proofs ??= new TokenBucket(proofsPerSecond, proofsBurst);
    const problem = !this.#proofs.take(nowMs)
      ? "proofFlood"
      : isProven(hub, place, this.#authority)
        ? undefined
        : "forged";
    if (problem !== undefined) this.#count(problem);
    return problem === undefined;
  }

  #maySearch(nowMs: number): boolean {
    const { searchesPerSecond } = this.#settings;
    this.#searches ??= new TokenBucket(searchesPerSecond, 4 * searchesPerSecond);
    return this.#searches.take(nowMs);
  }

  #allowed(from: HubId, nowMs: number): boolean {
    this.#heard ??= new Map();
    let bucket = this.#heard.get(from);
    if (bucket === undefined) {
      const { messagesPerSecond } = this.#settings;
      bucket = new TokenBucket(messagesPerSecond, messagesPerSecond);
      // Bounded by the node's number of links.
      this.#heard.set(from, bucket);
    }
    return bucket.take(nowMs);
  }

  #count(what: string): void {
    this.#sink.count(`mesh.directory.${what}`);
  }
}
