/**
 * What neighbours say of others and of this hub: who is accused, who has refuted. Pure. Nothing is believed of a hub without its own proof, or an observer
 * that it has named itself.
 */
import type { HubId } from "../../core/ids.js";
import type { MemberUpdate } from "../../core/messages-liveness.js";
import type { Sink } from "../part.js";
import type { Docket } from "./docket.js";
import type { LocalHealth } from "./health.js";
import type { Heartbeats } from "./heartbeats.js";
import type { Probes } from "./probes.js";
import type { LivenessSettings } from "./settings.js";
import type { Spread } from "./spread.js";
import type { Standing } from "./standing.js";
import type { StatementCrypto } from "./statement.js";
import { CALM, type Watch } from "./watch.js";

/** The rest of the part. */
export interface HearsayContext {
  readonly self: HubId;
  readonly settings: LivenessSettings;
  readonly sink: Sink;
  /** Absent: statements are believed without proof. */
  readonly crypto: StatementCrypto | undefined;
  readonly health: LocalHealth;
  readonly beats: Heartbeats;
  readonly probes: Probes;
  readonly spread: Spread;
  readonly docket: Docket;
  readonly standing: Standing;
}

export class Hearsay {
  readonly #context: HearsayContext;

  constructor(context: HearsayContext) {
    this.#context = context;
  }

  /** Somebody is accused. */
  accused(from: HubId, said: MemberUpdate, nowMs: number): void {
    const { beats, docket, self, sink } = this.#context;
    const known = docket.get(said.hub);
    const watch = beats.get(said.hub);
    if (said.incarnation > (known?.incarnation ?? 0) && !this.#learn(from, said, nowMs)) return;
    if (known?.outdates(said.epoch, said.incarnation)) {
      const update = known.update();
      if (update !== undefined) sink.send(from, { type: "MEMBERS", updates: [update] });
      return;
    }
    const watchers = watch?.watchers ?? known?.watchers ?? [];
    const observers =
      watchers.length === 0 ? said.observers : said.observers.filter((hub) => watchers.includes(hub) || hub === self);
    if (observers.length === 0) {
      // No vote; but it may have been an observer until the accused closed their link, so let the accused judge.
      sink.count("mesh.liveness.notObserver");
      if (watch !== undefined) this.#warn(watch, said, nowMs);
      return;
    }
    if (watch === undefined) docket.hear(from, said, observers, undefined, nowMs);
    else this.#hearAboutNeighbour(from, said, observers, watch, nowMs);
  }

  #hearAboutNeighbour(from: HubId, said: MemberUpdate, observers: readonly HubId[], watch: Watch, nowMs: number): void {
    const { beats, docket, probes, settings } = this.#context;
    if (watch.misses === CALM && nowMs - watch.heardMs <= settings.freshMs) this.#warn(watch, said, nowMs);
    else docket.hear(from, said, observers, watch, nowMs);
    if (observers.includes(from)) probes.question({ hub: from, via: undefined }, watch.hub, nowMs);
    else beats.ask(watch, nowMs);
  }

  /** Lets the accused refute, once for all those that pass the accusation on. */
  #warn(watch: Watch, said: MemberUpdate, nowMs: number): void {
    const { settings, sink } = this.#context;
    const at = Math.floor(nowMs / settings.freshMs) % 2 ** 30;
    if (watch.warnedAt === at) return;
    watch.warnedAt = at;
    sink.send(watch.hub, { type: "MEMBERS", updates: [said] });
  }

  /** An accusation of a later incarnation must bring the accused's own word for it. */
  #learn(from: HubId, said: MemberUpdate, nowMs: number): boolean {
    return this.stated(from, { ...said, state: "alive", observers: [] }, nowMs);
  }

  /** A hub's own statement. @returns whether it is news that its proof bears out. */
  stated(from: HubId, said: MemberUpdate, nowMs: number): boolean {
    const { crypto, docket, sink } = this.#context;
    const { hub, state, epoch, incarnation, proof } = said;
    if (state !== "alive" && state !== "left") return false;
    if (docket.get(hub)?.outdates(epoch, incarnation)) return false;
    const holds =
      crypto === undefined || (proof !== undefined && crypto.holds({ hub, state, epoch, incarnation }, proof));
    if (!holds) sink.count("mesh.liveness.badProof");
    return holds && docket.state(said, from, nowMs);
  }

  /** Of this hub itself. */
  answer(from: HubId, said: MemberUpdate, nowMs: number): void {
    const { beats, health, self, sink, spread, standing } = this.#context;
    const rebuttal = standing.answer(said, nowMs);
    switch (rebuttal.type) {
      case "ignore":
        if (rebuttal.reason !== undefined) sink.count(rebuttal.reason);
        return;
      case "repeat":
        sink.send(from, { type: "MEMBERS", updates: [rebuttal.update] });
        return;
      case "refute":
        // One bad link among many is no fault of this hub's.
        if (beats.isHardOfHearing()) health.hurt(nowMs);
        spread.add(self, { update: () => rebuttal.update, from: undefined, toAll: true }, nowMs);
    }
  }
}
