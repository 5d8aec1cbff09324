import { beforeEach, describe, expect, it } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import type { Neighbour } from "../../../runtime/core/mesh.js";
import { Routes } from "../../../runtime/mesh/routing/routes.js";
import { ROUTING_DEFAULTS } from "../../../runtime/mesh/routing/settings.js";

const [SELF, ONE, TWO] = ["0a", "1b", "2c"].map((byte) => byte.repeat(16) as HubId) as [HubId, HubId, HubId];
const rng = (length: number): Uint8Array => new Uint8Array(length);

describe("what a hub says of itself", () => {
  let routes: Routes;
  /** The newest sequence number that each neighbour was told. */
  let told: Map<HubId, number>;
  let nowMs: number;

  beforeEach(() => {
    told = new Map();
    nowMs = 0;
    routes = new Routes(SELF, ROUTING_DEFAULTS, {
      route: () => undefined,
      count: () => undefined,
      notice: () => undefined,
      send(to, message) {
        if (message.type !== "ROUTE") return 0;
        for (const { hub, seqno } of message.updates ?? []) if (hub === SELF) told.set(to, seqno);
        return 1;
      },
    });
  });

  function up(hub: HubId): void {
    const neighbour: Neighbour = { hub, linkId: 1, name: hub, epoch: 1, upMs: nowMs, rttMs: Number.NaN, cost: 2 };
    routes.neighbourUp(neighbour, nowMs, rng);
    routes.onRoute(hub, { locator: [] }, nowMs, rng);
    pass(1000);
  }

  function down(hub: HubId): void {
    routes.neighbourDown(hub, nowMs, rng);
    pass(1000);
  }

  function pass(ms: number): void {
    const untilMs = nowMs + ms;
    for (; nowMs < untilMs; nowMs += 1) if (routes.deadlineMs <= nowMs) routes.tick(nowMs, rng);
  }

  it("has a new sequence number once it had lost all its neighbours, so that none has to be asked for", () => {
    up(ONE);
    const first = told.get(ONE) as number;
    up(TWO);
    expect(told.get(TWO)).toBe(first);
    down(ONE);
    down(TWO);
    pass(10_000);
    up(TWO);
    up(ONE);
    expect([told.get(TWO), told.get(ONE)]).toEqual([first + 1, first + 1]);
  });

  it("has the same one when a neighbour of several comes back", () => {
    up(ONE);
    up(TWO);
    const first = told.get(TWO) as number;
    down(TWO);
    up(TWO);
    expect(told.get(TWO)).toBe(first);
  });
});
