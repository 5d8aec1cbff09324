import { describe, expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import type { Coordinate } from "../../../runtime/core/mesh.js";
import { Coordinates } from "../../../runtime/mesh/coordinates/coordinates.js";
import { distanceMs } from "../../../runtime/mesh/coordinates/distance.js";
import { LatencyFilter } from "../../../runtime/mesh/coordinates/latency-filter.js";
import { hubAt, seeded } from "../overlay/seeded.js";

interface Matrix {
  readonly count: number;
  rttMs(a: number, b: number): number;
}

/** Hubs in three towns 20 ms apart, each with an access line of its own, and jitter. */
function towns(count: number, seed: number): Matrix {
  const { fraction } = seeded(seed);
  const places = Array.from({ length: count }, (_, i) => ({
    x: (i % 3) * 20 + fraction() * 6,
    y: (i % 3 === 1 ? 15 : 0) + fraction() * 6,
    access: 0.5 + fraction() * 4,
  }));
  return {
    count,
    rttMs(a, b) {
      const [one, other] = [places[a]!, places[b]!];
      return Math.hypot(one.x - other.x, one.y - other.y) + one.access + other.access;
    },
  };
}

/** Each hub measures its own few neighbours only, as in a mesh. */
function settle(matrix: Matrix, neighbours: number, rounds: number, seed: number): Coordinates[] {
  const { rng, below, fraction } = seeded(seed);
  const hubs = Array.from({ length: matrix.count }, () => new Coordinates());
  const links = hubs.map((_, i) =>
    Array.from({ length: neighbours }, () => below(matrix.count)).filter((j) => j !== i),
  );
  for (let round = 0; round < rounds; round++) {
    for (const [i, hub] of hubs.entries()) {
      for (const j of links[i]!) {
        const jittered = matrix.rttMs(i, j) * (1 + 0.1 * (fraction() - 0.5)) + (fraction() < 0.02 ? 200 : 0);
        hub.sample(hubAt(j), jittered, hubs[j]!.own, rng);
      }
    }
  }
  return hubs;
}

function relativeErrors(matrix: Matrix, hubs: readonly Coordinates[]): number[] {
  const errors: number[] = [];
  for (let a = 0; a < matrix.count; a++) {
    for (let b = 0; b < a; b++) {
      const actual = matrix.rttMs(a, b);
      errors.push(Math.abs(distanceMs(hubs[a]!.own, hubs[b]!.own) - actual) / actual);
    }
  }
  return errors.sort((a, b) => a - b);
}

describe("coordinates", () => {
  test("estimate the round trip between hubs that never met, with a median error below 15 %", () => {
    const matrix = towns(120, 1);
    const errors = relativeErrors(matrix, settle(matrix, 6, 60, 2));
    expect(errors[errors.length >> 1]!).toBeLessThan(0.15);
  });

  test("stay where they are once they fit", () => {
    const matrix = towns(60, 3);
    const before = settle(matrix, 6, 80, 4).map((hub) => hub.own);
    const after = settle(matrix, 6, 90, 4).map((hub) => hub.own);
    const moved = before.map((own, i) => distanceMs({ ...own, heightMs: 0 }, { ...after[i]!, heightMs: 0 }));
    expect(moved.sort((a, b) => a - b)[30]!).toBeLessThan(3);
  });

  test("two hubs on one spot move apart", () => {
    const { rng } = seeded(5);
    const [a, b] = [new Coordinates(), new Coordinates()];
    for (let i = 0; i < 40; i++) {
      a.sample(hubAt(1), 10, b.own, rng);
      b.sample(hubAt(0), 10, a.own, rng);
    }
    expect(distanceMs(a.own, b.own)).toBeGreaterThan(9);
    expect(distanceMs(a.own, b.own)).toBeLessThan(11);
  });

  test("an observation out of all bounds is refused and moves nothing", () => {
    const { rng } = seeded(6);
    const hub = new Coordinates();
    const before = hub.own;
    const fine: Coordinate = { vector: [1, 0, 0, 0, 0, 0, 0, 0], heightMs: 1, error: 1 };
    for (const rttMs of [-1, Number.NaN, 60_000]) expect(hub.sample(hubAt(1), rttMs, fine, rng)).toBe(false);
    for (const bad of [
      { ...fine, vector: [1, 2] },
      { ...fine, vector: fine.vector.map(() => Number.NaN) },
      { ...fine, heightMs: 1e9 },
      { ...fine, error: Number.POSITIVE_INFINITY },
    ]) {
      expect(hub.sample(hubAt(1), 5, bad, rng)).toBe(false);
    }
    expect(hub.own).toEqual(before);
  });

  test("a member that lies about where it is cannot push a hub out of bounds", () => {
    const { rng } = seeded(7);
    const hub = new Coordinates();
    for (let i = 0; i < 5000; i++) {
      hub.sample(hubAt(1), 9999, { vector: [i % 2, 0, 0, 0, 0, 0, 0, 0], heightMs: 6000, error: 0 }, rng);
    }
    for (const value of hub.own.vector) expect(Math.abs(value)).toBeLessThanOrEqual(6000);
  });

  test("what is told is in whole tenths of a millisecond", () => {
    const matrix = towns(10, 8);
    for (const { own } of settle(matrix, 3, 10, 9)) {
      for (const value of [...own.vector, own.heightMs]) expect(Math.round(value * 10) / 10).toBe(value);
    }
  });

  test("a restored coordinate is a start with less certainty", () => {
    const kept: Coordinate = { vector: [5, 1, 0, 0, 0, 0, 0, 0], heightMs: 1, error: 0.1 };
    const hub = new Coordinates();
    hub.restore(kept);
    expect(hub.own).toEqual({ ...kept, error: 0.5 });
  });
});

describe("the latency filter", () => {
  const hub = hubAt(1) as HubId;
  test("gives the median of the last three", () => {
    const filter = new LatencyFilter();
    expect([5, 200, 6, 7, 1].map((rttMs) => filter.push(hub, rttMs))).toEqual([5, 5, 6, 7, 6]);
  });

  test("forgets a hub whose link has ended", () => {
    const filter = new LatencyFilter();
    filter.push(hub, 1);
    filter.forget(hub);
    expect(filter.size).toBe(0);
  });
});
