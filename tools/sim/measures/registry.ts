/**
 * A replicated registry before and after a split: whether every hub holds every entry, how long both sides take to hold the
 * same again, and what that costs over the links between them.
 */
import type { Message } from "../../../runtime/core/messages.js";
import type { NodeEffect } from "../../../runtime/mesh/node/inputs.js";
import type { Simulation } from "../engine/simulation.js";
import type { Observer } from "../engine/simulation-options.js";
import type { RegistryPlan, Span } from "../plan.js";
import type { Figures } from "./figures.js";

/** The registry of simulated hubs that plans write to. */
export const REGISTRY = "simulated";

const KEY_DIGITS = 32;
/** About an advert's size. */
const VALUE_BYTES = 96;
/** What an entry takes in a message beside its value: key, registry, two stamps, and the items' heads. */
const ENTRY_BYTES = KEY_DIGITS / 2 + 16;
/** Writes of one moment: a few fill a broadcast. */
const WRITES_AT_ONCE = 20;

export class RegistryMeasure implements Observer {
  readonly #sim: Simulation;
  readonly #plan: RegistryPlan;
  /** 1: of `side`. */
  readonly #sideOf: Uint8Array;
  /** Who has written how many of the changes. */
  readonly #changesBy = new Map<number, number>();
  /** What each hub has learned, or written, before the split and since it healed. */
  readonly #filled: Uint32Array;
  readonly #healed: Uint32Array;
  #firstMs: number | null = null;
  #healedMs: number | null = null;
  /** Over the links between the sides since they hear each other, and over the one that carried most. */
  #bytes = 0;
  readonly #bytesOf = new Map<number, number>();

  constructor(sim: Simulation, plan: RegistryPlan) {
    this.#sim = sim;
    this.#plan = plan;
    this.#sideOf = new Uint8Array(sim.hubs.count);
    for (const hub of plan.side) this.#sideOf[hub] = 1;
    this.#filled = new Uint32Array(sim.hubs.count);
    this.#healed = new Uint32Array(sim.hubs.count);
    sim.observers.push(this);
    const everybody = Array.from({ length: sim.hubs.count }, (_, hub) => hub);
    const sides = [0, 1].map((side) => everybody.filter((hub) => this.#sideOf[hub] === side));
    this.#write(everybody, 0, plan.entries, plan.filled, 0);
    for (const [side, hubs] of sides.entries()) this.#write(hubs, side * plan.changes, plan.changes, plan.changed, 1);
    sim.at(plan.healMs, () => {
      sim.linkFrame = (hub, linkId, message, bytes) => this.#sent(hub, linkId, message, bytes);
    });
  }

  effect(hub: number, effect: NodeEffect): void {
    if (effect.type !== "notice" || effect.notice.type !== "state") return;
    const { nowMs } = this.#sim;
    if (nowMs < this.#plan.changed.fromMs) this.#filled[hub] = (this.#filled[hub] as number) + 1;
    else if (nowMs >= this.#plan.healMs) {
      this.#healed[hub] = (this.#healed[hub] as number) + 1;
      this.#firstMs ??= nowMs - this.#plan.healMs;
      this.#healedMs = nowMs - this.#plan.healMs;
    }
  }

  /** `healFirstMs`: until the first entry had crossed: the wait for a link. `healMs`: until the last hub had the last entry of the other side; null when some never came.
   *  `healBytesRatio`: bytes of SYNC and GOSSIP over all links between the sides, for each byte of the entries that some part lacked; a part
   *  is what still heard each other: the two halves, and islands that their own half left out, which lack nearly everything that was written. */
  figures(): Figures {
    const { entries, changes } = this.#plan;
    const filled = shareOf(this.#filled, entries);
    const healed = shareOf(this.#healed, changes);
    const differing = this.#lacked() * (VALUE_BYTES + ENTRY_BYTES);
    return {
      registryFilled: filled,
      registryHealed: healed,
      healFirstMs: this.#firstMs,
      healMs: healed === 1 ? this.#healedMs : null,
      healBytesRatio: this.#bytes / differing,
      healLinkBytesRatio: Math.max(0, ...this.#bytesOf.values()) / differing,
      healLinks: this.#bytesOf.size,
      healParts: this.#parts().length,
    };
  }

  /** Entries, summed over the parts: what must cross at the least. */
  #lacked(): number {
    let lacked = 0;
    for (const part of this.#parts()) {
      lacked += 2 * this.#plan.changes;
      for (const hub of part) lacked -= this.#changesBy.get(hub) ?? 0;
    }
    return lacked;
  }

  #parts(): number[][] {
    const { topology } = this.#sim;
    const sideOf = this.#sideOf;
    const component = topology.components(
      () => true,
      (a, b) => sideOf[a] === sideOf[b],
    );
    const parts = new Map<number, number[]>();
    for (const [hub, number] of component.entries()) {
      const part = 2 * number + (sideOf[hub] as number);
      const hubs = parts.get(part);
      if (hubs === undefined) parts.set(part, [hub]);
      else hubs.push(hub);
    }
    return [...parts.values()];
  }

  /** @param version tells a second write of the same key from the first. */
  #write(hubs: readonly number[], first: number, count: number, { fromMs, toMs }: Span, version: number): void {
    const steps = Math.ceil(count / WRITES_AT_ONCE);
    for (let step = 0; step < steps; step++) {
      const hub = hubs[(step * 7) % hubs.length];
      if (hub === undefined) return;
      const from = first + step * WRITES_AT_ONCE;
      const to = Math.min(first + count, from + WRITES_AT_ONCE);
      if (version === 1) this.#changesBy.set(hub, (this.#changesBy.get(hub) ?? 0) + to - from);
      this.#sim.at(fromMs + ((toMs - fromMs) * step) / steps, () => {
        for (let entry = from; entry < to; entry++) this.#put(hub, entry, version);
      });
    }
  }

  #put(hub: number, entry: number, version: number): void {
    const value = new Uint8Array(VALUE_BYTES);
    new DataView(value.buffer).setUint32(0, entry * 2 + version);
    const key = entry.toString(16).padStart(KEY_DIGITS, "0");
    const major = Math.floor(this.#sim.wallMs(hub));
    this.#sim.input(hub, { type: "put", registry: REGISTRY, key, major, minor: version, value });
  }

  #sent(hub: number, linkId: number, { type }: Message, bytes: number): void {
    if (type !== "SYNC" && type !== "GOSSIP") return;
    const { connections } = this.#sim;
    const end = connections.rows.endOf(linkId);
    if (end < 0 || this.#sideOf[hub] === this.#sideOf[connections.peerOf(end)]) return;
    this.#bytes += bytes;
    this.#bytesOf.set(end >> 1, (this.#bytesOf.get(end >> 1) ?? 0) + bytes);
  }
}

/** How much of what each was to learn was learned. */
function shareOf(learned: Uint32Array, wanted: number): number {
  let sum = 0;
  for (const count of learned) sum += Math.min(count, wanted);
  return sum / (wanted * learned.length);
}
