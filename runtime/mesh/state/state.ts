/**
 * Replicated state: registries that every hub holds alike. Writes spread by broadcast; what broadcast could not reach is found
 * by reconciliation, when a link comes up and now and then with a random neighbour.
 *
 * Who passes on what a neighbour taught: a hub that had been settled broadcasts it, since its side of a former cut lacks
 * it too; a hub that has just come does not, since all but itself know it, and compares with its other neighbours instead.
 */
import type { HubId } from "../../core/ids.js";
import type { Neighbour } from "../../core/mesh.js";
import type { Message } from "../../core/messages.js";
import type { BroadcastScope } from "../../core/messages-broadcast.js";
import type { StateEntry, SyncBody } from "../../core/messages-state.js";
import type { Rng } from "../../core/time.js";
import { fraction } from "../chance.js";
import type { Part, Sink } from "../part.js";
import { Arrivals } from "./arrivals.js";
import { CellChanges } from "./cell-changes.js";
import { HybridClock, type Stamp } from "./clock.js";
import { Deltas } from "./deltas.js";
import type { Entry, Hash } from "./entry.js";
import { Forgers } from "./forgers.js";
import { NewLinks } from "./new-links.js";
import { type Merged, Registries, type RegistrySpec } from "./registries.js";
import { type SessionSpan, Sessions } from "./sessions.js";
import { STATE_DEFAULTS, type StateSettings } from "./settings.js";

export interface StateOptions {
  readonly self: HubId;
  readonly sink: Sink;
  readonly registries: readonly RegistrySpec[];
  readonly hash: Hash;
  /** The wall clock at a monotonic time. May be wrong, may jump. */
  readonly wallMs: (nowMs: number) => number;
  readonly inCell: (hub: HubId) => boolean;
  /** To every hub of the scope but, where one is named, that neighbour. */
  readonly publish: (scope: BroadcastScope, message: Message, nowMs: number, rng: Rng, except?: HubId) => void;
  /** Something is new: written here, heard, or learned. */
  readonly changed: (registry: number, entry: StateEntry) => void;
  /** See `RegistriesOptions.sealed`. */
  readonly sealed?: WeakMap<StateEntry, Entry>;
  readonly settings?: StateSettings;
}

export class State implements Part {
  readonly registries: Registries;
  readonly #options: StateOptions;
  readonly #settings: StateSettings;
  readonly #clock: HybridClock;
  readonly #deltas: Deltas;
  readonly #sessions: Sessions;
  readonly #newLinks: NewLinks;
  readonly #cellChanges: CellChanges;
  readonly #forgers = new Forgers();
  readonly #arrivals = new Arrivals();
  readonly #neighbours: HubId[] = [];
  #compareMs = Number.POSITIVE_INFINITY;
  /** Since when this hub has been settled; +Infinity: it is not. */
  #settledMs = Number.POSITIVE_INFINITY;

  constructor(options: StateOptions) {
    this.#options = options;
    const settings = options.settings ?? STATE_DEFAULTS;
    this.#settings = settings;
    const { registries: specs, hash, sealed, self, sink } = options;
    const { driftMaxMs, tombstoneMs } = settings;
    this.registries = new Registries({
      specs,
      hash,
      driftMaxMs,
      tombstoneMs,
      ...(sealed === undefined ? {} : { sealed }),
    });
    this.#clock = new HybridClock(driftMaxMs);
    this.#deltas = new Deltas(settings);
    this.#newLinks = new NewLinks(settings);
    this.#cellChanges = new CellChanges(settings);
    this.#sessions = new Sessions({
      self,
      sink,
      hash,
      settings,
      registries: this.registries,
      newest: (hub, strangerMax) => this.#arrivals.since(hub, strangerMax),
      learn: (from, entry, nowMs, rng) => this.#learn(from, entry, nowMs, rng),
      agreed: (hub, scope, learned, span) => this.#agreed(hub, scope, learned, span),
    });
  }

  get deadlineMs(): number {
    const comparisonsMs = Math.min(this.#compareMs, this.#newLinks.dueMs, this.#cellChanges.dueMs);
    return Math.min(comparisonsMs, this.#deltas.dueMs, this.#sessions.deadlineMs);
  }

  /** Whether this hub has agreed with some neighbour since it started. */
  get settled(): boolean {
    return this.#sessions.settled;
  }

  tick(nowMs: number, rng: Rng): void {
    if (this.#compareMs <= nowMs) this.#compareWithAny(nowMs, rng);
    if (this.#newLinks.dueMs <= nowMs) {
      for (const hub of this.#newLinks.take(nowMs)) this.#compare(hub, nowMs, rng);
    }
    if (this.#cellChanges.dueMs <= nowMs) {
      for (const hub of this.#cellChanges.take(nowMs)) this.#compareCell(hub, nowMs, rng);
    }
    if (this.#sessions.deadlineMs <= nowMs) this.#sessions.tick(nowMs, rng);
    while (this.#deltas.dueMs <= nowMs) this.#publish(nowMs, rng);
  }

  neighbourUp({ hub }: Neighbour, nowMs: number, rng: Rng): void {
    if (!this.#neighbours.includes(hub)) this.#neighbours.push(hub);
    if (this.#compareMs === Number.POSITIVE_INFINITY) this.#scheduleComparison(nowMs, rng);
    // The lower id opens: a newcomer soon, between hubs that have been here for long by and by.
    const isLower = this.#options.self < hub;
    if (this.#isNewcomer(nowMs)) this.#newLinks.addSoon(hub, isLower, fraction(rng), nowMs);
    else this.#newLinks.add(hub, isLower, fraction(rng), nowMs);
  }

  neighbourDown(hub: HubId, nowMs: number, rng: Rng): void {
    const index = this.#neighbours.indexOf(hub);
    if (index >= 0) this.#neighbours.splice(index, 1);
    if (this.#neighbours.length === 0) this.#compareMs = Number.POSITIVE_INFINITY;
    this.#newLinks.delete(hub);
    this.#cellChanges.delete(hub);
    this.#arrivals.parted(hub, nowMs);
    this.#sessions.forget(hub, nowMs, rng);
  }

  /** Whether that neighbour is yet to be compared with: what it lacks comes to light then, and need not be broadcast over its link. A hub
   *  with new links alone broadcasts over all of them. */
  isToCompare(hub: HubId): boolean {
    return this.#newLinks.covers(hub) && this.#newLinks.size < this.#neighbours.length;
  }

  /** Whether none of these entries would change anything here, and whatever brought them has gone on from here: what a hub learned
   *  before it was settled it has not told, and what it is about to tell it leaves to whoever was sooner: that goes on instead. */
  hasTold(entries: readonly StateEntry[]): boolean {
    return this.settled && entries.every((entry) => this.registries.has(entry) && !this.#deltas.has(entry));
  }

  /** The hubs of this hub's cell have changed: what it holds is to be learned, and what others left behind to be dropped. */
  cellChanged(hubs: readonly HubId[], nowMs: number, rng: Rng): void {
    const cell = new Set(hubs);
    this.registries.pruneCell((hub) => hub === this.#options.self || cell.has(hub));
    this.#cellChanges.changed(nowMs);
    for (const hub of this.#neighbours)
      if (this.#options.inCell(hub)) this.#cellChanges.add(hub, this.#options.self < hub, fraction(rng));
  }

  /** From a neighbour, over its link. */
  onSync(from: HubId, body: SyncBody, nowMs: number, rng: Rng): void {
    if (this.#forgers.isBarred(from, nowMs)) return this.#count("barred");
    if (body.scope === "cell" && !this.#options.inCell(from)) return this.#count("other-cell");
    this.#sessions.onSync(from, body, nowMs, rng);
  }

  /** From a broadcast. */
  onDelta(from: HubId, body: SyncBody, nowMs: number, _rng: Rng): void {
    for (const entry of body.entries) {
      if (this.#forgers.isBarred(from, nowMs)) return this.#count("barred");
      const merged = this.#merge(entry, nowMs);
      // Whoever wrote the broadcast made it up, and may do so under any name: what stands behind it is not looked at.
      if (isForged(merged)) return this.#forgers.forged(from, nowMs);
      if (merged.result === "new" || merged.result === "same") this.#deltas.heard(merged.entry);
    }
  }

  /** A stamp for a write of one's own in a registry of "hlc" stamps: major is `wallMs`, minor `counter`. */
  stamp(nowMs: number): Stamp {
    const wallMs = this.#options.wallMs(nowMs);
    // What a wrong clock wrote here would be later than this for as long, and nobody else has taken it.
    if (this.#clock.isAhead(wallMs) && this.prune() > 0) this.#clock.reset();
    return this.#clock.next(wallMs);
  }

  /** Writes an entry of one's own, and spreads it.
   *  @returns false when what is there is as new or newer.
   *  @param key hex of 1 to 64 bytes.
   *  @throws RangeError when the registry refuses it, with the reason. */
  put(registry: string, key: string, major: number, minor: number, value: Uint8Array, nowMs: number): boolean {
    if (!/^(?:[0-9a-f]{2}){1,64}$/.test(key)) throw new RangeError(`${registry}: a key is hex of 1 to 64 bytes`);
    const { number, scope } = this.registries.spec(registry);
    const merged = this.#merge({ registry: number, key, major, minor, value }, nowMs);
    if (merged.result === "refused") throw new RangeError(`${registry}: ${merged.why}`);
    if (merged.result !== "new") return false;
    if (!this.#deltas.add(merged.entry, scope, undefined, this.#ownDueMs(nowMs))) this.#count("deltas-full");
    return true;
  }

  /** An entry that was kept over a restart: taken as it is, not spread. @returns whether it was taken. */
  restore(entry: StateEntry, nowMs: number): boolean {
    const wallMs = this.#options.wallMs(nowMs);
    const { result } = this.registries.merge(entry, wallMs, true);
    // A board without a clock battery wakes before what it wrote itself: the next write must win all the same.
    if (result === "new" && this.registries.stampsOf(entry.registry) === "hlc")
      this.#clock.observe({ wallMs: entry.major, counter: entry.minor }, Math.max(wallMs, entry.major));
    return result === "new";
  }

  /** Drops what may not be any more: somebody was revoked, or papers have ended. @returns how many. */
  prune(): number {
    const gone = this.registries.prune();
    if (gone > 0) this.#options.sink.count("mesh.state.pruned", gone);
    return gone;
  }

  #learn(from: HubId, entry: StateEntry, nowMs: number, rng: Rng): Merged {
    if (this.#forgers.isBarred(from, nowMs)) return BARRED;
    const merged = this.#merge(entry, nowMs);
    if (isForged(merged)) this.#forgers.forged(from, nowMs);
    if (merged.result !== "new" || !this.settled) return merged;
    const scope = this.registries.scopeOf(entry);
    const { newcomerRelayMs, relayAfterMs } = this.#settings;
    const isNewcomer = this.#isNewcomer(nowMs);
    const dueMs = nowMs + (isNewcomer ? newcomerRelayMs : relayAfterMs) * (0.25 + 0.75 * fraction(rng));
    // Among newcomers one message of what all have taught costs less than sparing each what it has.
    const taughtBy = isNewcomer ? undefined : from;
    // Alone with the teacher there is nobody else to tell.
    if (scope !== undefined && this.#neighbours.length > 1 && !this.#deltas.add(merged.entry, scope, taughtBy, dueMs))
      this.#count("deltas-full");
    return merged;
  }

  /** What was written before, the comparison has carried: whoever learned it passes it on with more of the kind. Should nobody do so, it is
   *  broadcast from here. */
  #settle(nowMs: number): void {
    this.#settledMs = nowMs;
    this.#deltas.wake(nowMs + 2 * this.#settings.newcomerRelayMs);
  }

  /** When a write of one's own is broadcast. */
  #ownDueMs(nowMs: number): number {
    const { deltaAfterMs, newcomerRelayMs } = this.#settings;
    if (!this.settled) return Number.POSITIVE_INFINITY;
    return nowMs + (this.#isNewcomer(nowMs) ? newcomerRelayMs : deltaAfterMs);
  }

  #isNewcomer(nowMs: number): boolean {
    return nowMs < this.#settledMs + this.#settings.newcomerMs;
  }

  #agreed(teacher: HubId, scope: BroadcastScope, learned: number, { begunMs, nowMs }: SessionSpan): void {
    if (!this.settled) this.#settle(nowMs);
    if (scope === "everyone") this.#newLinks.agreed(teacher, begunMs, nowMs);
    else this.#cellChanges.agreed(teacher, begunMs);
    if (learned === 0 || this.settled) return;
    for (const hub of this.#neighbours) {
      if (hub !== teacher && (scope === "everyone" || this.#options.inCell(hub))) this.#sessions.wantLater(hub, scope);
    }
  }

  #merge(entry: StateEntry, nowMs: number): Merged {
    const wallMs = this.#options.wallMs(nowMs);
    const merged = this.registries.merge(entry, wallMs);
    if (merged.result === "refused") this.#count(merged.why);
    if (merged.result !== "new") return merged;
    this.#newLinks.news(nowMs);
    if (this.registries.scopeOf(merged.entry) === "everyone") this.#arrivals.add(merged.entry.position, nowMs);
    if (this.registries.stampsOf(entry.registry) === "hlc")
      this.#clock.observe({ wallMs: entry.major, counter: entry.minor }, wallMs);
    this.#options.changed(entry.registry, merged.entry);
    return merged;
  }

  #compare(hub: HubId, nowMs: number, rng: Rng): void {
    this.#sessions.want(hub, "everyone", nowMs, rng);
    this.#compareCell(hub, nowMs, rng);
  }

  #compareCell(hub: HubId, nowMs: number, rng: Rng): void {
    if (this.#options.inCell(hub)) this.#sessions.want(hub, "cell", nowMs, rng);
  }

  #compareWithAny(nowMs: number, rng: Rng): void {
    const hub = this.#neighbours[Math.floor(fraction(rng) * this.#neighbours.length)];
    this.#scheduleComparison(nowMs, rng);
    // What has ended here would come back from a hub that has not looked yet.
    this.prune();
    if (hub !== undefined) this.#compare(hub, nowMs, rng);
  }

  #scheduleComparison(nowMs: number, rng: Rng): void {
    this.#compareMs = nowMs + this.#settings.compareEveryMs * (0.5 + fraction(rng));
  }

  #publish(nowMs: number, rng: Rng): void {
    const batch = this.#deltas.take(nowMs);
    if (batch === undefined) return;
    const { scope, entries, taughtBy } = batch;
    const says = { scope, open: false, more: false, ranges: [], wants: [], entries };
    this.#options.publish(scope, { type: "SYNC", ...says }, nowMs, rng, taughtBy);
  }

  #count(what: string): void {
    this.#options.sink.count(`mesh.state.${what}`);
  }
}

const BARRED: Merged = { result: "refused", why: "barred" };

/** Nobody has signed that, or what was signed is no entry: an honest hub would not have it. */
function isForged(merged: Merged): boolean {
  return merged.result === "refused" && (merged.why === "badSignature" || merged.why === "malformed");
}
