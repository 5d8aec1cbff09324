import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HubId } from "../../runtime/core/ids.js";
import type { HubState, HubView } from "../../runtime/core/status.js";
import { assignSlots, linksOf, RING_SLOTS, slotPoint } from "../../runtime/dashboard/page/graph.js";

const id = (name: string) => name.repeat(32).slice(0, 32) as HubId;
const view = (name: string, state: HubState = "alive", over: Partial<HubView> = {}): HubView => ({
  hub: id(name),
  name,
  state,
  neighbours: [],
  sensorCount: 0,
  topics: [],
  ...over,
});

describe("slots", () => {
  test("put this hub on top, and the others in the order of their ids", () => {
    const slots = assignSlots({}, [view("c"), view("b"), view("d", "self")]);
    expect(slots).toEqual({ [id("d")]: 0, [id("b")]: 1, [id("c")]: 2 });
    expect(slotPoint(0, 3)).toEqual({ x: 0, y: -1 });
  });

  test("of hubs that stay never change, whoever comes or goes", () => {
    const names = fc.uniqueArray(fc.constantFrom(..."abcdefgh"), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 8 }), (rounds) => {
        let slots: Readonly<Record<string, number>> = {};
        for (const round of rounds) {
          const next = assignSlots(
            slots,
            round.map((name) => view(name)),
          );
          expect(next).toMatchObject(slots);
          expect(new Set(Object.values(next)).size).toBe(Object.keys(next).length);
          slots = next;
        }
      }),
    );
  });

  test("of four hubs are the corners of a square", () => {
    const [top, left, right, bottom] = [0, 1, 2, 3].map((slot) => slotPoint(slot, 4));
    for (const [at, x, y] of [
      [top, 0, -1],
      [left, -1, 0],
      [right, 1, 0],
      [bottom, 0, 1],
    ] as const) {
      expect(at?.x).toBeCloseTo(x);
      expect(at?.y).toBeCloseTo(y);
    }
  });

  test("lie apart, inside the picture", () => {
    for (const slots of [3, 4, 6, RING_SLOTS]) {
      const points = Array.from({ length: slots }, (_, slot) => slotPoint(slot, slots));
      for (const [index, a] of points.entries()) {
        expect(Math.hypot(a.x, a.y)).toBeLessThan(1.0001);
        for (const b of points.slice(index + 1)) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(0.4);
      }
    }
  });
});

describe("links", () => {
  test("are drawn once, though both ends tell of them", () => {
    const hubs = [
      view("a", "self", { neighbours: [id("b")] }),
      view("b", "alive", { neighbours: [id("a")], rttMs: 4 }),
    ];
    expect(linksOf(hubs)).toEqual([{ key: `${id("a")}|${id("b")}`, from: id("a"), to: id("b"), rttMs: 4 }]);
  });

  test("need one end's word only, and carry no round trip that this hub has not measured", () => {
    expect(
      linksOf([view("b", "alive", { neighbours: [id("c")], rttMs: 4 }), view("c", "alive", { rttMs: 5 })]),
    ).toEqual([expect.objectContaining({ rttMs: undefined })]);
  });

  test("end where a hub is dead, unknown, or the same", () => {
    const hubs = [
      view("a", "self", { neighbours: [id("b"), id("z"), id("a")] }),
      view("b", "dead", { neighbours: [id("a")] }),
    ];
    expect(linksOf(hubs)).toEqual([]);
  });
});
