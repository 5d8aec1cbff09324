import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { FairQueue } from "../../../runtime/mesh/outbox/fair-queue.js";
import { InWindow } from "../../../runtime/mesh/outbox/in-window.js";
import {
  parcelBytes,
  parcelKey,
  readRecord,
  streamBytes,
  streamKey,
  windowBytes,
  windowKey,
} from "../../../runtime/mesh/outbox/records.js";

describe("the window of a stream", () => {
  const step = fc.oneof(
    fc.record({ arrive: fc.integer({ min: 1, max: 1500 }) }),
    fc.record({ settle: fc.integer({ min: 1, max: 800 }) }),
    fc.record({ restart: fc.constant(true) }),
  );

  test("takes each number once, whatever arrives, is given up, and however often the hub restarts", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        let window = new InWindow(1, 0);
        const settled = new Set<number>();
        let below = 0;
        for (const one of steps) {
          if ("settle" in one) {
            window.settleUpTo(one.settle);
            below = Math.max(below, one.settle);
          } else if ("restart" in one) window = new InWindow(1, window.floor, window.above());
          else {
            const arrival = window.arrive(one.arrive);
            const known = settled.has(one.arrive) || one.arrive <= below;
            if (arrival === "ahead") expect(one.arrive - window.floor).toBeGreaterThan(1024);
            else expect(arrival).toBe(known ? "duplicate" : "new");
            if (arrival === "new") settled.add(one.arrive);
          }
        }
      }),
    );
  });
});

describe("the queue of priorities", () => {
  test("gives each what was put in, in order, and twice the share to the next priority", () => {
    const queue = new FairQueue<string>();
    for (let i = 0; i < 100; i++) for (const priority of [2, 3, 4]) queue.push(priority, `${priority}:${i}`);
    const first = Array.from({ length: 70 }, () => queue.pop() as string);
    const share = [2, 3, 4].map((priority) => first.filter((one) => one.startsWith(`${priority}`)).length);
    expect(share).toEqual([10, 20, 40]);
    const rest = Array.from({ length: 230 }, () => queue.pop() as string);
    for (const priority of [2, 3, 4])
      expect([...first, ...rest].filter((one) => one.startsWith(`${priority}`))).toEqual(
        Array.from({ length: 100 }, (_, i) => `${priority}:${i}`),
      );
    expect([queue.size, queue.pop(), queue.peek()]).toEqual([0, undefined, undefined]);
  });

  test("who was idle has saved up no turns", () => {
    const queue = new FairQueue<number>();
    for (let i = 0; i < 100; i++) queue.push(1, 1);
    for (let i = 0; i < 50; i++) queue.pop();
    for (let i = 0; i < 100; i++) queue.push(0, 0);
    const next = Array.from({ length: 30 }, () => queue.pop());
    expect(next.filter((one) => one === 0).length).toBeLessThanOrEqual(11);
  });

  test("stays in order over many more than one run of its array", () => {
    const queue = new FairQueue<number>();
    let popped = 0;
    for (let i = 0; i < 5000; i++) {
      queue.push(3, 2 * i);
      queue.push(3, 2 * i + 1);
      expect(queue.pop()).toBe(popped++);
    }
    expect(queue.size).toBe(5000);
  });
});

describe("records", () => {
  const origin = "a".repeat(32) as HubId;
  const to = "b".repeat(32) as HubId;

  test("come back as they were written", () => {
    const parcel = {
      origin,
      to,
      stream: 2 ** 50,
      number: 7,
      expiresWallMs: 1.78e12,
      priority: 5,
      kind: 22,
      content: Uint8Array.of(1, 2),
      proof: undefined,
    };
    for (const proof of [undefined, new Uint8Array(96).fill(3)]) {
      const one = { ...parcel, proof };
      expect(readRecord(parcelKey(one), parcelBytes(one))).toEqual({ type: "parcel", ...one });
    }
    const stream = { to, stream: 8192, next: 12 };
    expect(readRecord(streamKey(to), streamBytes(stream))).toEqual({ type: "stream", ...stream });
    const window = { origin, stream: 8192, floor: 9, above: Uint8Array.of(2) };
    expect(readRecord(windowKey(origin), windowBytes(window))).toEqual({ type: "window", ...window });
  });

  test("any other bytes under any key are no record, and never more than that", () => {
    const key = fc.oneof(
      fc.constantFrom(
        streamKey(to),
        windowKey(origin),
        `outbox/parcel/${origin}/${to}/1/2`,
        `outbox/parcel/${origin}/${to}/-1/x`,
      ),
      fc.string().map((text) => `outbox/${text}`),
    );
    fc.assert(
      fc.property(key, fc.uint8Array({ maxLength: 40 }), (name, bytes) => {
        expect(() => readRecord(name, bytes)).not.toThrow();
      }),
    );
    expect(readRecord(streamKey(to), Uint8Array.of(2, ...new Uint8Array(16)))).toBeUndefined();
    expect(readRecord(streamKey(to), Uint8Array.of(1, 0, 0))).toBeUndefined();
  });
});
