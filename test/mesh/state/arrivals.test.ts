import { describe, expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { ARRIVALS_MAX, Arrivals } from "../../../runtime/mesh/state/arrivals.js";

const friend = "1".padStart(32, "0") as HubId;
const stranger = "2".padStart(32, "0") as HubId;

describe("what came in last", () => {
  test("is what came in since the link with that hub ended, each once, in order", () => {
    const arrivals = new Arrivals();
    for (let n = 0; n < 50; n++) arrivals.add(1000 + n, n * 1000);
    arrivals.parted(friend, 100_000);
    for (const position of [30, 20, 30]) for (let n = 0; n < 8; n++) arrivals.add(position + n, 110_000);
    expect(arrivals.since(friend)).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 30, 31, 32, 33, 34, 35, 36, 37]);
  });

  test("of a hub with which there never was a link is a fixed number", () => {
    const arrivals = new Arrivals();
    for (let n = 0; n < 200; n++) arrivals.add(n, n * 1000);
    expect(arrivals.since(stranger)).toHaveLength(128);
    expect(arrivals.since(stranger, 20)).toHaveLength(20);
  });

  test("is bounded: the oldest are not named", () => {
    const arrivals = new Arrivals();
    arrivals.parted(friend, 0);
    for (let n = 0; n < 3 * ARRIVALS_MAX; n++) arrivals.add(n, 1000);
    const since = arrivals.since(friend);
    expect(since).toHaveLength(ARRIVALS_MAX);
    expect(since[0]).toBe(2 * ARRIVALS_MAX);
  });

  test("is empty before anything came in", () => {
    expect(new Arrivals().since(friend)).toEqual([]);
  });
});
