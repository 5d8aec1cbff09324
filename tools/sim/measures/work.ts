/** What applications say meanwhile: broadcasts and parcels, each with a token of its own, and who got them how often. */
import type { IntentId } from "../../../runtime/core/ids.js";
import type { NodeEffect } from "../../../runtime/mesh/node/inputs.js";
import { OUTBOX_PREFIX } from "../../../runtime/mesh/outbox/records.js";
import { KILLED, OFF, RUNNING } from "../engine/hub-rows.js";
import { Random } from "../engine/random.js";
import type { Simulation } from "../engine/simulation.js";
import type { Observer } from "../engine/simulation-options.js";
import { isHealthy } from "../faults.js";
import type { Plan } from "../plan.js";
import type { Violations } from "../violations.js";
import { type Figures, quantile } from "./figures.js";

/** Whoever was well this long before and after a broadcast has got it, where others that were well lead to it: what is cut off meanwhile need not. */
const SETTLE_MS = 10_000;
const GOSSIP = "GOSSIP.gossip";
/** As long as the mesh keeps a parcel at most: none may expire while a split lasts. */
const PARCEL_TTL_MS = 72 * 3_600_000;

interface Broadcast {
  readonly sentMs: number;
  readonly from: number;
  readonly wellBefore: Uint8Array;
  readonly got: Uint8Array;
  delivered: number;
  lastMs: number;
}

interface Parcel {
  readonly to: number;
  /** What its record's key begins with, in the write of the hub that sends it. */
  readonly key: string;
  /** That write; undefined: not asked for yet. */
  serial: number | undefined;
  /** Before, nothing was promised. */
  isKept: boolean;
  deliveries: number;
}

/** What a hub was given and has not on disk yet. As an application that keeps what it is given with the window that acknowledges it. */
interface Unwritten {
  readonly parcel: Parcel;
  /** Of the write that holds it; undefined: the next. */
  serial: number | undefined;
}

export class WorkMeasure implements Observer {
  readonly #sim: Simulation;
  readonly #violations: Violations;
  readonly #random: Random;
  readonly #broadcasts = new Map<string, Broadcast>();
  readonly #parcels = new Map<string, Parcel>();
  readonly #unkept = new Map<number, Set<Parcel>>();
  readonly #unwritten = new Map<number, Unwritten[]>();
  readonly #spreadMs: number[] = [];
  #tokens = 0;
  #expected = 0;
  #arrived = 0;
  /** From the first broadcast, and from the first that counts. */
  readonly #copies: Copies;
  readonly #steadyCopies: Copies;

  constructor(sim: Simulation, plan: Plan, seed: number, violations: Violations) {
    this.#sim = sim;
    this.#violations = violations;
    this.#random = new Random(seed ^ 0x3041);
    sim.observers.push(this);
    const { broadcasts, parcels } = plan;
    this.#copies = new Copies(sim, broadcasts?.fromMs, broadcasts?.toMs);
    this.#steadyCopies = new Copies(sim, broadcasts?.steadyMs ?? broadcasts?.fromMs, broadcasts?.toMs);
    if (broadcasts !== undefined) {
      for (let ms = broadcasts.fromMs; ms < broadcasts.toMs; ms += broadcasts.everyMs)
        sim.at(ms, () => this.#publish());
    }
    if (parcels !== undefined) {
      for (let ms = parcels.fromMs; ms < parcels.toMs; ms += parcels.everyMs) sim.at(ms, () => this.#send());
    }
  }

  hubState(hub: number, state: number): void {
    if (state === OFF || state === KILLED) {
      this.#unwritten.delete(hub);
      this.#unkept.delete(hub);
    }
    // A new start has no memory of what the old one was told; what is reliable, it must remember.
    if (state === RUNNING) for (const { got } of this.#broadcasts.values()) got[hub] = 0;
  }

  effect(hub: number, effect: NodeEffect): void {
    if (effect.type === "write") {
      for (const one of this.#unwritten.get(hub) ?? []) one.serial ??= effect.serial;
      for (const parcel of this.#unkept.get(hub) ?? [])
        if (effect.operations.some(({ type, key }) => type === "put" && key.startsWith(parcel.key)))
          parcel.serial ??= effect.serial;
      return;
    }
    if (effect.type !== "deliver" || effect.message.type !== "CANCEL") return;
    const token = effect.message.intentId;
    const broadcast = this.#broadcasts.get(token);
    if (broadcast !== undefined) this.#heard(hub, broadcast);
    const parcel = this.#parcels.get(token);
    if (parcel === undefined) return;
    if (parcel.to !== hub) this.#violations.add("misdelivered", `a parcel for hub ${parcel.to} reached hub ${hub}`);
    const unwritten = this.#unwritten.get(hub);
    if (unwritten === undefined) this.#unwritten.set(hub, [{ parcel, serial: undefined }]);
    else unwritten.push({ parcel, serial: undefined });
  }

  written(hub: number, serial: number): void {
    for (const parcel of this.#unkept.get(hub) ?? []) {
      if (parcel.serial === undefined || parcel.serial > serial) continue;
      parcel.isKept = true;
      this.#unkept.get(hub)?.delete(parcel);
    }
    const unwritten = this.#unwritten.get(hub);
    if (unwritten === undefined) return;
    const left: Unwritten[] = [];
    for (const one of unwritten) {
      if (one.serial === undefined || one.serial > serial) left.push(one);
      else this.#delivered(hub, one.parcel);
    }
    if (left.length === 0) this.#unwritten.delete(hub);
    else this.#unwritten.set(hub, left);
  }

  #delivered(hub: number, parcel: Parcel): void {
    parcel.deliveries += 1;
    if (parcel.deliveries > 1) this.#violations.add("duplicate", `hub ${hub} got a parcel ${parcel.deliveries} times`);
  }

  figures(): Figures {
    const parcels = [...this.#parcels.values()].filter(({ isKept }) => isKept);
    const spread = this.#spreadMs.sort((a, b) => a - b);
    return {
      ...(this.#expected === 0 ? {} : { broadcastDelivered: this.#arrived / this.#expected }),
      ...(this.#steadyCopies.each === undefined ? {} : { broadcastCopies: this.#steadyCopies.each }),
      ...(this.#copies.each === undefined ? {} : { broadcastCopiesFromFirst: this.#copies.each }),
      ...(spread.length === 0
        ? {}
        : { broadcastLastP50Ms: quantile(spread, 0.5), broadcastLastMaxMs: quantile(spread, 1) }),
      ...(parcels.length === 0
        ? {}
        : {
            parcels: parcels.length,
            parcelsDelivered: parcels.filter(({ deliveries }) => deliveries > 0).length / parcels.length,
            parcelsLost: parcels.filter(({ deliveries }) => deliveries === 0).length,
            parcelsTwice: parcels.filter(({ deliveries }) => deliveries > 1).length,
          }),
    };
  }

  #publish(): void {
    const sim = this.#sim;
    const from = this.#runningHub();
    if (from === undefined) return;
    const token = this.#token();
    const wellBefore = Uint8Array.from({ length: sim.hubs.count }, (_, hub) =>
      isHealthy(sim, hub, SETTLE_MS) ? 1 : 0,
    );
    const got = new Uint8Array(sim.hubs.count);
    got[from] = 1;
    const broadcast = { sentMs: sim.nowMs, from, wellBefore, got, delivered: 0, lastMs: sim.nowMs };
    this.#broadcasts.set(token, broadcast);
    sim.input(from, { type: "publish", scope: "everyone", message: { type: "CANCEL", intentId: token } });
    sim.at(sim.nowMs + SETTLE_MS, () => this.#settle(token, broadcast));
  }

  #heard(hub: number, broadcast: Broadcast): void {
    if (hub !== broadcast.from && broadcast.got[hub] === 1) {
      this.#violations.add("duplicate", `hub ${hub} got a broadcast of hub ${broadcast.from} twice`);
    }
    if (broadcast.got[hub] === 0) broadcast.delivered += 1;
    broadcast.got[hub] = 1;
    broadcast.lastMs = this.#sim.nowMs;
  }

  #settle(token: string, broadcast: Broadcast): void {
    const sim = this.#sim;
    this.#copies.add(broadcast);
    this.#steadyCopies.add(broadcast);
    this.#spreadMs.push(broadcast.lastMs - broadcast.sentMs);
    const isWell = (hub: number) => broadcast.wellBefore[hub] === 1 && isHealthy(sim, hub, SETTLE_MS);
    const component = sim.topology.components((hub) => (hub === broadcast.from ? sim.isRunning(hub) : isWell(hub)));
    for (let hub = 0; hub < sim.hubs.count; hub++) {
      if (hub === broadcast.from || component[hub] === -1 || component[hub] !== component[broadcast.from]) continue;
      this.#expected += 1;
      this.#arrived += broadcast.got[hub] as number;
    }
    this.#broadcasts.delete(token);
  }

  #send(): void {
    const from = this.#runningHub();
    const to = this.#runningHub();
    if (from === undefined || to === undefined || from === to) return;
    const token = this.#token();
    const key = `${OUTBOX_PREFIX}parcel/${this.#sim.idOf(from)}/${this.#sim.idOf(to)}/`;
    const parcel = { to, key, serial: undefined, isKept: false, deliveries: 0 };
    this.#parcels.set(token, parcel);
    const unkept = this.#unkept.get(from) ?? new Set();
    this.#unkept.set(from, unkept.add(parcel));
    this.#sim.input(from, {
      type: "send",
      to: this.#sim.idOf(to),
      message: { type: "CANCEL", intentId: token },
      reliable: { priority: 4, ttlMs: PARCEL_TTL_MS },
    });
  }

  #runningHub(): number | undefined {
    for (let tries = 0; tries < 100; tries++) {
      const hub = this.#random.whole(this.#sim.hubs.count);
      if (this.#sim.isRunning(hub)) return hub;
    }
    return undefined;
  }

  #token(): IntentId {
    this.#tokens += 1;
    return this.#tokens.toString(16).padStart(16, "0") as IntentId;
  }
}

/** Payload frames sent for each delivery, of the broadcasts of one span. Frames do not tell whose copy they are, so what the one before the span still
 *  sends counts, and what the last sends later than it is settled does not: broadcasts that are a second apart are over by then. */
class Copies {
  readonly #fromMs: number;
  #before = 0;
  #frames = 0;
  #deliveries = 0;

  /** @param fromMs undefined: nothing is counted. */
  constructor(sim: Simulation, fromMs = Number.POSITIVE_INFINITY, toMs = Number.POSITIVE_INFINITY) {
    this.#fromMs = fromMs;
    if (fromMs === Number.POSITIVE_INFINITY) return;
    sim.at(fromMs, () => {
      this.#before = sim.traffic.framesOf(GOSSIP);
    });
    sim.at(toMs + SETTLE_MS, () => {
      this.#frames = sim.traffic.framesOf(GOSSIP) - this.#before;
    });
  }

  /** A broadcast that is settled. */
  add({ sentMs, delivered }: Broadcast): void {
    if (sentMs >= this.#fromMs) this.#deliveries += delivered;
  }

  /** undefined: nothing was sent. */
  get each(): number | undefined {
    return this.#deliveries === 0 || this.#frames === 0 ? undefined : this.#frames / this.#deliveries;
  }
}
