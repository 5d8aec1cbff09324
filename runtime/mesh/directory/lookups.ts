/**
 * Questions of where a hub is, the frames that wait for the answer, and the answers remembered. Pure.
 * A lookup asks the keepers in the first region, then those in the second; then it searches, in rings: the cells of one's own
 * region, the regions around it, and so on. Meanwhile it tries every `pollMs` whether a way has appeared by itself. While the regions
 * around are changing it asks both at once, and begins again until its patience ends; so it does while nobody answers at all.
 */
import { LruMap } from "../../core/bounded.js";
import type { HubId } from "../../core/ids.js";
import type { Locator } from "../../core/mesh.js";
import type { Place } from "../../core/messages-directory.js";
import type { RoutedFrame } from "../../core/routed.js";
import { TokenBucket } from "../../core/token-bucket.js";
import type { Ways } from "../forwarding/ways.js";
import { isNewer } from "./authority.js";
import type { DirectorySettings } from "./settings.js";

export interface Asking {
  /** @returns false when there is nobody to ask: the next step is taken at once. */
  ask(hub: HubId, rank: 0 | 1): boolean;
  /** @param ring the level of the regions that are searched, 1 … topLevel. */
  search(hub: HubId, ring: number, nowMs: number): boolean;
  resolved(frame: RoutedFrame, nowMs: number): void;
  unresolved(frame: RoutedFrame, nowMs: number): void;
  count(name: string): void;
}

/** 0 and 1 ask the first and the second region; 2 … topLevel + 1 search; beyond, nothing is left but to wait. */
const FIRST_RING = 2;
const WAITING = 99;
const BEFORE_ALL = -1;

interface Lookup {
  step: number;
  readonly startedMs: number;
  askedMs: number;
  dueMs: number;
  pollMs: number;
  /** Questions to keepers that are not answered yet. */
  asked: number;
  /** Anybody has answered. */
  heard: boolean;
  readonly frames: RoutedFrame[];
}

interface Answer {
  /** Absent: nobody knew. */
  readonly place: Place | undefined;
  /** -Infinity: it has led nowhere since, and is kept only because what comes must be newer. */
  heardMs: number;
  /** When a frame went there last. */
  usedMs: number;
}

/** Whom this hub talks to, and where that is. */
export interface Correspondent {
  readonly hub: HubId;
  readonly locator: Locator;
}

export class Lookups {
  readonly #ways: Ways;
  readonly #settings: DirectorySettings;
  readonly #asking: Asking;
  readonly #asks: TokenBucket;
  #answers: LruMap<HubId, Answer> | undefined;
  #lookups: Map<HubId, Lookup> | undefined;
  #framesWaiting = 0;
  /** Smoothed time to an answer, NaN before the first. Unit: ms. */
  #answerMs = Number.NaN;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #unsettledUntilMs = Number.NEGATIVE_INFINITY;

  constructor(ways: Ways, settings: DirectorySettings, asking: Asking) {
    this.#ways = ways;
    this.#settings = settings;
    this.#asking = asking;
    this.#asks = new TokenBucket(settings.asksPerSecond, settings.asksPerSecond);
  }

  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  get framesWaiting(): number {
    return this.#framesWaiting;
  }

  known(hub: HubId, nowMs: number): Locator | undefined {
    const answer = this.#answers?.get(hub);
    if (answer?.place === undefined || nowMs - answer.heardMs >= this.#settings.cacheMs) return undefined;
    answer.usedMs = nowMs;
    return answer.place.locator;
  }

  /** Whom frames went to lately, the latest first. O(cacheMax). */
  correspondents(nowMs: number): Correspondent[] {
    const { correspondentMs, correspondentsMax } = this.#settings;
    const lately: Correspondent[] = [];
    for (const [hub, { place, usedMs }] of this.#answers?.entries() ?? []) {
      if (place !== undefined && nowMs - usedMs < correspondentMs) lately.push({ hub, locator: place.locator });
    }
    return lately.slice(-correspondentsMax).reverse();
  }

  /** What was believed has led nowhere. An answer of just now stays: asking again would bring the same. */
  invalidate(hub: HubId, nowMs: number): void {
    const answer = this.#answers?.get(hub);
    if (answer !== undefined && nowMs - answer.heardMs >= this.#settings.freshMs)
      answer.heardMs = Number.NEGATIVE_INFINITY;
  }

  /** It was not asked for: only what is remembered anyway is brought up to date, so that nobody fills the memory of another.
   *  @returns whether it was news. */
  told(hub: HubId, place: Place, nowMs: number): boolean {
    if (this.#lookups?.has(hub)) {
      this.answered(hub, place, nowMs);
      return true;
    }
    const answer = this.#answers?.get(hub);
    if (answer === undefined || (answer.place !== undefined && !isNewer(place, answer.place))) return false;
    this.#remember(hub, place, nowMs, answer.usedMs);
    return true;
  }

  wait(frame: RoutedFrame, nowMs: number): void {
    const hub = frame.dst;
    const running = this.#lookups?.get(hub);
    const lookup = running ?? this.#begin(hub, nowMs);
    if (lookup === undefined) {
      this.#asking.unresolved(frame, nowMs);
      return;
    }
    const tooMany = this.#enqueue(lookup, frame);
    if (running === undefined) this.#advance(hub, lookup, nowMs);
    this.#schedule();
    if (tooMany !== undefined) {
      this.#asking.count("mesh.directory.queueFull");
      this.#asking.unresolved(tooMany, nowMs);
    }
  }

  /** @param place undefined: who was asked does not know. */
  answered(hub: HubId, place: Place | undefined, nowMs: number): void {
    const lookup = this.#lookups?.get(hub);
    if (lookup === undefined) {
      if (place === undefined || !this.told(hub, place, nowMs)) this.#asking.count("mesh.directory.unasked");
      return;
    }
    lookup.heard = true;
    const before = this.#answers?.get(hub)?.place;
    if (place !== undefined && !(before !== undefined && isNewer(before, place))) {
      this.#timed(nowMs - lookup.askedMs);
      this.#remember(hub, place, nowMs, nowMs);
      if (this.#ways.nextHop(hub, place.locator) !== undefined) {
        this.#release(hub, lookup, nowMs);
        return;
      }
    }
    // A place that cannot be reached, or where this hub itself sees that nobody is, is no answer either.
    lookup.asked -= 1;
    if (lookup.step < FIRST_RING && lookup.asked <= 0) this.#advance(hub, lookup, nowMs);
    this.#schedule();
  }

  tick(nowMs: number): void {
    for (const [hub, lookup] of this.#lookups ?? []) {
      const dueMs = Math.min(lookup.dueMs, lookup.pollMs);
      if (dueMs > nowMs) continue;
      if (this.#reachable(hub, nowMs)) this.#release(hub, lookup, nowMs);
      else {
        lookup.pollMs = nowMs + this.#settings.pollMs;
        if (lookup.dueMs <= nowMs) this.#advance(hub, lookup, nowMs);
      }
    }
    this.#schedule();
  }

  /** Routes have changed: frames need not wait for the next poll. */
  waysChanged(nowMs: number): void {
    this.#unsettledUntilMs = nowMs + this.#settings.unsettledMs;
    for (const [hub, lookup] of this.#lookups ?? []) if (this.#reachable(hub, nowMs)) this.#release(hub, lookup, nowMs);
    this.#schedule();
  }

  /** @returns undefined when nobody knew a moment ago, or too many are asked for. */
  #begin(hub: HubId, nowMs: number): Lookup | undefined {
    this.#lookups ??= new Map();
    const { lookupsMax, negativeMs, freshMs, pollMs } = this.#settings;
    const answer = this.#answers?.get(hub);
    const age = answer === undefined ? Number.POSITIVE_INFINITY : nowMs - answer.heardMs;
    if (answer?.place === undefined && age < negativeMs && nowMs >= this.#unsettledUntilMs) return undefined;
    if (this.#lookups.size >= lookupsMax || !this.#asks.take(nowMs)) {
      this.#asking.count("mesh.directory.tooManyLookups");
      return undefined;
    }
    const step = answer?.place !== undefined && age < freshMs ? WAITING : BEFORE_ALL;
    const dueMs = nowMs;
    const lookup = {
      step,
      startedMs: nowMs,
      askedMs: nowMs,
      dueMs,
      pollMs: nowMs + pollMs,
      asked: 0,
      heard: false,
      frames: [],
    };
    this.#lookups.set(hub, lookup);
    return lookup;
  }

  /** The next step that asks anybody. */
  #advance(hub: HubId, lookup: Lookup, nowMs: number): void {
    const isUnsettled = nowMs < this.#unsettledUntilMs;
    lookup.askedMs = nowMs;
    lookup.asked = 0;
    lookup.dueMs = nowMs + (isUnsettled ? this.#settings.timeoutMsMin : this.#timeoutMs());
    while (lookup.step <= this.#ways.topLevel) {
      lookup.step += 1;
      const { step } = lookup;
      if (step === 0 || step === 1) {
        if (this.#ways.topLevel > 0 && this.#asking.ask(hub, step)) lookup.asked += 1;
        if (lookup.asked > 0 && !(isUnsettled && step === 0)) return;
      } else if (this.#asking.search(hub, step - FIRST_RING + 1, nowMs)) return;
    }
    const endMs = lookup.startedMs + this.#settings.patienceMs;
    if (endMs <= nowMs) return this.#fail(hub, lookup, nowMs);
    // Where nobody answers at all the questions were lost, with hubs that have just died: that nobody knows would be said.
    const isWorthwhile = isUnsettled || (!lookup.heard && this.#ways.topLevel > 0);
    lookup.step = isWorthwhile && this.#asks.take(nowMs) ? BEFORE_ALL : WAITING;
    lookup.dueMs = lookup.step === WAITING ? endMs : nowMs + this.#settings.pollMs;
  }

  #fail(hub: HubId, lookup: Lookup, nowMs: number): void {
    this.#forget(hub, lookup);
    if (lookup.heard || this.#ways.topLevel === 0) this.#remember(hub, undefined, nowMs, nowMs);
    this.#asking.count("mesh.directory.unresolved");
    for (const frame of lookup.frames) this.#asking.unresolved(frame, nowMs);
  }

  #release(hub: HubId, lookup: Lookup, nowMs: number): void {
    const here = this.#ways.nextHop(hub, this.#ways.locator) !== undefined;
    const locator = here ? this.#ways.locator : this.#answers?.get(hub)?.place?.locator;
    this.#forget(hub, lookup);
    for (const frame of lookup.frames) this.#asking.resolved({ ...frame, locator }, nowMs);
  }

  #forget(hub: HubId, lookup: Lookup): void {
    this.#lookups?.delete(hub);
    this.#framesWaiting -= lookup.frames.length;
    this.#schedule();
  }

  #reachable(hub: HubId, nowMs: number): boolean {
    if (this.#ways.nextHop(hub, this.#ways.locator) !== undefined) return true;
    const locator = this.known(hub, nowMs);
    return locator !== undefined && this.#ways.nextHop(hub, locator) !== undefined;
  }

  /** @returns the frame there was no room for. */
  #enqueue(lookup: Lookup, frame: RoutedFrame): RoutedFrame | undefined {
    const { framesPerHubMax, framesMax } = this.#settings;
    if (lookup.frames.length >= framesPerHubMax) {
      lookup.frames.push(frame);
      return lookup.frames.shift();
    }
    if (this.#framesWaiting >= framesMax) return frame;
    lookup.frames.push(frame);
    this.#framesWaiting += 1;
    return undefined;
  }

  #remember(hub: HubId, place: Place | undefined, heardMs: number, usedMs: number): void {
    this.#answers ??= new LruMap(this.#settings.cacheMax);
    this.#answers.set(hub, { place, heardMs, usedMs });
  }

  #timed(tookMs: number): void {
    this.#answerMs = Number.isNaN(this.#answerMs) ? tookMs : this.#answerMs + (tookMs - this.#answerMs) / 8;
  }

  #timeoutMs(): number {
    const { timeoutMs, timeoutMsMin, timeoutMsMax } = this.#settings;
    if (Number.isNaN(this.#answerMs)) return timeoutMs;
    return Math.min(timeoutMsMax, Math.max(timeoutMsMin, 4 * this.#answerMs));
  }

  #schedule(): void {
    let deadlineMs = Number.POSITIVE_INFINITY;
    for (const { dueMs, pollMs } of this.#lookups?.values() ?? [])
      deadlineMs = Math.min(deadlineMs, Math.min(dueMs, pollMs));
    this.#deadlineMs = deadlineMs;
  }
}
