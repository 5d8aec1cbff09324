/**
 * Who is at a broker: beacons, and the hubs that were met. Pure.
 * All hubs of a home hear every beacon, so the more there are the less often each speaks: like RTCP (RFC 3550 §6.2) the group
 * as a whole keeps to a rate. A newcomer says so, and a handful of those who hear it answer to it alone.
 */
import type { HubId } from "../../core/ids.js";
import type { Rng } from "../../core/time.js";
import { type Beacon, readBeacon, writeBeacon } from "../../wire/sealed-beacon.js";
import type { SealedGroup } from "../../wire/sealed-group.js";
import { TokenBucket } from "./bucket.js";
import type { BackboneSettings } from "./settings.js";

export interface Met {
  readonly hub: HubId;
  /** The greater, the sooner it is chosen. */
  readonly affinity: number;
  heardMs: number;
  /** Not heard again by then, it is gone. Unit: ms. */
  untilMs: number;
  /** In a row: handshakes in vain, and links that did not last. */
  failures: number;
  /** Left alone until then. Unit: ms. */
  retryMs: number;
}

export interface PresenceOptions {
  readonly self: HubId;
  readonly group: SealedGroup;
  readonly settings: BackboneSettings;
  readonly rng: Rng;
  readonly count: (name: string) => void;
  /** @param to undefined: to all. */
  readonly say: (to: HubId | undefined, packet: Uint8Array) => void;
  readonly isSeeking: () => boolean;
}

/** Beacons missed before a hub counts as gone. */
const MISSED_MAX = 3;
/** Answers to newcomers that wait for their moment. */
const ANSWERS_MAX = 16;
const MISSES_MS_MIN = 90_000;

interface Answer {
  readonly to: HubId;
  readonly atMs: number;
}

export class Presence {
  readonly #options: PresenceOptions;
  readonly #met = new Map<HubId, Met>();
  readonly #read: TokenBucket;
  #answers: Answer[] = [];
  #intervalMs: number;
  /** Since this hub's last beacon. */
  #heard = 0;
  #saidMs = 0;
  #sayMs = Number.POSITIVE_INFINITY;

  constructor(options: PresenceOptions) {
    this.#options = options;
    const { beaconMinMs, beaconsBurst, beaconsReadPerSecond } = options.settings;
    this.#read = new TokenBucket(beaconsBurst, beaconsReadPerSecond);
    this.#intervalMs = beaconMinMs;
  }

  get met(): ReadonlyMap<HubId, Met> {
    return this.#met;
  }

  get deadlineMs(): number {
    let deadlineMs = this.#sayMs;
    for (const { atMs } of this.#answers) deadlineMs = Math.min(deadlineMs, atMs);
    return deadlineMs;
  }

  /** The broker is there: this hub says that it is, too. */
  connected(nowMs: number): void {
    this.#sayMs = nowMs;
  }

  disconnected(): void {
    this.#sayMs = Number.POSITIVE_INFINITY;
    this.#answers = [];
  }

  /** @param alone it was said to this hub alone.
   *  @returns whether something new was learnt. */
  onBeacon(packet: Uint8Array, alone: boolean, nowMs: number): boolean {
    const { count, group, self } = this.#options;
    if (!this.#read.take(nowMs)) {
      count("backbone.beaconFlood");
      return false;
    }
    const beacon = readBeacon(group, packet, alone ? self : undefined);
    if (beacon === undefined) {
      count("backbone.beaconForged");
      return false;
    }
    if (beacon.hub === self) return false;
    if (!alone) this.#heard += 1;
    if (beacon.leaving) return this.#met.delete(beacon.hub);
    const met = this.meet(beacon.hub, nowMs);
    met.untilMs = nowMs + Math.max(MISSES_MS_MIN, MISSED_MAX * beacon.intervalS * 1000);
    if (beacon.seeking && !alone) this.#answerSoon(beacon.hub, nowMs);
    return true;
  }

  /** A hub that is there, whatever has told so. */
  meet(hub: HubId, nowMs: number): Met {
    const { group, self, settings } = this.#options;
    const known = this.#met.get(hub);
    const untilMs = nowMs + MISSES_MS_MIN;
    const met = known ?? {
      ...{ hub, affinity: group.affinity(self, hub), heardMs: nowMs, untilMs, failures: 0 },
      retryMs: Number.NEGATIVE_INFINITY,
    };
    met.heardMs = nowMs;
    met.untilMs = Math.max(met.untilMs, untilMs);
    // Again at the end: the first is the one heard longest ago.
    this.#met.delete(hub);
    this.#met.set(hub, met);
    if (this.#met.size > settings.metMax) this.#met.delete(this.#met.keys().next().value as HubId);
    return met;
  }

  tick(nowMs: number): void {
    const due = this.#answers.filter(({ atMs }) => atMs <= nowMs);
    if (due.length > 0) this.#answers = this.#answers.filter(({ atMs }) => atMs > nowMs);
    for (const { to } of due) this.#say(to, false);
    if (this.#sayMs > nowMs) return;
    this.#adapt(nowMs);
    this.#sayMs = nowMs + this.#intervalMs * (0.5 + this.#chance());
    this.#say(undefined, false);
    for (const { hub, untilMs } of [...this.#met.values()]) if (untilMs <= nowMs) this.#met.delete(hub);
  }

  leave(): void {
    this.disconnected();
    this.#say(undefined, true);
  }

  /** The rate that was heard, against the rate that the group should keep: halved or doubled at most. */
  #adapt(nowMs: number): void {
    const { beaconMaxMs, beaconMinMs, beaconsPerSecond } = this.#options.settings;
    const passedMs = nowMs - this.#saidMs;
    if (this.#saidMs > 0 && passedMs >= beaconMinMs / 2) {
      const ratio = (this.#heard + 1) / ((passedMs / 1000) * beaconsPerSecond);
      const next = this.#intervalMs * Math.min(2, Math.max(0.5, ratio));
      this.#intervalMs = Math.min(beaconMaxMs, Math.max(beaconMinMs, next));
    }
    this.#heard = 0;
    this.#saidMs = nowMs;
  }

  #answerSoon(to: HubId, nowMs: number): void {
    const { answerMs, answersWanted } = this.#options.settings;
    const isChosen = this.#chance() * this.#met.size < answersWanted;
    if (!isChosen || this.#answers.length >= ANSWERS_MAX || this.#answers.some((answer) => answer.to === to)) return;
    this.#answers.push({ to, atMs: nowMs + this.#chance() * answerMs });
  }

  #say(to: HubId | undefined, leaving: boolean): void {
    const { group, isSeeking, say, self } = this.#options;
    const intervalS = Math.min(0xffff, Math.max(1, Math.ceil((this.#intervalMs * 1.5) / 1000)));
    const beacon: Beacon = { hub: self, seeking: isSeeking(), leaving, intervalS };
    say(to, writeBeacon(group, beacon, to));
  }

  /** 0 … 1 */
  #chance(): number {
    const [high = 0, low = 0] = this.#options.rng(2);
    return (high * 256 + low) / 65_536;
  }
}
