/** How far apart two coordinates say that their hubs are. Pure. Vivaldi with height: Dabek et al. (SIGCOMM 2004), §5.4. */
import type { Coordinate } from "../../core/mesh.js";

/** Coordinates travel in whole steps of this; finer would be noise. Unit: ms. */
export const COORDINATE_STEP_MS = 0.1;
/** Further than any round trip on Earth, and by satellite. Unit: ms. */
export const COORDINATE_MAX_MS = 6000;
export const COORDINATE_DIMENSIONS = 8;

/** @returns the estimated round trip. Unit: ms. */
export function distanceMs(a: Coordinate, b: Coordinate): number {
  return Math.max(0, straightMs(a.vector, b.vector) + a.heightMs + b.heightMs);
}

export function straightMs(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}

/** Whether a coordinate from elsewhere may be reckoned with. */
export function isCoordinate({ vector, heightMs, error }: Coordinate): boolean {
  if (vector.length !== COORDINATE_DIMENSIONS) return false;
  for (const value of vector) if (!(Math.abs(value) <= COORDINATE_MAX_MS)) return false;
  return heightMs >= 0 && heightMs <= COORDINATE_MAX_MS && error >= 0 && error <= 1.5;
}
