/**
 * Who lives: neighbours observe each other, ask other observers, accuse, and the accused refute. Sans-IO.
 * SWIM (Das et al. 2002) over links that lose nothing, with Lifeguard's local health, and Rapid's batches for mass losses;
 * parameters and deviations are in the README beside this file.
 */
import type { HubId } from "../../core/ids.js";
import type { Datagram, MemberState, Neighbour } from "../../core/mesh.js";
import type { PingBody } from "../../core/messages.js";
import type { MembersBody, ProbeBody, ProbeVerdict } from "../../core/messages-liveness.js";
import type { Rng } from "../../core/time.js";
import type { Part, Sink } from "../part.js";
import { DatagramPings, type SendDatagram } from "./datagram-pings.js";
import { Docket } from "./docket.js";
import { LocalHealth } from "./health.js";
import { Hearsay } from "./hearsay.js";
import { Heartbeats } from "./heartbeats.js";
import { OwnHearing } from "./own-hearing.js";
import { Probes, type Testimony } from "./probes.js";
import { LIVENESS_DEFAULTS, type LivenessSettings } from "./settings.js";
import { isAmong } from "./sorted.js";
import { Spread } from "./spread.js";
import { Standing } from "./standing.js";
import type { StatementCrypto } from "./statement.js";
import { CALM, type Watch } from "./watch.js";

/** closed: the connection ended and nobody here wanted it; refused: besides, nobody listens there; local: this hub ended it. */
export type DownCause = "closed" | "refused" | "local";

export interface Member {
  readonly hub: HubId;
  readonly state: MemberState;
  readonly incarnation: number;
}

/** A proof costs an Ed25519 verification, about 0.2 ms on a Pi; an update without one next to nothing. */
const PROOF_CREDITS = 8;
const PATIENCE_MIN = 0.25;
const PATIENCE_MAX = 4;

export class Liveness implements Part {
  readonly #health: LocalHealth;
  readonly #beats: Heartbeats;
  readonly #datagrams: DatagramPings;
  readonly #probes: Probes;
  readonly #spread: Spread;
  readonly #docket: Docket;
  readonly #standing: Standing;
  readonly #hearing: OwnHearing;
  readonly #hearsay: Hearsay;
  /** Sorted; the routing part's own array. */
  #cell: readonly HubId[] = [];
  /** When something came in last: the cell changes with no time of its own. Unit: ms. */
  #nowMs = 0;
  /** Neighbours were put to the test last. Unit: ms. */
  #testedMs = Number.NEGATIVE_INFINITY;
  /** The least of all: read after every input of the node, so it is at hand. Unit: ms. */
  #deadlineMs = Number.POSITIVE_INFINITY;
  /** The least of all but the heartbeats'. Unit: ms. */
  #othersDeadlineMs = Number.POSITIVE_INFINITY;

  /** @param crypto left out: statements are believed without proof (a simulation without hostile hubs).
   *  @param datagram left out: there are no datagrams beside the links. */
  constructor(
    readonly self: HubId,
    epoch: number,
    readonly settings: LivenessSettings = LIVENESS_DEFAULTS,
    readonly sink: Sink,
    crypto?: StatementCrypto,
    datagram?: SendDatagram,
  ) {
    this.#health = new LocalHealth(settings.healthMax);
    this.#beats = new Heartbeats(self, settings, sink, this.#health);
    this.#datagrams = new DatagramPings(settings, this.#beats, datagram);
    this.#probes = new Probes(self, settings, sink, this.#beats, this.#datagrams);
    this.#spread = new Spread(settings, sink);
    this.#docket = new Docket(self, settings, sink, this.#health, this.#spread, this.#beats);
    this.#standing = new Standing(self, epoch, settings, crypto);
    this.#hearing = new OwnHearing(settings, this.#health);
    this.#hearsay = new Hearsay({
      ...{ self, settings, sink, crypto, health: this.#health, beats: this.#beats, probes: this.#probes },
      ...{ spread: this.#spread, docket: this.#docket, standing: this.#standing },
    });
  }

  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  /** 1 … `healthMax`: how much slower than usual this hub accuses. */
  get healthMultiplier(): number {
    return this.#health.multiplier;
  }

  /** @returns undefined for a hub that is neither a neighbour nor of this cell, and of which nothing was said. */
  state(hub: HubId): MemberState | undefined {
    return this.#docket.get(hub)?.state ?? (hub === this.self || this.#concerns(hub) ? "alive" : undefined);
  }

  /** Any other way is better: it may not live, or what goes over its link waits. */
  isDoubted(hub: HubId): boolean {
    return this.#docket.get(hub)?.state === "suspect" || this.#beats.get(hub)?.isStalled === true;
  }

  incarnation(hub: HubId): number {
    return hub === this.self ? this.#standing.incarnation : (this.#docket.get(hub)?.incarnation ?? 0);
  }

  /** Smoothed. Unit: ms. NaN before the first answer and for a hub that is no neighbour. */
  rttMs(hub: HubId): number {
    return this.#beats.get(hub)?.rttMs ?? Number.NaN;
  }

  /** The least of late, for people. Unit: ms. NaN before the first answer and for a hub that is no neighbour. */
  leastRttMs(hub: HubId): number {
    return this.#beats.get(hub)?.leastRttMs ?? Number.NaN;
  }

  /** The cell, the neighbours, and whoever is remembered; sorted. */
  members(): Member[] {
    const hubs = new Set<HubId>(this.#cell);
    for (const watch of this.#beats.watches) hubs.add(watch.hub);
    for (const { hub } of this.#docket.cases()) hubs.add(hub);
    hubs.add(this.self);
    return [...hubs].sort().map((hub) => ({
      hub,
      state: this.state(hub) ?? "alive",
      incarnation: this.incarnation(hub),
    }));
  }

  /** Whom MEMBERS are about, besides neighbours. @param hubs sorted; kept, not copied; at most some hundreds. */
  inCell(hubs: readonly HubId[]): void {
    this.#cell = hubs;
    this.#docket.inCell(hubs, this.#nowMs);
    this.#reschedule();
  }

  /** @param hubs who has a link with that neighbour, as it says; kept, not copied. */
  watchersOf(hub: HubId, hubs: readonly HubId[]): void {
    const watch = this.#beats.get(hub);
    if (watch !== undefined) watch.watchers = hubs;
  }

  /** @param factor below 1: it is suspected sooner; above: later. 0.25 … 4. */
  setPatience(hub: HubId, factor: number): void {
    const watch = this.#beats.get(hub);
    if (watch === undefined || Number.isNaN(factor)) return;
    watch.patiencePercent = Math.round(Math.min(Math.max(factor, PATIENCE_MIN), PATIENCE_MAX) * 100);
  }

  /** Pings that neighbour now: there is a reason to doubt that it lives. */
  check(hub: HubId, nowMs: number): void {
    const watch = this.#beats.get(hub);
    if (watch !== undefined) this.#beats.ask(watch, nowMs);
    this.#reschedule();
  }

  neighbourUp(neighbour: Neighbour, nowMs: number, rng: Rng): void {
    this.#hears(nowMs);
    const watch = this.#beats.open(neighbour, nowMs, (rng(1)[0] ?? 0) / 256);
    const others = this.#docket.absent().filter((update) => update.hub !== neighbour.hub);
    const held = this.#docket.heard(watch, nowMs);
    const { hub } = neighbour;
    this.sink.notice({ type: "hub-state", hub, state: this.state(hub) ?? "alive", incarnation: this.incarnation(hub) });
    this.#datagrams.open(watch, nowMs);
    this.#spread.brief(hub, [...this.#standing.refutations(), ...(held === undefined ? [] : [held]), ...others]);
    this.#flush(nowMs);
  }

  neighbourDown(hub: HubId, cause: DownCause, nowMs: number, rng: Rng): void {
    this.#checkLate(nowMs);
    const watch = this.#beats.close(hub);
    this.#datagrams.reschedule();
    if (watch === undefined) {
      if (cause === "refused") this.#docket.refused(hub, nowMs);
      this.#reschedule();
      return;
    }
    this.#probes.answer(watch, "silent");
    const isNoSign = cause === "local" || watch.parted || this.#hearing.listens(nowMs);
    if (!isNoSign || this.#docket.orphan(watch, nowMs))
      this.#probes.start(hub, watch.watchers, (other) => this.#docket.isGone(other), rng);
    if (!isNoSign) this.#docket.accuse(watch, cause, nowMs, nowMs);
    this.#conclude(nowMs, rng);
  }

  /** For every frame of any kind, before what it says is handled. @param late its sender says that its timers were. */
  heard(hub: HubId, nowMs: number, late = false): void {
    this.#nowMs = nowMs;
    if (nowMs - this.#deadlineMs > this.settings.heldUpMs) this.#checkLate(nowMs);
    this.#hears(nowMs);
    const watch = this.#beats.heard(hub, nowMs, late);
    if (watch?.disturbed) this.#settle(watch, nowMs);
    if (watch?.isStalled) this.#setStalled(watch, false);
    this.#deadlineMs = Math.min(this.#beats.deadlineMs, this.#othersDeadlineMs);
  }

  /** A ping beside the link, or the answer to one. */
  onDatagram(from: HubId, { number, isAnswer, isOver }: Datagram, nowMs: number): void {
    this.#nowMs = nowMs;
    if (nowMs - this.#deadlineMs > this.settings.heldUpMs) this.#checkLate(nowMs);
    this.#reschedule();
    const watch = this.#beats.get(from);
    if (watch === undefined) return this.sink.count("mesh.liveness.datagramOfStranger");
    if (isAnswer ? !this.#datagrams.answered(watch, number, nowMs) : !this.#datagrams.asked(watch, number, nowMs))
      return this.sink.count("mesh.liveness.staleDatagram");
    this.#hears(nowMs);
    if (watch.misses === CALM) return;
    this.#beats.excuse(watch, nowMs);
    if (watch.disturbed) this.#settle(watch, nowMs);
    const { accuseAfterMisses } = this.settings;
    if (nowMs - watch.pingMs >= accuseAfterMisses * watch.answerMs(this.settings, this.#health))
      this.#setStalled(watch, true);
    if (isOver || this.#isPastHope(watch, nowMs)) this.#probes.part(from);
    this.#reschedule();
  }

  /** This hub was kept from the processor, though none of its own deadlines tells. */
  starved(forMs: number, nowMs: number): void {
    this.#health.heldUp(nowMs, forMs);
  }

  onPing(from: HubId, seq: number, body: PingBody, nowMs: number): void {
    const watch = this.#beats.get(from);
    if (watch === undefined) this.sink.count("mesh.liveness.pingOfStranger");
    else this.#beats.onPing(watch, seq, body, nowMs);
  }

  /** @param from the neighbour, or along routes whoever wrote it. */
  onProbe(from: HubId, body: ProbeBody, nowMs: number): void {
    if (!this.#affords(from, 1, nowMs)) return;
    const testimony = this.#probes.onProbe(from, body, nowMs);
    if (testimony !== undefined) this.#weigh(testimony, nowMs);
    this.#reschedule();
  }

  onMembers(from: HubId, { updates }: MembersBody, nowMs: number, rng: Rng): void {
    for (const update of updates) {
      if (!this.#affords(from, update.proof === undefined ? 1 : PROOF_CREDITS, nowMs)) break;
      if (update.hub === this.self) this.#hearsay.answer(from, update, nowMs);
      else if (!this.#concerns(update.hub)) continue;
      else if (update.state === "alive" || update.state === "left") this.#hearsay.stated(from, update, nowMs);
      else {
        const wasHeld = this.#docket.get(update.hub)?.state ?? "alive";
        this.#hearsay.accused(from, update, nowMs);
        const isNew = wasHeld === "alive" && this.#docket.get(update.hub) !== undefined;
        if (isNew) this.#test(nowMs, rng);
      }
    }
    this.#conclude(nowMs, rng);
  }

  /** This hub leaves in good order: said to all neighbours at once, so that nobody looks for it. */
  left(): void {
    const update = this.#standing.leave();
    for (const watch of this.#beats.watches) this.sink.send(watch.hub, { type: "MEMBERS", updates: [update] });
  }

  tick(nowMs: number, rng: Rng): void {
    this.#nowMs = nowMs;
    this.#checkLate(nowMs);
    const missed = this.#beats.tick(nowMs);
    this.#datagrams.tick(nowMs);
    if (missed.length > 0 && this.#beats.isCutOff(this.settings.cutOffMs, nowMs)) this.#hearing.cutOff();
    for (const watch of missed) this.#onMiss(watch, nowMs, rng);
    this.#conclude(nowMs, rng);
  }

  #weigh({ subject, verdict, witness, voice }: Testimony, nowMs: number): void {
    if (witness === subject) return this.#onOwnWord(subject, verdict, nowMs);
    const watch = this.#beats.get(subject);
    const watchers = watch?.watchers ?? this.#docket.get(subject)?.watchers ?? [];
    if (!watchers.includes(witness)) this.sink.count("mesh.liveness.notObserver");
    else if (verdict === "alive") {
      if (this.#docket.reprieve(subject, nowMs) && watch !== undefined) this.#beats.reprieve(watch, nowMs);
    } else if (watch === undefined || watch.misses !== CALM)
      this.#docket.confirm(watch, subject, witness, voice, nowMs);
  }

  /** Its answer to the question whether it lives. */
  #onOwnWord(hub: HubId, verdict: ProbeVerdict, nowMs: number): void {
    if (verdict !== "alive" || !this.#docket.answered(hub, nowMs)) this.sink.count("mesh.liveness.unasked");
  }

  /** Hubs fail together: whoever shares the cause is found now, not at its next beat. */
  #test(nowMs: number, rng: Rng): void {
    if (nowMs - this.#testedMs < this.settings.testPauseMs) return;
    this.#testedMs = nowMs;
    this.#beats.askAll(nowMs, rng);
  }

  #onMiss(watch: Watch, nowMs: number, rng: Rng): void {
    const { accuseAfterMisses } = this.settings;
    const answerMs = watch.answerMs(this.settings, this.#health);
    const isPastHope = this.#isPastHope(watch, nowMs);
    this.#beats.again(watch, nowMs);
    this.#datagrams.press(watch, nowMs);
    // Who was heard beside its link in this silence is asked for only when it answers there no more either.
    if (watch.misses === (watch.beside.heardMs >= watch.pingMs ? accuseAfterMisses : 1)) {
      this.#probes.start(watch.hub, watch.watchers, (hub) => this.#docket.isGone(hub), rng);
      if (this.#health.isCalm) this.#test(nowMs, rng);
    }
    const isAnswering = nowMs - watch.beside.heardMs < accuseAfterMisses * answerMs;
    const isUnaccused = !isAnswering && this.#docket.get(watch.hub)?.evidence === undefined;
    if (watch.misses === accuseAfterMisses || (isPastHope && isUnaccused)) {
      this.#probes.answer(watch, "silent");
      if (this.#beats.isDeaf()) this.#health.hurt(nowMs);
      this.#docket.accuse(watch, "silent", nowMs - accuseAfterMisses * answerMs, nowMs);
    }
    if (isPastHope && !this.#isStillAsked(watch)) this.#probes.part(watch.hub);
  }

  #setStalled(watch: Watch, isStalled: boolean): void {
    if (watch.isStalled === isStalled) return;
    watch.isStalled = isStalled;
    this.sink.notice({ type: "stalled", hub: watch.hub });
  }

  /** Whether pings beside the link may yet tell that its hub lives, or that it does not: they end with the link. */
  #isStillAsked({ beside, hub }: Watch): boolean {
    const one = this.#docket.get(hub);
    return beside.getThrough && one?.evidence === "silent" && one.reprieves === 0 && !one.isGone;
  }

  /** Nothing more is to be hoped of this link, whether or not its hub lives. */
  #isPastHope(watch: Watch, nowMs: number): boolean {
    const waitMs = this.settings.silentAnswers * watch.answerMs(this.settings, this.#health, true);
    return watch.misses !== CALM && nowMs - watch.pingMs >= waitMs;
  }

  /** A neighbour in doubt is heard: whoever asked is told, and it is told what is said of it. */
  #settle(watch: Watch, nowMs: number): void {
    this.#probes.answer(watch, "alive");
    const held = this.#docket.heard(watch, nowMs);
    if (held !== undefined) this.sink.send(watch.hub, { type: "MEMBERS", updates: [held] });
    this.#flush(nowMs);
  }

  /** A hub whose own deadlines passed unseen judges nobody by what it has not heard. */
  #checkLate(nowMs: number): void {
    const fault = this.#hearing.late(this.#deadlineMs, nowMs);
    if (fault === undefined) return;
    if (fault === "held-up") return this.#beats.defer(nowMs);
    this.#beats.restart(nowMs);
    this.#docket.withdraw(nowMs);
    this.sink.count("mesh.liveness.stalled");
  }

  /** After a time in which nobody was heard, everybody gets a round before they are judged. */
  #hears(nowMs: number): void {
    if (!this.#hearing.hears(nowMs)) return;
    this.#beats.restart(nowMs);
    this.#docket.rejoin(nowMs);
    this.sink.count("mesh.liveness.cutOff");
  }

  #conclude(nowMs: number, rng: Rng): void {
    const dead = this.#docket.tick(nowMs);
    if (dead.length > 0) {
      for (const hub of dead) if (this.#beats.get(hub) !== undefined) this.#probes.part(hub);
      this.#beats.askAll(nowMs, rng);
    }
    this.#flush(nowMs);
  }

  #flush(nowMs: number): void {
    this.#spread.flush(this.#beats.watches, Math.max(this.#cell.length, this.#beats.watches.length + 1), nowMs);
    this.#reschedule();
  }

  #reschedule(): void {
    const docketMs = Math.min(this.#docket.deadlineMs, this.#spread.deadlineMs);
    this.#othersDeadlineMs = Math.min(docketMs, this.#datagrams.deadlineMs);
    this.#deadlineMs = Math.min(this.#beats.deadlineMs, this.#othersDeadlineMs);
  }

  /** What comes along routes is paid for by whoever is accused in it: nobody; so it is bounded by the forwarder's own limits. */
  #affords(from: HubId, credits: number, nowMs: number): boolean {
    const watch = this.#beats.get(from);
    if (watch === undefined || watch.spend(credits, nowMs, this.settings)) return true;
    this.sink.count("mesh.liveness.flooded");
    return false;
  }

  #concerns(hub: HubId): boolean {
    return this.#beats.get(hub) !== undefined || this.#docket.get(hub) !== undefined || isAmong(this.#cell, hub);
  }
}
