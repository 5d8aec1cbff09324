/**
 * What the mesh learns from a cut it keeps (sans-IO): hubs that vanish together are one risk, neighbours whose loss cut
 * others off are bridges, links that flap are given time. The same cut a second time then finds its neighbours watched
 * closely, routes moved off the falling group before each of its hubs is found dead, and standby links around the bridges.
 *
 * What dominates the time that pairs are lost is detection (about a second); routes follow in some hundred ms. So most is gained
 * by noticing sooner: shorter patience towards those that fell before, and one loss that puts its whole group to the test.
 */
import type { HubId } from "../../core/ids.js";
import type { MemberState } from "../../core/mesh.js";
import type { Part, Sink } from "../part.js";
import { Bridges } from "./bridges.js";
import { EPISODE_HUBS_MAX, Episodes } from "./episodes.js";
import { LESSONS_KEY, readLessons, writeLessons } from "./lessons.js";
import { RESILIENCE_DEFAULTS, type ResilienceSettings } from "./settings.js";

/** What resilience wants of the other parts; the node passes it on. */
export interface ResilienceOutlet {
  /** How patient to be with a neighbour: a factor of its suspicion times and of its pause between pings. */
  patience(hub: HubId, factor: number): void;
  /** Ask this neighbour for a sign of life now. */
  probe(hub: HubId): void;
  /** Routes leave this neighbour alone until then, where there is another way. Unit: ms. */
  avoid(hub: HubId, untilMs: number): void;
  /** Links wanted besides all others; the whole list each time. */
  standby(hubs: readonly HubId[]): void;
}

/** What the overlay and the routes know of a neighbour. */
export interface Beyond {
  /** Its neighbours. */
  viewOf(hub: HubId): readonly HubId[];
  /** To how many destinations the way leads over it now, itself among them. */
  destinationsOver(hub: HubId): number;
}

/** One for each neighbour. */
interface Watch {
  /** As it was told to the failure detector. */
  patience: number;
  watchful: boolean;
  /** Destinations whose way led over it when it was suspected; 0: it is not. */
  carried: number;
  alarmUntilMs: number;
  /** Hubs of its group that were lost since the alarm's window began. */
  fallen: number;
  fallenMs: number;
}

interface Flaps {
  count: number;
  sinceMs: number;
}

/** Neighbours, and others that were lost; the one noted longest ago goes first. */
const FLAPS_MAX = 128;
const NEVER = Number.POSITIVE_INFINITY;

export class Resilience implements Part {
  readonly #self: HubId;
  readonly #settings: ResilienceSettings;
  readonly #sink: Sink;
  readonly #outlet: ResilienceOutlet;
  readonly #beyond: Beyond;
  readonly #episodes: Episodes;
  readonly #bridges: Bridges;
  readonly #watches = new Map<HubId, Watch>();
  /** Lost and not back, and since when. Bounded by an episode's bound. */
  readonly #lost = new Map<HubId, number>();
  #flaps: Map<HubId, Flaps> | undefined;
  #standby: readonly HubId[] = [];
  #alarmMs = NEVER;
  #reviewMs = NEVER;
  #keepMs = NEVER;
  #nowMs = 0;

  constructor(
    self: HubId,
    sink: Sink,
    outlet: ResilienceOutlet,
    beyond: Beyond,
    settings: ResilienceSettings = RESILIENCE_DEFAULTS,
  ) {
    this.#self = self;
    this.#settings = settings;
    this.#sink = sink;
    this.#outlet = outlet;
    this.#beyond = beyond;
    this.#episodes = new Episodes(settings);
    this.#bridges = new Bridges(settings);
  }

  get deadlineMs(): number {
    return Math.min(this.#alarmMs, this.#reviewMs, this.#keepMs);
  }

  tick(nowMs: number): void {
    this.#nowMs = nowMs;
    if (nowMs >= this.#alarmMs) this.#endAlarms();
    if (nowMs >= this.#reviewMs) this.#review();
    if (nowMs >= this.#keepMs) this.save(nowMs);
  }

  neighbourUp(hub: HubId, nowMs: number): void {
    this.#nowMs = nowMs;
    this.#watches.set(hub, { patience: 1, watchful: false, carried: 0, alarmUntilMs: 0, fallen: 0, fallenMs: 0 });
    this.#back(hub);
    this.#review();
  }

  /** Before the routes hear of it. @param decided it was nobody's failure: the overlay, or the other end, gave the link up. */
  neighbourDown(hub: HubId, decided: boolean, nowMs: number): void {
    this.#nowMs = nowMs;
    const watch = this.#watches.get(hub);
    if (watch === undefined) return;
    if (!decided) {
      const behind = this.#behind(hub);
      const carried = Math.max(watch.carried, this.#beyond.destinationsOver(hub)) - 1;
      this.#bridges.lost(hub, Math.max(behind.length, carried), behind, nowMs);
      this.#vanished(hub);
    }
    this.#watches.delete(hub);
    this.#review();
  }

  /** Before the routes leave a suspect. */
  hubState(hub: HubId, state: MemberState, nowMs: number): void {
    this.#nowMs = nowMs;
    const watch = this.#watches.get(hub);
    if (watch !== undefined && state === "suspect") watch.carried = this.#beyond.destinationsOver(hub);
    else if (watch !== undefined && state === "alive") watch.carried = 0;
    if (state === "dead") this.#vanished(hub);
    else if (state === "alive") this.#back(hub);
    else if (state === "left") this.#lost.delete(hub);
  }

  /** Many at once. */
  cut(hubs: readonly HubId[], nowMs: number): void {
    this.#nowMs = nowMs;
    for (const hub of hubs) this.#vanished(hub);
  }

  /** Whether both are likely to be gone at the same time. */
  sharesRisk(a: HubId, b: HubId): boolean {
    return a === b || this.#episodes.similarity(a, b, this.#nowMs) >= this.#settings.sharedMin;
  }

  /** The candidates, those first that do not share the primary's risk; else in their order. */
  prefer(candidates: readonly HubId[], primary: HubId): HubId[] {
    const apart = candidates.filter((hub) => !this.sharesRisk(hub, primary));
    return apart.length === candidates.length ? apart : [...apart, ...candidates.filter((hub) => !apart.includes(hub))];
  }

  /** Factor of a neighbour's suspicion times. */
  patience(hub: HubId): number {
    const watch = this.#watches.get(hub);
    if (watch === undefined) return 1;
    const { alarmPatience, watchfulPatience } = this.#settings;
    if (this.#nowMs < watch.alarmUntilMs) return alarmPatience;
    const flapping = this.#flapping(hub);
    return flapping > 1 ? flapping : watch.watchful ? watchfulPatience : 1;
  }

  standby(): readonly HubId[] {
    return this.#standby;
  }

  /** What an earlier run kept under `LESSONS_KEY`. */
  restore(bytes: Uint8Array, nowMs: number): void {
    this.#nowMs = nowMs;
    const lessons = readLessons(bytes, nowMs);
    if (lessons === undefined) return this.#sink.count("mesh.resilience.unreadable");
    this.#episodes.restore(lessons.episodes);
    this.#bridges.restore(lessons.bridges);
    this.#review();
  }

  save(nowMs: number): void {
    this.#keepMs = NEVER;
    const value = writeLessons({ episodes: this.#episodes.list(), bridges: this.#bridges.ranked(nowMs) }, nowMs);
    this.#sink.notice({ type: "keep", key: LESSONS_KEY, value });
  }

  #vanished(hub: HubId): void {
    if (hub === this.#self || this.#lost.has(hub) || !this.#episodes.vanished(hub, this.#nowMs)) return;
    this.#lost.set(hub, this.#nowMs);
    dropOldest(this.#lost, EPISODE_HUBS_MAX);
    this.#keepMs = Math.min(this.#keepMs, this.#nowMs + this.#settings.keepAfterMs);
    this.#reviewMs = Math.min(this.#reviewMs, this.#nowMs + this.#settings.episodeMaxMs);
    this.#test(hub);
  }

  /** One of a group is gone: all of it that are neighbours are asked at once; two gone, and routes leave the rest. */
  #test(fallen: HubId): void {
    const { alarmMs, avoidMs } = this.#settings;
    for (const [hub, watch] of this.#watches) {
      if (hub === fallen || this.#lost.has(hub) || !this.sharesRisk(hub, fallen)) continue;
      if (this.#nowMs > watch.fallenMs + alarmMs) watch.fallen = 0;
      if (watch.fallen === 0) watch.fallenMs = this.#nowMs;
      watch.fallen += 1;
      if (watch.fallen === 1) this.#outlet.probe(hub);
      if (watch.fallen !== 2) continue;
      watch.alarmUntilMs = this.#nowMs + alarmMs;
      this.#alarmMs = Math.min(this.#alarmMs, watch.alarmUntilMs);
      this.#outlet.avoid(hub, this.#nowMs + avoidMs);
      this.#outlet.probe(hub);
      this.#tell(hub, watch);
    }
  }

  #back(hub: HubId): void {
    const lostMs = this.#lost.get(hub);
    if (lostMs === undefined) return;
    this.#lost.delete(hub);
    if (this.#nowMs - lostMs >= this.#settings.flapMs) return;
    this.#episodes.retract(hub);
    this.#bridges.retract(hub, lostMs);
    this.#flaps ??= new Map();
    const known = this.#flaps.get(hub);
    const fresh = known === undefined || this.#nowMs - known.sinceMs > this.#settings.flapWindowMs;
    this.#flaps.delete(hub);
    this.#flaps.set(hub, fresh ? { count: 1, sinceMs: this.#nowMs } : { ...known, count: known.count + 1 });
    dropOldest(this.#flaps, FLAPS_MAX);
  }

  #flapping(hub: HubId): number {
    const flaps = this.#flaps?.get(hub);
    const { flapsMin, flapWindowMs, flapPatience, patienceMax } = this.#settings;
    if (flaps === undefined || flaps.count < flapsMin || this.#nowMs - flaps.sinceMs > flapWindowMs) return 1;
    return Math.min(patienceMax, 1 + flapPatience * (flaps.count - flapsMin + 1));
  }

  /** The neighbours of a neighbour that nobody else here has a link with: what is behind it. */
  #behind(hub: HubId): HubId[] {
    return this.#beyond
      .viewOf(hub)
      .filter((far) => far !== this.#self && !this.#watches.has(far) && !this.#seenBeside(far, hub));
  }

  #seenBeside(far: HubId, hub: HubId): boolean {
    for (const other of this.#watches.keys())
      if (other !== hub && this.#beyond.viewOf(other).includes(far)) return true;
    return false;
  }

  #endAlarms(): void {
    this.#alarmMs = NEVER;
    for (const [hub, watch] of this.#watches) {
      if (watch.alarmUntilMs > this.#nowMs) this.#alarmMs = Math.min(this.#alarmMs, watch.alarmUntilMs);
      this.#tell(hub, watch);
    }
  }

  /** Whom to watch closely, and which standby links to want. */
  #review(): void {
    const { watchfulMax, reviewMs } = this.#settings;
    const exposed: { watch: Watch; hub: HubId; harm: number }[] = [];
    for (const [hub, watch] of this.#watches) {
      watch.watchful = false;
      const exposure =
        this.#episodes.exposure(hub, this.#nowMs) + BRIDGE_WEIGHT * this.#bridges.exposure(hub, this.#nowMs);
      // Of a cut that took twenty neighbours all are as likely to fall again; most pairs wait for the one that most ways led over.
      const harm = exposure * (1 + this.#bridges.carried(hub, this.#nowMs));
      if (exposure >= EXPOSURE_MIN) exposed.push({ watch, hub, harm });
    }
    exposed.sort((a, b) => b.harm - a.harm || (a.hub < b.hub ? -1 : 1));
    for (const { watch } of exposed.slice(0, watchfulMax)) watch.watchful = true;
    for (const [hub, watch] of this.#watches) this.#tell(hub, watch);
    const standby = this.#chooseStandby();
    if (!sameHubs(standby, this.#standby)) {
      this.#standby = standby;
      this.#outlet.standby(standby);
    }
    this.#reviewMs = exposed.length > 0 || standby.length > 0 ? this.#nowMs + reviewMs : NEVER;
  }

  /** Hubs behind a bridge that do not share its risk: a link to one is a way that outlives it. */
  #chooseStandby(): HubId[] {
    const { standbyPerBridge, standbyMax } = this.#settings;
    const chosen: HubId[] = [];
    for (const { hub, behind } of this.#bridges.ranked(this.#nowMs)) {
      let taken = 0;
      for (const far of behind) {
        if (chosen.length >= standbyMax || taken >= standbyPerBridge) break;
        if (far === hub || chosen.includes(far) || this.sharesRisk(far, hub)) continue;
        // A link that is there for other reasons serves as well, and costs nothing.
        taken += 1;
        if (!this.#watches.has(far) || this.#standby.includes(far)) chosen.push(far);
      }
    }
    return chosen;
  }

  #tell(hub: HubId, watch: Watch): void {
    const patience = this.patience(hub);
    if (patience === watch.patience) return;
    watch.patience = patience;
    this.#outlet.patience(hub, patience);
  }
}

/** A cut of a month ago (a cut weighs three at first, and half of that each week). */
const EXPOSURE_MIN = 0.15;
/** A loss of one alone that ways led over: a week. */
const BRIDGE_WEIGHT = 0.3;

function dropOldest(map: Map<HubId, unknown>, sizeMax: number): void {
  if (map.size <= sizeMax) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}

function sameHubs(a: readonly HubId[], b: readonly HubId[]): boolean {
  return a.length === b.length && a.every((hub, i) => hub === b[i]);
}
