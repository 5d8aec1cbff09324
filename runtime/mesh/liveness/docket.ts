/**
 * The cases that are open: what is said of whom is taken down, weighed and concluded. Pure.
 *
 *     alive ── own evidence, or hearsay ──► suspect ── time, shorter with every independent observer ──► dead
 *       ▲                                     │                                                          │
 *       └── heard, or its own newer statement ┴──────────────────────────────────────────────────────────┘
 *
 * Whoever has a link with the accused believes its own ears: others' words only shorten its patience. Whoever has none
 * hands the accusation on, so that the accused hears of it, and waits for the refutation, which nobody else can sign.
 */
import type { HubId } from "../../core/ids.js";
import type { MemberUpdate } from "../../core/messages-liveness.js";
import type { Sink } from "../part.js";
import { Case, type Evidence } from "./case.js";
import { CutBatch } from "./cut.js";
import type { LocalHealth } from "./health.js";
import type { Heartbeats } from "./heartbeats.js";
import { LoneObserver } from "./lone-observer.js";
import type { LivenessSettings } from "./settings.js";
import { isAmong } from "./sorted.js";
import type { Spread } from "./spread.js";
import type { Watch } from "./watch.js";

const NOBODY: readonly HubId[] = Object.freeze([]);
const NO_CASES = new Map<HubId, Case>();
const NEVER = Number.POSITIVE_INFINITY;
/** A machine that is always behind believes it in the end. */
const HEARSAY_DELAYS_MAX = 6;

export class Docket {
  /** Shared and empty until there is a case: most hubs of a large mesh have none. */
  #cases: Map<HubId, Case> = NO_CASES;
  readonly #cut: CutBatch;
  readonly #lone: LoneObserver;
  /** Sorted; the routing part's own array. */
  #cell: readonly HubId[] = NOBODY;
  #deadlineMs = Number.POSITIVE_INFINITY;

  constructor(
    readonly self: HubId,
    readonly settings: LivenessSettings,
    readonly sink: Sink,
    readonly health: LocalHealth,
    readonly spread: Spread,
    readonly beats: Heartbeats,
  ) {
    this.#cut = new CutBatch(settings.cutHoldMs);
    this.#lone = new LoneObserver(settings, health, beats);
  }

  get deadlineMs(): number {
    return Math.min(this.#deadlineMs, this.#cut.deadlineMs);
  }

  get(hub: HubId): Case | undefined {
    return this.#cases.get(hub);
  }

  cases(): IterableIterator<Case> {
    return this.#cases.values();
  }

  isGone(hub: HubId): boolean {
    return this.#cases.get(hub)?.isGone === true;
  }

  /** Routes lead to these hubs: whoever among them is held for gone will be asked. @param hubs sorted. */
  inCell(hubs: readonly HubId[], nowMs: number): void {
    this.#cell = hubs;
    for (const one of this.#cases.values()) if (one.isGone && one.askMs === NEVER) this.#askLater(one, nowMs);
  }

  /** The hub has answered a question of this one's along routes. @returns false when nothing was asked. */
  answered(hub: HubId, nowMs: number): boolean {
    const one = this.#cases.get(hub);
    if (one === undefined || nowMs - one.askedMs > this.settings.askAnswerMs) return false;
    one.acquit();
    this.#become(one, "alive", nowMs);
    if (!one.stated) this.#cases.delete(hub);
    this.#reschedule(one, nowMs);
    return true;
  }

  /** This hub's own evidence against a neighbour. */
  accuse(watch: Watch, evidence: Evidence, sinceMs: number, nowMs: number): void {
    const one = this.#openFor(watch, nowMs);
    if (one === undefined || one.state === "dead" || one.state === "left") return;
    // What was said of an earlier silence says nothing of this one.
    if (one.reprievedMs < watch.pingMs) one.reprieves = 0;
    one.evidence = evidence;
    one.evidenceMs = sinceMs;
    one.heldMs = this.health.heldMs;
    one.answerMs = watch.answerMs(this.settings, this.health);
    one.loss = Math.max(watch.loss, this.health.loss);
    one.isClean = watch.isClean;
    one.hasDatagrams = watch.beside.getThrough;
    one.patiencePercent = watch.answerPercent;
    one.watchers = watch.watchers;
    one.accuse([this.self], undefined);
    watch.disturbed = true;
    this.#suspect(one, nowMs);
    this.#tell(one, undefined, nowMs);
    this.#reschedule(one, nowMs);
  }

  /** The connection is gone and so is whoever listened: as good as another observer. */
  refused(hub: HubId, nowMs: number): void {
    const one = this.#cases.get(hub);
    if (one === undefined || one.evidence === undefined) return;
    one.evidence = "refused";
    this.#reschedule(one, nowMs);
  }

  /** Another's accusation, for those that are concerned.
   *  @param observers those among the named that may know; not empty. */
  hear(voice: HubId, said: MemberUpdate, observers: readonly HubId[], watch: Watch | undefined, nowMs: number): void {
    const one = watch === undefined ? this.#open(said.hub, said.epoch, nowMs) : this.#openFor(watch, nowMs);
    if (one === undefined || one.state === "dead" || one.state === "left") return;
    const isNew = one.accuse(observers, voice);
    const isGraver = said.state === "dead" && !one.saidDead;
    if (isGraver) {
      one.saidDead = true;
      if (one.evidence === undefined) one.sinceMs = nowMs;
    }
    if (watch === undefined) this.#suspect(one, nowMs);
    else watch.disturbed = true;
    if (isNew || isGraver) this.#tell(one, voice, nowMs);
    this.#reschedule(one, nowMs);
  }

  /** A witness that was asked says that it hears nothing either. */
  confirm(watch: Watch | undefined, hub: HubId, witness: HubId, voice: HubId, nowMs: number): void {
    const one = watch === undefined ? this.#cases.get(hub) : this.#openFor(watch, nowMs);
    if (one === undefined) return;
    one.accuse([witness], voice);
    if (watch !== undefined) watch.disturbed = true;
    this.#reschedule(one, nowMs);
  }

  /** A witness hears it: what was taken for silence until now is none, whoever observed it.
   *  Said too often in this silence, it gives no more time, but silent witnesses still count no more than this one.
   *  @returns false when it gives no time: too often, or just now by somebody else. */
  reprieve(hub: HubId, nowMs: number): boolean {
    const one = this.#cases.get(hub);
    if (one === undefined) return true;
    const isTooOften = one.reprieves >= this.settings.reprievesMax;
    if (!isTooOften && nowMs - one.reprievedMs < this.settings.freshMs) return false;
    one.disbelieve(this.self);
    if (!isTooOften) one.reprieve(nowMs);
    // Where the link was closed, too, the case stays open: the word may be older than that. Whoever lives refutes, or links again.
    if (one.evidence !== undefined && !one.isGone) this.#reschedule(one, nowMs);
    return !isTooOften;
  }

  /** The hub's own statement, with a proof that holds. @returns whether it is news. */
  state(said: MemberUpdate, voice: HubId, nowMs: number): boolean {
    const known = this.#cases.get(said.hub);
    if (known === undefined && said.state === "alive" && said.incarnation === 0) return false;
    const one = known ?? this.#open(said.hub, said.epoch, nowMs);
    if (one === undefined) return false;
    const isSame = one.proven && one.epoch === said.epoch && one.incarnation === said.incarnation;
    const isNews = isSame ? said.state === "left" && one.state !== "left" : !one.outdates(said.epoch, said.incarnation);
    if (!isNews && !(isSame && !one.stated)) return false;
    one.epoch = said.epoch;
    one.incarnation = said.incarnation;
    one.proven = true;
    one.proof = said.proof;
    one.stated = true;
    one.acquit();
    this.#become(one, said.state, nowMs);
    // Whoever misses an accusation loses nothing; whoever misses its refutation buries a hub that lives.
    this.#tell(one, voice, nowMs, true);
    this.#reschedule(one, nowMs);
    this.#cut.hurry(nowMs);
    return true;
  }

  /**
   * The hub is heard, or has a link again: it lives, whatever was said.
   * @returns what the others hold against it, which it should hear of to refute it.
   */
  heard(watch: Watch, nowMs: number): MemberUpdate | undefined {
    watch.disturbed = false;
    const one = this.#cases.get(watch.hub);
    if (one === undefined || (one.state === "left" && one.epoch >= watch.epoch)) return undefined;
    const held = one.update();
    if (!one.proven || one.epoch < watch.epoch) {
      one.epoch = watch.epoch;
      one.incarnation = 0;
      one.proof = undefined;
      one.stated = false;
      one.proven = true;
    }
    one.acquit();
    this.#become(one, "alive", nowMs);
    if (!one.stated && held === undefined) this.#cases.delete(watch.hub);
    this.#reschedule(one, nowMs);
    // Its neighbours decide without the case that has just gone.
    this.#cut.hurry(nowMs);
    return held?.state === "alive" ? undefined : held;
  }

  /** The link is gone without evidence of this hub's own: what others say is all that is left. Where it was given up in silence although somebody has heard the
   *  hub meanwhile, that may have been the last that was heard of it: the case stays open until the hub refutes, is linked with again, or is heard by nobody any more.
   *  @returns whether its other observers should be asked again. */
  orphan(watch: Watch, nowMs: number): boolean {
    const one = this.#cases.get(watch.hub);
    if (one === undefined) return false;
    if (one.evidence === "silent" && one.reprieves > 0) {
      if (watch.parted) this.#retract(one, nowMs);
      return !watch.parted;
    }
    if (one.evidence !== undefined || one.voices.length === 0) return false;
    one.watchers = watch.watchers;
    this.#suspect(one, nowMs);
    this.#reschedule(one, nowMs);
    return false;
  }

  /** This hub was stopped: what it took for evidence is none. */
  withdraw(nowMs: number): void {
    for (const one of [...this.#cases.values()]) {
      if (one.evidence !== undefined && one.state === "suspect") this.#retract(one, nowMs);
    }
  }

  /** This hub was cut off, so the silence was its own. Whoever's link has gone in it has the time to link again, or to refute. */
  rejoin(nowMs: number): void {
    for (const one of [...this.#cases.values()]) {
      if (one.evidence !== "silent" || one.state !== "suspect") continue;
      if (this.beats.get(one.hub) !== undefined) this.#retract(one, nowMs);
      else {
        one.excuse(nowMs);
        this.#reschedule(one, nowMs);
      }
    }
  }

  /** Concludes what is due.
   *  @returns the hubs that are announced dead. */
  tick(nowMs: number): readonly HubId[] {
    if (nowMs < this.deadlineMs) return NOBODY;
    for (const one of [...this.#cases.values()]) {
      if (one.dueMs > nowMs) continue;
      // Who else is heard, and who else is gone, may have changed.
      this.#reschedule(one, nowMs);
      if (one.dueMs <= nowMs) this.#conclude(one, nowMs);
    }
    const announced = this.#cut.take(!this.#isAnyUndecided(), nowMs);
    for (const one of announced) {
      one.decided = false;
      this.#become(one, "dead", nowMs);
      if (one.evidence !== undefined) this.#tell(one, undefined, nowMs);
      this.#askLater(one, nowMs);
    }
    const hubs = announced.map((one) => one.hub);
    if (hubs.length > 1) this.sink.notice({ type: "cut", hubs });
    return hubs;
  }

  /** Everything that a new neighbour should know: who is thought not to live. */
  absent(): MemberUpdate[] {
    return [...this.#cases.values()].flatMap((one) => {
      const update = one.state === "alive" ? undefined : one.update();
      return update === undefined ? [] : [update];
    });
  }

  #conclude(one: Case, nowMs: number): void {
    const isHearsay = one.evidence === undefined && !one.saidDead;
    if (one.isGone && nowMs < one.sinceMs + this.settings.forgetAfterMs) this.#ask(one, nowMs);
    else if (one.state === "suspect" && isHearsay) this.#doubt(one, nowMs);
    else if (one.state === "suspect" && one.evidence === undefined && this.#mayBeBehind(one, nowMs)) {
      one.sinceMs = nowMs;
      one.hearsayDelays += 1;
    } else if (one.state === "suspect") {
      one.decided = true;
      this.#cut.add(one, nowMs);
    } else this.#cases.delete(one.hub);
    this.#reschedule(one, nowMs);
  }

  /** No observer has concluded anything: they are gone with it, or have heard it again. While routes lead there it is asked; when
   *  they do no longer, or it is observed here, what was said of it is forgotten. */
  #doubt(one: Case, nowMs: number): void {
    if (isAmong(this.#cell, one.hub) && this.beats.get(one.hub) === undefined) {
      one.askPauseMs = Math.max(one.askPauseMs, this.settings.askAfterMs);
      this.#ask(one, nowMs);
      return;
    }
    one.acquit();
    this.#become(one, "alive", nowMs);
    if (!one.stated) this.#cases.delete(one.hub);
  }

  /** The refutation of what others say may have come, and wait for this hub to read it. */
  #mayBeBehind(one: Case, nowMs: number): boolean {
    return one.hearsayDelays < HEARSAY_DELAYS_MAX && this.health.isLate(nowMs);
  }

  #askLater(one: Case, nowMs: number): void {
    one.askPauseMs = this.settings.askAfterMs;
    one.askMs = isAmong(this.#cell, one.hub) ? nowMs + one.askPauseMs : NEVER;
    this.#reschedule(one, nowMs);
  }

  /** Routes lead to it: does it live? Less and less often; a hub to which no route leads is asked when there is one again. */
  #ask(one: Case, nowMs: number): void {
    one.askedMs = nowMs;
    one.askMs = NEVER;
    if (!isAmong(this.#cell, one.hub) || this.beats.get(one.hub) !== undefined) return;
    this.sink.route(one.hub, { type: "PROBE", subject: one.hub });
    one.askPauseMs = Math.min(2 * one.askPauseMs, this.settings.askPauseMsMax);
    one.askMs = nowMs + one.askPauseMs;
  }

  #isAnyUndecided(): boolean {
    for (const one of this.#cases.values())
      if (one.state === "suspect" && one.evidence !== undefined && !one.decided) return true;
    return false;
  }

  #retract(one: Case, nowMs: number): void {
    one.evidence = undefined;
    one.decided = false;
    one.observers = one.observers.filter((hub) => hub !== this.self);
    if (one.observers.length === 0) {
      one.acquit();
      this.#become(one, "alive", nowMs);
      if (!one.stated) this.#cases.delete(one.hub);
    } else one.sinceMs = nowMs;
    this.#reschedule(one, nowMs);
  }

  #suspect(one: Case, nowMs: number): void {
    if (one.state === "alive") this.#become(one, "suspect", nowMs);
  }

  #become(one: Case, state: Case["state"], nowMs: number): void {
    if (one.state === state) return;
    if (state === "suspect") one.accusedMs = nowMs;
    one.state = state;
    one.sinceMs = nowMs;
    this.sink.notice({ type: "hub-state", hub: one.hub, state, incarnation: one.incarnation });
  }

  #tell(one: Case, from: HubId | undefined, nowMs: number, toAll = one.evidence !== undefined): void {
    this.spread.add(one.hub, { update: () => one.update(), from, toAll }, nowMs);
  }

  #openFor(watch: Watch, nowMs: number): Case | undefined {
    const one = this.#open(watch.hub, watch.epoch, nowMs);
    if (one === undefined) return undefined;
    // The link has proven which start of the hub it is.
    if (!one.proven) one.epoch = watch.epoch;
    one.proven = true;
    return one;
  }

  #open(hub: HubId, epoch: number, nowMs: number): Case | undefined {
    const known = this.#cases.get(hub);
    if (known !== undefined) return known;
    if (this.#cases.size >= this.settings.casesMax && !this.#forgetOne()) {
      this.sink.count("mesh.liveness.casesMax");
      return undefined;
    }
    if (this.#cases === NO_CASES) this.#cases = new Map();
    const opened = new Case(hub, epoch, nowMs);
    this.#cases.set(hub, opened);
    return opened;
  }

  /** The oldest that is settled. */
  #forgetOne(): boolean {
    for (const one of this.#cases.values()) if (one.state !== "suspect") return this.#cases.delete(one.hub);
    return false;
  }

  #reschedule(one: Case, nowMs: number): void {
    const loneMs = this.#lone.waitsMs(one, this.#cases.values(), nowMs);
    // A vote shortens the time that has run already; what was due before it came is due now, and nobody was late.
    one.schedule(this.self, this.settings, this.health, loneMs);
    one.dueMs = Math.max(one.dueMs, nowMs);
    let deadlineMs = Number.POSITIVE_INFINITY;
    for (const other of this.#cases.values()) deadlineMs = Math.min(deadlineMs, other.dueMs);
    this.#deadlineMs = deadlineMs;
  }
}
