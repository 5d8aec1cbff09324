import { beforeEach, describe, expect, it } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import type { Neighbour } from "../../../runtime/core/mesh.js";
import { COST_UNKNOWN } from "../../../runtime/mesh/node/cost.js";
import { Lateness } from "../../../runtime/mesh/node/lateness.js";
import { LINK_COSTS_DEFAULTS, LinkCosts } from "../../../runtime/mesh/node/link-costs.js";

const { settleMs, settleMsMax } = LINK_COSTS_DEFAULTS;
const HUB = "0a".repeat(16) as HubId;

describe("what a link costs", () => {
  let lateness: Lateness;
  let costs: LinkCosts;
  let neighbour: Neighbour;
  let isLinked: boolean;
  /** Each change: when, and to what. */
  let changes: [number, number][];
  let nowMs: number;

  beforeEach(() => {
    lateness = new Lateness();
    neighbour = { hub: HUB, linkId: 1, epoch: 1, name: "other", rttMs: Number.NaN, cost: COST_UNKNOWN, upMs: 0 };
    isLinked = true;
    changes = [];
    nowMs = 0;
    costs = new LinkCosts({
      lateness,
      isUp: () => isLinked,
      changed: ({ cost }) => changes.push([nowMs, cost]),
    });
  });

  function measured(rttMs: number): void {
    costs.measured(neighbour, rttMs, nowMs);
  }

  /** @param lateMs by so much each timer comes late. */
  function pass(untilMs: number, lateMs = 0): void {
    for (; nowMs < untilMs; nowMs += 100) {
      if (lateMs > 0) lateness.notice(nowMs - lateMs, nowMs);
      if (costs.deadlineMs <= nowMs) costs.tick(nowMs);
    }
  }

  /** As a mean that forgets an eighth a second does after a burst of work. */
  function fall(fromMs: number, toMs: number): void {
    for (let rttMs = fromMs; rttMs > toMs; rttMs *= 7 / 8) {
      measured(rttMs);
      pass(nowMs + 1000);
    }
    measured(toMs);
  }

  it("follows the first round trip, and each that is longer, at once", () => {
    measured(1);
    measured(50);
    expect(changes).toEqual([
      [0, 2],
      [0, 61],
    ]);
  });

  it("changes once, and not step by step, when the round trip falls and settles", () => {
    measured(50);
    fall(50, 2);
    const settledMs = nowMs;
    pass(nowMs + 2 * settleMs);
    expect(changes.slice(1)).toEqual([[settledMs + settleMs, 3]]);
    expect(costs.deadlineMs).toBe(Number.POSITIVE_INFINITY);
  });

  it("does not come down early because what fell rises a little", () => {
    measured(50);
    for (let i = 0; i < 10; i++) {
      measured(2);
      pass(nowMs + 500);
      measured(2.5);
      pass(nowMs + 500);
    }
    const settledMs = nowMs - 500 + settleMs;
    pass(nowMs + 2 * settleMs);
    expect(changes).toEqual([
      [0, 61],
      [settledMs, 4],
    ]);
  });

  it("follows a round trip that goes on falling after so long", () => {
    measured(4000);
    fall(3500, 1);
    expect(changes[1]?.[0]).toBe(settleMsMax);
  });

  it("is what it was while the hub is behind with its work, whatever is measured", () => {
    lateness.notice(-100, 0);
    measured(300);
    pass(10_000, 100);
    measured(400);
    pass(20_000, 100);
    measured(1);
    pass(20_500);
    expect(changes).toEqual([]);
    pass(30_000);
    expect(changes.map(([, cost]) => cost)).toEqual([2]);
  });

  it("follows its round trip, in steps, on a hub that is always behind", () => {
    lateness.notice(-100, 0);
    measured(300);
    pass(settleMsMax + 1000, 100);
    expect(changes).toEqual([[settleMsMax, 301]]);
  });

  it("is nobody's when the link has closed before its round trip settled", () => {
    measured(50);
    measured(2);
    isLinked = false;
    pass(2 * settleMs);
    expect(changes).toEqual([[0, 61]]);
    expect(costs.deadlineMs).toBe(Number.POSITIVE_INFINITY);
  });
});
