/**
 * What hubs that are away miss of this hub's detections: that one began, and that it ended, waits for them in the outbox. Those that are
 * here hear of every change by broadcast, and newcomers of what goes on. Pure.
 */
import { LruMap } from "../core/bounded.js";
import type { Detection } from "../core/detection.js";
import type { HubId } from "../core/ids.js";
import type { Message } from "../core/messages.js";
import type { Reliability } from "../mesh/node/inputs.js";

/** As a cell: more are not watched, so nobody here knows that they are away. */
const HUBS_MAX = 64;
/** Detections that go on at once; one beyond it is told again when it changes. */
const KNOWN_MAX = 200;
/** Who is found to be dead may have heard nothing for so long: a stall that was borne. Unit: ms. */
const UNHEARD_MS = 30_000;
/** Above notes of people, below what is urgent; as long as a parcel may live. */
const RELIABILITY: Reliability = { priority: 5, ttlMs: 72 * 3_600_000 };

interface Said {
  readonly detection: Detection;
  readonly saidMs: number;
}

export interface MissedDetectionsOptions {
  /** Members of the home that nobody reaches. */
  readonly away: () => readonly HubId[];
  readonly send: (to: HubId, message: Message, reliability: Reliability) => void;
}

export class MissedDetections {
  readonly #options: MissedDetectionsOptions;
  /** By id: as it was told last. */
  readonly #said = new LruMap<string, Said>(KNOWN_MAX);

  constructor(options: MissedDetectionsOptions) {
    this.#options = options;
  }

  /** This hub has begun, changed or ended one. */
  raised(detection: Detection, nowMs: number): void {
    const isNew = this.#said.get(detection.id) === undefined;
    this.#said.set(detection.id, { detection, saidMs: nowMs });
    if (!isNew && detection.endedWallMs === undefined) return;
    for (const hub of this.#options.away().slice(0, HUBS_MAX)) this.#tell(hub, detection);
  }

  /** That hub is gone: what was said within the last moments it has not heard. */
  hubDead(hub: HubId, nowMs: number): void {
    if (!this.#options.away().includes(hub)) return;
    for (const [, { detection, saidMs }] of this.#said.entries())
      if (nowMs - saidMs < UNHEARD_MS) this.#tell(hub, detection);
  }

  #tell(hub: HubId, detection: Detection): void {
    this.#options.send(hub, { type: "DETECTION", ...detection }, RELIABILITY);
  }
}
