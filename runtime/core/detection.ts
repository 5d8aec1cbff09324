/** Something that a model or an agent noticed, with what it rests on. Pure. */
import type { Origin } from "./advert.js";
import type { HubId, SensorId } from "./ids.js";

export interface Evidence {
  readonly hub: HubId;
  readonly sensor: SensorId;
  readonly place?: string;
  readonly quantity?: string;
  readonly value?: number;
  /** Unit: ms since 1970. */
  readonly wallMs?: number;
}

export interface Detection {
  /** Stable while the event lasts, so that repeated raising is one detection. */
  readonly id: string;
  readonly kind: "anomaly";
  readonly sensor: SensorId;
  readonly place?: string;
  /** 0–1, the model's calibrated output. */
  readonly score: number;
  readonly threshold: number;
  readonly model: string;
  /** When it began and, once it is over, when it ended. Unit: ms since 1970. */
  readonly startedWallMs: number;
  readonly endedWallMs?: number;
  readonly origin: Origin;
  readonly summary: string;
  readonly evidence: readonly Evidence[];
}
