/**
 * Work that can wait while this hub is behind with what cannot. Pure. A part that is called late shows that the hub is: its tick
 * is then put off, a little at a time, while links, heartbeats and ways go on. So a house that comes up at once after a power cut,
 * or forty hubs on one computer, has its ways first and its comparisons of registries later. In virtual time nothing is late.
 */
import type { Rng } from "../../core/time.js";
import type { Part } from "../part.js";

export interface PatientSettings {
  /** As late as that, and the hub is behind. Timers of an idle process are 1 to 4 ms late. Unit: ms. */
  readonly lateMs: number;
  /** Until the next look. Unit: ms. */
  readonly pauseMs: number;
  /** Whatever else there is, it is done after so long. Unit: ms. */
  readonly pausesMsMax: number;
}

export const PATIENT_DEFAULTS: PatientSettings = { lateMs: 50, pauseMs: 250, pausesMsMax: 5000 };

export class Patient implements Part {
  readonly #part: Part;
  readonly #settings: PatientSettings;
  /** Put off until then; -Infinity: not. Unit: ms. */
  #untilMs = Number.NEGATIVE_INFINITY;
  /** Since when. Unit: ms. */
  #sinceMs = 0;

  constructor(part: Part, settings: PatientSettings = PATIENT_DEFAULTS) {
    this.#part = part;
    this.#settings = settings;
  }

  get deadlineMs(): number {
    const { deadlineMs } = this.#part;
    return deadlineMs > this.#untilMs ? deadlineMs : this.#untilMs;
  }

  tick(nowMs: number, rng: Rng): void {
    const { lateMs, pauseMs, pausesMsMax } = this.#settings;
    const isLate = nowMs - this.deadlineMs > lateMs;
    if (this.#part.deadlineMs > this.#untilMs) this.#sinceMs = nowMs;
    const waits = isLate && nowMs - this.#sinceMs < pausesMsMax;
    this.#untilMs = waits ? nowMs + pauseMs : Number.NEGATIVE_INFINITY;
    if (!waits) this.#part.tick(nowMs, rng);
  }
}
