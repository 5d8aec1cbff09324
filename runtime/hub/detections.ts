/**
 * The detections that this hub has raised or heard of, newest last, bounded: whoever has most here loses its oldest. An id seen again replaces the older one. Pure.
 *
 * The end of another hub's detection may never come: that hub died, or was out of reach when it said so. So each hub repeats those of
 * its own that go on, and holds another's for over when its hub is gone, or has long been silent about it.
 */
import { oldestOfGreatest } from "../core/bounded.js";
import type { Detection } from "../core/detection.js";
import type { HubId } from "../core/ids.js";

const DETECTIONS_MAX = 200;
/** Seldom, since it is for those alone that missed an end. Unit: ms. */
const REPEAT_MS = 600_000;
/** Two repeats may be lost. Unit: ms. */
const SILENT_MS = 1_900_000;
/** Of one look, once a second: a hub with a hundred broken sensors must not use up what others take of it. */
const REPEATS_AT_ONCE = 2;

export interface KnownDetection {
  readonly hub: HubId;
  readonly detection: Detection;
}

interface Entry extends KnownDetection {
  /** When it was told last, or heard. Unit: ms. */
  saidMs: number;
  /** It is over as far as is known here; its hub has not said so, and may still do, or speak of it again. */
  readonly presumed: boolean;
}

/** "changed": to be told on; "same": a repeat; "foreign": another hub owns this id. */
export type Taken = "changed" | "same" | "foreign";

export class Detections {
  readonly #self: HubId;
  readonly #byId = new Map<string, Entry>();
  #raised = 0;

  constructor(self: HubId) {
    this.#self = self;
  }

  /** Of this hub's own agents, since start; an event counts once. */
  get raised(): number {
    return this.#raised;
  }

  /** What an earlier run raised or heard of. */
  restore(known: readonly KnownDetection[], nowMs: number): void {
    const oldestFirst = [...known].sort((a, b) => a.detection.startedWallMs - b.detection.startedWallMs);
    for (const { hub, detection } of oldestFirst) this.#put(hub, detection, nowMs);
  }

  known(id: string): KnownDetection | undefined {
    return this.#byId.get(id);
  }

  /** A detection is only ever changed by who raised it. */
  take(hub: HubId, detection: Detection, nowMs: number): Taken {
    const known = this.#byId.get(detection.id);
    if (known !== undefined && known.hub !== hub) return "foreign";
    if (known === undefined && hub === this.#self) this.#raised += 1;
    if (known !== undefined && (isSame(known.detection, detection) || isOvertaken(known, detection))) {
      known.saidMs = nowMs;
      return "same";
    }
    this.#put(hub, detection, nowMs);
    return "changed";
  }

  /** That hub is dead, has left, or is out: nobody watches what it watched. @returns what has ended by that. */
  gone(hub: HubId): KnownDetection[] {
    return this.#end((entry) => entry.hub === hub);
  }

  /** @returns what has ended since its hub has long said nothing of it. */
  expire(nowMs: number): KnownDetection[] {
    return this.#end((entry) => entry.hub !== this.#self && nowMs - entry.saidMs >= SILENT_MS);
  }

  /** @returns those of this hub that are to be told again. */
  toRepeat(nowMs: number): Detection[] {
    const due = [...this.#byId.values()].filter(
      (entry) => this.#isOwnAndOn(entry) && nowMs - entry.saidMs >= REPEAT_MS,
    );
    const some = due.slice(0, REPEATS_AT_ONCE);
    for (const entry of some) entry.saidMs = nowMs;
    return some.map(({ detection }) => detection);
  }

  newestFirst(): Detection[] {
    return [...this.#byId.values()].map(({ detection }) => detection).reverse();
  }

  /** Those of this hub that still go on, to be told to a hub that comes later. */
  ongoing(): Detection[] {
    return [...this.#byId.values()].filter((entry) => this.#isOwnAndOn(entry)).map(({ detection }) => detection);
  }

  #isOwnAndOn({ hub, detection }: Entry): boolean {
    return hub === this.#self && detection.endedWallMs === undefined;
  }

  #put(hub: HubId, detection: Detection, nowMs: number): void {
    this.#byId.delete(detection.id);
    this.#byId.set(detection.id, { hub, detection, saidMs: nowMs, presumed: false });
    if (this.#byId.size <= DETECTIONS_MAX) return;
    const [oldest] = oldestOfGreatest(this.#byId, ([, entry]) => entry.hub) ?? [];
    if (oldest !== undefined) this.#byId.delete(oldest);
  }

  #end(isOver: (entry: Entry) => boolean): KnownDetection[] {
    const ended: KnownDetection[] = [];
    for (const [id, entry] of this.#byId) {
      if (entry.detection.endedWallMs !== undefined || !isOver(entry)) continue;
      // In place: the order of the others stays.
      const over: Entry = { ...entry, detection: closed(entry.detection), presumed: true };
      this.#byId.set(id, over);
      ended.push(over);
    }
    return ended;
  }
}

/** Over, as far as is known: it was last seen with its newest evidence, or when it began. */
export function closed(detection: Detection): Detection {
  const seenWallMs = detection.evidence.map(({ wallMs = detection.startedWallMs }) => wallMs);
  const endedWallMs = detection.endedWallMs ?? Math.max(detection.startedWallMs, ...seenWallMs);
  return { ...detection, endedWallMs };
}

/** What waited for this hub while it was away may come after its own end. */
function isOvertaken({ detection, presumed }: Entry, later: Detection): boolean {
  return detection.endedWallMs !== undefined && !presumed && later.endedWallMs === undefined;
}

function isSame(a: Detection, b: Detection): boolean {
  return (
    a.endedWallMs === b.endedWallMs &&
    a.startedWallMs === b.startedWallMs &&
    a.score === b.score &&
    a.summary === b.summary &&
    a.evidence.length === b.evidence.length
  );
}
