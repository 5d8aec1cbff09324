/**
 * Work that can wait while this hub is behind with what cannot (`lateness.ts`). Pure. The part's tick is then put off, a little at a time, while
 * links, heartbeats and ways go on. So a house that comes up at once after a power cut, or forty hubs on one computer, has its
 * ways first and its comparisons of registries later.
 */
import type { Rng } from "../../core/time.js";
import type { Part } from "../part.js";
import type { Lateness } from "./lateness.js";

export interface PatientSettings {
  /** Until the next look. Unit: ms. */
  readonly pauseMs: number;
  /** Whatever else there is, it is done after so long. Unit: ms. */
  readonly pausesMsMax: number;
}

export const PATIENT_DEFAULTS: PatientSettings = { pauseMs: 250, pausesMsMax: 5000 };

export class Patient implements Part {
  readonly #part: Part;
  readonly #lateness: Lateness;
  readonly #settings: PatientSettings;
  readonly #isUrgent: () => boolean;
  /** Put off until then; -Infinity: not. Unit: ms. */
  #untilMs = Number.NEGATIVE_INFINITY;
  /** Since when. Unit: ms. */
  #sinceMs = 0;

  /** @param isUrgent what the part has to do cannot wait either. */
  constructor(part: Part, lateness: Lateness, settings: PatientSettings = PATIENT_DEFAULTS, isUrgent = () => false) {
    this.#part = part;
    this.#lateness = lateness;
    this.#settings = settings;
    this.#isUrgent = isUrgent;
  }

  get deadlineMs(): number {
    const { deadlineMs } = this.#part;
    return deadlineMs > this.#untilMs ? deadlineMs : this.#untilMs;
  }

  tick(nowMs: number, rng: Rng): void {
    const { pauseMs, pausesMsMax } = this.#settings;
    if (this.#part.deadlineMs > this.#untilMs) this.#sinceMs = nowMs;
    const waits = this.#lateness.isBehind(nowMs) && nowMs - this.#sinceMs < pausesMsMax && !this.#isUrgent();
    this.#untilMs = waits ? nowMs + pauseMs : Number.NEGATIVE_INFINITY;
    if (!waits) this.#part.tick(nowMs, rng);
  }
}
