/**
 * Telling the neighbours: MEMBERS updates, gathered for an instant and sent once to each. Pure.
 * Links lose nothing, so an update need not be repeated as in SWIM: every hub hands it on once, which floods a sparse cell;
 * in a dense one at most ⌈λ · log2(n + 1)⌉ neighbours get it from each.
 */
import type { HubId } from "../../core/ids.js";
import { MEMBER_UPDATES_MAX, type MemberUpdate } from "../../core/messages-liveness.js";
import type { Sink } from "../part.js";
import type { LivenessSettings } from "./settings.js";
import type { Watch } from "./watch.js";

/** Messages for a new neighbour: what is known of a cell in transition. */
const BRIEFING_UPDATES_MAX = 8 * MEMBER_UPDATES_MAX;

interface Queued {
  /** Built when it is sent, so that what changed meanwhile is in it; undefined: there is nothing to say any more. */
  readonly update: () => MemberUpdate | undefined;
  /** Who told this hub, if somebody did: it need not hear it again. */
  readonly from: HubId | undefined;
  /** Own words go to every neighbour. */
  readonly toAll: boolean;
}

export class Spread {
  /** Made when there is something to say: most hubs never have. */
  #queue: Map<HubId, Queued> | undefined;
  #sentMs = Number.NEGATIVE_INFINITY;
  #deadlineMs = Number.POSITIVE_INFINITY;
  /** Where among the neighbours the next one begins, so that not always the same are left out. */
  #turn = 0;

  constructor(
    readonly settings: LivenessSettings,
    readonly sink: Sink,
  ) {}

  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  /** Bounded by the number of cases: one entry for each hub, the newest. */
  add(hub: HubId, queued: Queued, nowMs: number): void {
    this.#queue ??= new Map();
    const earlier = this.#queue.get(hub);
    const merged = earlier !== undefined && earlier.from !== queued.from ? { ...queued, from: undefined } : queued;
    this.#queue.set(hub, merged);
    this.#deadlineMs = Math.max(nowMs, this.#sentMs + this.settings.spreadPaceMs);
  }

  /** @param cellSize hubs that are to hear it. */
  flush(watches: readonly Watch[], cellSize: number, nowMs: number): void {
    if (nowMs < this.#deadlineMs) return;
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    this.#sentMs = nowMs;
    const queued = [...(this.#queue?.values() ?? [])].flatMap(({ update, from, toAll }) => {
      const built = update();
      return built === undefined ? [] : [{ update: built, from, toAll }];
    });
    this.#queue = undefined;
    if (queued.length === 0) return;
    const fanout = Math.ceil(this.settings.spreadFactor * Math.log2(cellSize + 1));
    this.#turn += fanout;
    for (const [index, watch] of watches.entries()) {
      const isInTurn = (index + this.#turn) % watches.length < fanout;
      const updates = queued
        .filter(({ update, from, toAll }) => (isInTurn || toAll || update.hub === watch.hub) && from !== watch.hub)
        .map(({ update }) => update);
      this.#send(watch.hub, updates);
    }
  }

  /** Tells a new neighbour what it should know, at once. */
  brief(hub: HubId, updates: readonly MemberUpdate[]): void {
    this.#send(hub, updates.slice(0, BRIEFING_UPDATES_MAX));
  }

  #send(hub: HubId, updates: readonly MemberUpdate[]): void {
    for (let at = 0; at < updates.length; at += MEMBER_UPDATES_MAX)
      this.sink.send(hub, { type: "MEMBERS", updates: updates.slice(at, at + MEMBER_UPDATES_MAX) });
  }
}
