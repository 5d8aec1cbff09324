import { describe, expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import type { Locator } from "../../../runtime/core/mesh.js";
import type { Message } from "../../../runtime/core/messages.js";
import { HOPS_MAX, type RoutedFrame } from "../../../runtime/core/routed.js";
import { ERROR_NUMBER, Forwarder } from "../../../runtime/mesh/forwarding/forwarder.js";
import { FORWARDING_DEFAULTS } from "../../../runtime/mesh/forwarding/settings.js";
import type { Ways } from "../../../runtime/mesh/forwarding/ways.js";
import { messageOfName } from "../../../runtime/wire/messages.js";

const id = (name: string): HubId => name.padEnd(32, "0") as HubId;
const [self, other, far, left, right] = ["a", "b", "c", "d", "e"].map(id) as [HubId, HubId, HubId, HubId, HubId];

interface Bench {
  readonly forwarder: Forwarder;
  readonly counts: string[];
  readonly routed: { to: HubId; message: Message }[];
  readonly penalised: { via: HubId; untilMs: number }[];
  readonly forgotten: HubId[];
  ways: { next: HubId | undefined; alternative: HubId | undefined };
  known: Locator | undefined;
  nextFor: (locator: Locator | undefined) => HubId | undefined;
}

function bench(): Bench {
  const counts: string[] = [];
  const routed: Bench["routed"] = [];
  const penalised: Bench["penalised"] = [];
  const state = {
    ways: { next: left as HubId | undefined, alternative: right as HubId | undefined },
    known: undefined as Locator | undefined,
    nextFor: (_locator: Locator | undefined): HubId | undefined => state.ways.next,
  };
  const ways: Ways = {
    locator: [],
    topLevel: 0,
    cell: () => [self],
    regions: () => [],
    nextHop: (_to, locator) => state.nextFor(locator),
    nextHopTo: () => undefined,
    alternative: (_to, _locator, not) =>
      [state.ways.next, state.ways.alternative].find((hub) => hub !== undefined && hub !== not),
    penalise: (via, untilMs) => void penalised.push({ via, untilMs }),
  };
  const forgotten: HubId[] = [];
  const forwarder = new Forwarder({
    hub: self,
    epoch: 3,
    ways,
    known: () => state.known,
    forget: (hub) => void forgotten.push(hub),
    sink: { count: (name) => void counts.push(name), route: (to, message) => void routed.push({ to, message }) },
  });
  return Object.assign(state, { forwarder, counts, routed, penalised, forgotten });
}

const frame = (more: Partial<RoutedFrame> = {}): RoutedFrame => ({
  src: other,
  srcEpoch: 1,
  dst: far,
  hops: 4,
  seq: 1,
  payload: { number: 9, encoded: new Uint8Array(8) },
  ...more,
});

describe("at its destination", () => {
  test("a frame is delivered once", () => {
    const { forwarder, counts } = bench();
    expect(forwarder.forward(frame({ dst: self }), left, 0)).toEqual({ type: "deliver" });
    expect(forwarder.forward(frame({ dst: self, hops: 9 }), right, 0)).toEqual({ type: "drop", reason: "duplicate" });
    expect(counts).toEqual(["mesh.forwarding.duplicate"]);
  });
});

describe("on the way", () => {
  test("it goes on with one hop more, and is otherwise the same", () => {
    const { forwarder } = bench();
    const on = forwarder.forward(frame(), other, 0);
    expect(on).toEqual({ type: "send", to: left, frame: { ...frame(), locator: undefined, hops: 5 } });
  });

  test("seen again it takes the alternative, and after a few visits it is dropped; its source is told, what is remembered here is not used again, and no link is cut", () => {
    const { forwarder, counts, routed, forgotten } = bench();
    const visits = Array.from({ length: FORWARDING_DEFAULTS.visitsMax + 1 }, () =>
      forwarder.forward(frame(), other, 0),
    );
    expect(visits.map((one) => (one.type === "send" ? one.to : one.type))).toEqual([left, right, left, right, "drop"]);
    expect(counts.filter((name) => name === "mesh.forwarding.loop")).toHaveLength(1);
    expect(routed).toMatchObject([{ to: other, message: { type: "ERROR", code: "UNREACHABLE", hub: far } }]);
    expect(forgotten).toEqual([far]);
  });

  test("it does not go straight back where there is another way", () => {
    const one = bench();
    expect(one.forwarder.forward(frame(), left, 0)).toMatchObject({ to: right });
    one.ways.alternative = undefined;
    expect(one.forwarder.forward(frame({ seq: 2 }), left, 0)).toMatchObject({ to: left });
  });

  test("the hop limit ends it", () => {
    const { forwarder } = bench();
    expect(forwarder.forward(frame({ hops: HOPS_MAX - 1 }), other, 0)).toMatchObject({ type: "send" });
    expect(forwarder.forward(frame({ hops: HOPS_MAX, seq: 2 }), other, 0)).toEqual({
      type: "drop",
      reason: "hop-limit",
    });
  });

  test("a stale locator is mended by what this hub knows, else the directory is asked", () => {
    const one = bench();
    const stale = [id("1")];
    one.nextFor = (locator) => (locator === one.known ? left : undefined);
    one.known = [id("2")];
    expect(one.forwarder.forward(frame({ locator: stale }), other, 0)).toMatchObject({
      type: "send",
      frame: { locator: one.known, hops: 5 },
    });
    one.known = undefined;
    one.nextFor = () => undefined;
    expect(one.forwarder.forward(frame({ locator: stale, seq: 2 }), other, 0)).toMatchObject({ type: "resolve" });
  });
});

describe("a hub that cannot be reached", () => {
  test("is told to the source, not more often than the rate, and never about an error or one's own frame", () => {
    const { forwarder, routed } = bench();
    forwarder.unreachable(frame(), 0);
    expect(routed).toMatchObject([{ to: other, message: { type: "ERROR", code: "UNREACHABLE", hub: far } }]);
    forwarder.unreachable(frame({ payload: { number: ERROR_NUMBER, encoded: new Uint8Array(1) } }), 0);
    forwarder.unreachable(frame({ src: self }), 0);
    expect(routed).toHaveLength(1);
    for (let i = 0; i < 1000; i++) forwarder.unreachable(frame(), 0);
    expect(routed).toHaveLength(FORWARDING_DEFAULTS.errorsPerSecond);
  });

  test("ERROR has the number that is known here", () => {
    expect(messageOfName("ERROR")?.number).toBe(ERROR_NUMBER);
  });
});

describe("what acknowledgements teach", () => {
  const send = (one: Bench, dst: HubId): HubId | undefined => {
    const verdict = one.forwarder.forward(one.forwarder.frameTo(dst, frame().payload), undefined, 0);
    return verdict.type === "send" ? verdict.to : undefined;
  };

  test("the next try of what was lost takes the other way", () => {
    const one = bench();
    expect(send(one, far)).toBe(left);
    one.forwarder.learn(far, false, 0);
    expect(send(one, far)).toBe(right);
    one.forwarder.learn(far, true, 0);
    expect(send(one, far)).toBe(left);
  });

  test("a neighbour that swallows what others deliver is penalised, each time for longer", () => {
    const one = bench();
    one.ways.alternative = undefined;
    one.ways.next = right;
    for (let i = 0; i < 10; i++) {
      send(one, id(`f${i}`));
      one.forwarder.learn(id(`f${i}`), true, 0);
    }
    one.ways.next = left;
    for (let i = 0; i < 20; i++) {
      send(one, id(`9${i}`));
      one.forwarder.learn(id(`9${i}`), false, 1000);
    }
    expect(one.penalised.map(({ via }) => via)).toEqual(new Array(one.penalised.length).fill(left));
    expect(one.penalised.slice(0, 2).map(({ untilMs }) => untilMs)).toEqual([61_000, 121_000]);
  });

  test("when nothing arrives anywhere it is no neighbour's fault", () => {
    const one = bench();
    for (let i = 0; i < 50; i++) {
      one.ways.next = i % 2 === 0 ? left : right;
      send(one, id(`9${i}`));
      one.forwarder.learn(id(`9${i}`), false, 0);
    }
    expect(one.penalised).toEqual([]);
  });
});

test("100,000 decisions take less than half a second", () => {
  const { forwarder } = bench();
  const frames = Array.from({ length: 1000 }, (_, i) => frame({ src: id(`${i % 50}`), seq: i }));
  const begunMs = performance.now();
  for (let round = 0; round < 100; round++)
    for (const one of frames) forwarder.forward({ ...one, seq: one.seq + round * 1000 }, other, 0);
  expect(performance.now() - begunMs).toBeLessThan(500);
});
