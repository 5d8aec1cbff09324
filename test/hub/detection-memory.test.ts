/** What a hub still knows of detections after a restart, over a store in memory and the disk that it shares with the outbox. */
import { expect, test } from "vitest";
import { createCounters } from "../../runtime/core/counters.js";
import type { Detection } from "../../runtime/core/detection.js";
import { MindosError } from "../../runtime/core/errors.js";
import { type HubId, type SensorId, sensorIdFromAddress } from "../../runtime/core/ids.js";
import type { Store } from "../../runtime/core/ports.js";
import { News, type NewsOptions } from "../../runtime/hub/news.js";
import { OutboxDisk } from "../../runtime/hub/outbox-disk.js";
import { createMemoryStore } from "../fakes/memory-store.js";

const SELF = "f".repeat(32) as HubId;
const ATTIC = "a".repeat(32) as HubId;
const CELLAR = "c".repeat(32) as HubId;
const SENSOR = sensorIdFromAddress("C0:FF:EE:00:00:01") as SensorId;

function detection(id: string, startedWallMs: number, endedWallMs?: number): Detection {
  const event = { id, kind: "anomaly", sensor: SENSOR, score: 0.9, threshold: 0.5 } as const;
  const about = { model: "climate-anomaly", origin: "live", summary: "cold", evidence: [] } as const;
  return { ...event, ...about, startedWallMs, ...(endedWallMs === undefined ? {} : { endedWallMs }) };
}

/** A start of the hub. */
async function start(store: Store) {
  const disk = new OutboxDisk(store, () => undefined);
  const counters = createCounters();
  const clock = { now: 0, nowMs: () => clock.now, wallMs: () => clock.now };
  const news = new News({
    ...{ self: SELF, clock, counters, store, disk, rng: () => 0.5, emit: () => {}, away: () => [] },
    publisher: { detection: () => {} },
    mesh: { broadcast: () => {}, send: () => {} },
    lastSaid: () => [],
    onProblem: (error: unknown) => expect.unreachable(String(error)),
  } as unknown as NewsOptions);
  await news.load();
  const known = (): unknown[] => news.detections.newestFirst().map(({ id, endedWallMs }) => [id, endedWallMs]);
  return { news, disk, clock, counters, known };
}

test("what others have told it is known after a restart, in order, and goes on as far as is known", async () => {
  const store = createMemoryStore();
  const first = await start(store);
  first.news.onDetection(ATTIC, detection("b", 2000), false);
  first.news.raise(detection("c", 3000));
  first.news.onDetection(CELLAR, detection("a/1", 1000, 1500), false);
  await first.disk.write([]);
  const second = await start(store);
  expect(second.known()).toEqual([
    ["c", 3000],
    ["b", undefined],
    ["a/1", 1500],
  ]);
  second.news.onDetection(CELLAR, detection("b", 2000, 2500), false);
  expect(second.counters.snapshot()["mesh.detectionOfAnother"]).toBe(1);
  second.news.onDetection(ATTIC, detection("b", 2000, 2500), false);
  await second.disk.write([]);
  expect((await start(store)).known()[1]).toEqual(["b", 2500]);
});

test("what its sender is told has arrived is on disk with the window that says so, known before or not, or neither is", async () => {
  const store = createMemoryStore();
  const { news, disk } = await start(store);
  const window = { type: "put", key: "outbox/window/a", value: new Uint8Array(1) } as const;
  store.failWith = new MindosError("DISK_FULL", "the disk is full");
  news.onDetection(ATTIC, detection("a", 1000), false);
  news.onDetection(ATTIC, detection("a", 1000), true);
  await expect(disk.write([window])).rejects.toThrow();
  store.failWith = undefined;
  expect((await start(store)).known()).toEqual([]);
  await disk.write([window]);
  expect((await start(store)).known()).toEqual([["a", undefined]]);
});

test("an end that has come is not undone on disk by what waited for this hub meanwhile", async () => {
  const store = createMemoryStore();
  const { news, disk } = await start(store);
  news.onDetection(ATTIC, detection("a", 1000, 1500), false);
  news.onDetection(ATTIC, detection("a", 1000), true);
  await disk.write([]);
  expect((await start(store)).known()).toEqual([["a", 1500]]);
});

test("a hub that tells too much wears no card, and takes room from itself alone", async () => {
  const store = createMemoryStore();
  const { news, disk, clock, counters } = await start(store);
  news.onDetection(CELLAR, detection("a", 0), false);
  for (let n = 0; n < 500; n++) news.onDetection(ATTIC, detection(`${n}`, 1000 + n), false);
  expect(counters.snapshot()["mesh.detectionUnkept"]).toBe(441);
  for (let n = 500; n < 900; n++) {
    clock.now += 5001;
    news.onDetection(ATTIC, detection(`${n}`, 1000 + n), false);
  }
  await disk.write([]);
  const known = (await start(store)).known();
  expect(known).toHaveLength(100);
  expect(known.at(-1)).toEqual(["a", undefined]);
  expect(known[0]).toEqual(["899", undefined]);
});
