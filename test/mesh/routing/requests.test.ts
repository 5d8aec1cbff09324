/** Two neighbours and one destination: asking for a newer sequence number, again where a question was lost on its way; and doubt. */
import { describe, expect, it } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import type { RouteBody, RouteRequest } from "../../../runtime/core/messages-routing.js";
import type { Sink } from "../../../runtime/mesh/part.js";
import { Routes } from "../../../runtime/mesh/routing/routes.js";
import { ROUTING_DEFAULTS } from "../../../runtime/mesh/routing/settings.js";

const rng = (length: number) => new Uint8Array(length);
const anId = (n: number) => n.toString(16).padStart(32, "0") as HubId;
const [SELF, NEAR, FAR, TARGET] = [anId(1), anId(2), anId(3), anId(4)];

class Bench {
  readonly sent: [HubId, RouteBody][] = [];
  readonly routes: Routes;
  nowMs = 1000;

  constructor() {
    const sink: Sink = {
      send: (to, message) => {
        if (message.type === "ROUTE") this.sent.push([to, message]);
        return 1;
      },
      route: () => undefined,
      count: () => undefined,
      notice: () => undefined,
    };
    this.routes = new Routes(SELF, ROUTING_DEFAULTS, sink);
    for (const [hub, cost] of [
      [NEAR, 10],
      [FAR, 20],
    ] as const) {
      this.routes.neighbourUp({ hub, cost } as never, this.nowMs, rng);
      this.routes.onRoute(hub, { locator: [] }, this.nowMs, rng);
    }
    this.wait(200);
  }

  wait(ms: number): void {
    const endMs = this.nowMs + ms;
    while (this.routes.deadlineMs <= endMs) {
      this.nowMs = Math.max(this.nowMs, this.routes.deadlineMs);
      this.routes.tick(this.nowMs, rng);
    }
    this.nowMs = endMs;
  }

  says(hub: HubId, metric: number | undefined): void {
    const body: RouteBody =
      metric === undefined
        ? { withdrawn: [TARGET] }
        : { updates: [{ hub: TARGET, seqno: 0, metric, version: 0, sizes: [] }] };
    this.routes.onRoute(hub, body, this.nowMs, rng);
  }

  /** Requests for the target since the last call. */
  asked(): (readonly [HubId, RouteRequest])[] {
    const found = this.sent.flatMap(([to, { requests = [] }]) =>
      requests.filter(({ hub }) => hub === TARGET).map((request) => [to, request] as const),
    );
    this.sent.length = 0;
    return found;
  }
}

describe("a way that is not feasible", () => {
  it("is asked for again once it is the only one, though the question for a shorter way was lost", () => {
    const bench = new Bench();
    bench.says(NEAR, 10);
    bench.says(NEAR, 100);
    bench.says(FAR, 30);
    bench.wait(200);
    expect(bench.asked().map(([to]) => to)).toEqual([FAR]);
    bench.says(NEAR, undefined);
    expect(bench.routes.nextHop(TARGET, undefined)).toBeUndefined();
    bench.wait(10);
    expect(bench.asked().map(([to]) => to)).toEqual([FAR]);
  });

  it("is asked for again when a neighbour that had lost it has it again", () => {
    const bench = new Bench();
    bench.says(NEAR, 10);
    bench.says(NEAR, 100);
    bench.says(FAR, 30);
    bench.wait(200);
    bench.asked();
    bench.says(FAR, undefined);
    bench.wait(200);
    bench.says(FAR, 30);
    bench.wait(200);
    expect(bench.asked().map(([to]) => to)).toEqual([FAR]);
  });

  it("is asked for again and again, ever more seldom, and then no more", () => {
    const bench = new Bench();
    bench.says(NEAR, 10);
    bench.says(FAR, 30);
    bench.says(NEAR, undefined);
    bench.wait(300_000);
    expect(bench.asked()).toHaveLength(7);
  });
});

describe("a neighbour that may be dead", () => {
  const both = (): Bench => {
    const bench = new Bench();
    bench.says(NEAR, 10);
    bench.says(FAR, 15);
    return bench;
  };

  it("is avoided until it is said that it lives", () => {
    const { nowMs, routes } = both();
    routes.doubt(NEAR, true, nowMs);
    expect(routes.nextHop(TARGET, undefined)).toBe(FAR);
    routes.doubt(NEAR, false, nowMs);
    expect(routes.nextHop(TARGET, undefined)).toBe(NEAR);
  });

  it("is used again after 15 s, though nobody has said anything", () => {
    const bench = both();
    bench.routes.doubt(NEAR, true, bench.nowMs);
    bench.wait(14_900);
    expect(bench.routes.nextHop(TARGET, undefined)).toBe(FAR);
    bench.wait(200);
    expect(bench.routes.nextHop(TARGET, undefined)).toBe(NEAR);
  });
});
