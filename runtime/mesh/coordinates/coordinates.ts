/**
 * Where this hub is in the space of round trips: Vivaldi (Dabek et al., SIGCOMM 2004) as serf's coordinate package has it:
 * 8 dimensions and a height, error, latency filter, gravity, and the adjustment term of Lee et al. (2010). Pure.
 * One difference: the adjustment is told as a part of the height, since both only ever appear in the sum.
 */
import type { HubId } from "../../core/ids.js";
import type { Coordinate } from "../../core/mesh.js";
import type { Rng } from "../../core/time.js";
import { COORDINATE_MAX_MS, COORDINATE_STEP_MS, distanceMs, isCoordinate, straightMs } from "./distance.js";
import { LatencyFilter } from "./latency-filter.js";
import type { CoordinateSettings } from "./settings.js";
import { COORDINATE_DEFAULTS } from "./settings.js";

/** Two points nearer than this have no direction between them. Unit: ms. */
const SAME_PLACE_MS = 1e-3;
/** Below this a round trip counts as this: relative errors need a denominator, and clocks have a grain. Unit: ms. */
const RTT_MIN_MS = 0.01;

export class Coordinates {
  readonly #filter = new LatencyFilter();
  #vector: Float64Array;
  #heightMs: number;
  #error: number;
  #adjustmentMs = 0;
  /** A ring; created by the first observation. */
  #residuals: Float64Array | undefined;
  #observations = 0;
  #own: Coordinate | undefined;

  constructor(readonly settings: CoordinateSettings = COORDINATE_DEFAULTS) {
    this.#vector = new Float64Array(settings.dimensions);
    this.#heightMs = settings.heightMinMs;
    this.#error = settings.errorMax;
  }

  /** As it is told to others: in whole steps. */
  get own(): Coordinate {
    this.#own ??= this.#snapshot();
    return this.#own;
  }

  /** Estimated round trip from this hub. Unit: ms. */
  distanceTo(other: Coordinate): number {
    return distanceMs(this.own, other);
  }

  /** One observation: the round trip to a hub, and where that hub says it is.
   *  @returns false when it is not one that can be reckoned with (a remote's mistake). */
  sample(hub: HubId, rttMs: number, remote: Coordinate, rng: Rng): boolean {
    if (!(rttMs >= 0 && rttMs <= this.settings.rttMaxMs) || !isCoordinate(remote)) return false;
    const filteredMs = Math.max(RTT_MIN_MS, this.#filter.push(hub, rttMs));
    this.#vivaldi(filteredMs, remote, rng);
    this.#adjust(filteredMs, remote);
    this.#gravity();
    this.#own = undefined;
    if (!this.#inBounds()) this.#reset();
    return true;
  }

  /** The link has ended. */
  forget(hub: HubId): void {
    this.#filter.forget(hub);
  }

  /** Begin where an earlier run was. */
  restore(coordinate: Coordinate): void {
    if (!isCoordinate(coordinate)) return;
    this.#vector = Float64Array.from(coordinate.vector);
    this.#heightMs = Math.max(this.settings.heightMinMs, coordinate.heightMs);
    // It may have been carried elsewhere since: sure enough to start from, not to insist on.
    this.#error = Math.max(0.5, coordinate.error);
    this.#own = undefined;
  }

  #vivaldi(rttMs: number, remote: Coordinate, rng: Rng): void {
    const { errorGain, moveGain, errorMax } = this.settings;
    const distance = Math.max(0, this.#rawMs(remote) + this.#adjustmentMs);
    const wrongness = Math.abs(distance - rttMs) / rttMs;
    const weight = this.#error / Math.max(1e-6, this.#error + remote.error);
    this.#error = Math.min(errorMax, errorGain * weight * wrongness + this.#error * (1 - errorGain * weight));
    this.#push(moveGain * weight * (rttMs - distance), remote.vector, remote.heightMs, rng);
  }

  /** Half of the mean residual: the other end corrects the other half. */
  #adjust(rttMs: number, remote: Coordinate): void {
    const size = this.settings.adjustmentSamples;
    this.#residuals ??= new Float64Array(size);
    this.#residuals[this.#observations % size] = rttMs - this.#rawMs(remote);
    this.#observations += 1;
    let sum = 0;
    for (const residual of this.#residuals) sum += residual;
    this.#adjustmentMs = sum / (2 * size);
  }

  #gravity(): void {
    const origin = ORIGIN;
    const distance = straightMs(this.#vector, origin) + this.#heightMs;
    this.#push(-((distance / this.settings.gravityRhoMs) ** 2), origin, this.settings.heightMinMs, undefined);
  }

  /** Moves away from a point by so many milliseconds; a negative force pulls. */
  #push(forceMs: number, from: ArrayLike<number>, heightMs: number, rng: Rng | undefined): void {
    const length = straightMs(this.#vector, from);
    if (length > SAME_PLACE_MS) {
      for (let i = 0; i < this.#vector.length; i++) {
        const here = this.#vector[i] ?? 0;
        this.#vector[i] = here + (forceMs * (here - (from[i] ?? 0))) / length;
      }
      const height = this.#heightMs + (forceMs * (this.#heightMs + heightMs)) / length;
      this.#heightMs = Math.max(this.settings.heightMinMs, height);
      return;
    }
    if (rng === undefined) return;
    // On one spot: any direction will do, as long as two such hubs take different ones.
    const bytes = rng(this.#vector.length);
    const direction = Float64Array.from(bytes, (byte) => byte - 127.5);
    const norm = straightMs(direction, ORIGIN);
    for (let i = 0; i < this.#vector.length; i++) {
      this.#vector[i] = (this.#vector[i] ?? 0) + (forceMs * (direction[i] ?? 0)) / norm;
    }
  }

  #rawMs(remote: Coordinate): number {
    return straightMs(this.#vector, remote.vector) + this.#heightMs + remote.heightMs;
  }

  #inBounds(): boolean {
    for (const value of this.#vector) if (!(Math.abs(value) <= COORDINATE_MAX_MS)) return false;
    return this.#heightMs <= COORDINATE_MAX_MS && Number.isFinite(this.#adjustmentMs) && Number.isFinite(this.#error);
  }

  /** A hub that was pushed out of bounds, or into NaN, starts again, as in serf. */
  #reset(): void {
    this.#vector.fill(0);
    this.#heightMs = this.settings.heightMinMs;
    this.#error = this.settings.errorMax;
    this.#adjustmentMs = 0;
    this.#residuals = undefined;
    this.#observations = 0;
    this.#own = undefined;
  }

  #snapshot(): Coordinate {
    return {
      // Sliced: what `Array.from` makes has room for 17 more, and each hub holds the coordinates of many.
      vector: Array.from(this.#vector, stepped).slice(),
      heightMs: stepped(Math.min(COORDINATE_MAX_MS, Math.max(0, this.#heightMs + this.#adjustmentMs))),
      error: Math.round(this.#error * 100) / 100,
    };
  }
}

const ORIGIN: ArrayLike<number> = Object.freeze([0, 0, 0, 0, 0, 0, 0, 0]);

function stepped(ms: number): number {
  const steps = Math.round(ms / COORDINATE_STEP_MS);
  return steps === 0 ? 0 : steps / (1 / COORDINATE_STEP_MS);
}
