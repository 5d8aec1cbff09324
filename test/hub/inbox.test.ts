/** The inbox over a store in memory, and the disk that it shares with the outbox. */
import { expect, test } from "vitest";
import { MindosError } from "../../runtime/core/errors.js";
import type { HubId } from "../../runtime/core/ids.js";
import type { NoteBody } from "../../runtime/core/notes.js";
import { Inbox } from "../../runtime/hub/inbox.js";
import { OutboxDisk } from "../../runtime/hub/outbox-disk.js";
import { createMemoryStore } from "../fakes/memory-store.js";

const ATTIC = "a".repeat(32) as HubId;
const CELLAR = "c".repeat(32) as HubId;

function note(number: number, bytes = 3): NoteBody {
  return {
    id: number.toString(16).padStart(16, "0"),
    wallMs: 1_780_000_000_000,
    content: new Uint8Array(bytes).fill(0x61),
  };
}

test("notes survive a restart, in the order in which they arrived", async () => {
  const store = createMemoryStore();
  const inbox = new Inbox(store);
  for (const [number, arrivedWallMs] of [
    [3, 1],
    [1, 2],
    [2, 3],
  ] as const)
    await store.write(inbox.take(number === 1 ? CELLAR : ATTIC, note(number), arrivedWallMs));
  const again = new Inbox(store);
  await again.load();
  expect((await again.list()).map(({ id, from, text }) => [Number(id), from, text])).toEqual([
    [3, ATTIC, "aaa"],
    [1, CELLAR, "aaa"],
    [2, ATTIC, "aaa"],
  ]);
});

test("the same note again is one note", async () => {
  const store = createMemoryStore();
  const inbox = new Inbox(store);
  await store.write([...inbox.take(ATTIC, note(1), 1), ...inbox.take(ATTIC, note(1), 2)]);
  expect(await inbox.list()).toMatchObject([{ arrivedWallMs: 2 }]);
});

test("of a full inbox whoever has most loses its oldest, and the others keep theirs", async () => {
  const store = createMemoryStore();
  const inbox = new Inbox(store);
  await store.write(inbox.take(CELLAR, note(1), 1));
  for (let number = 2; number < 400; number++) await store.write(inbox.take(ATTIC, note(number, 60_000), number));
  const held = await inbox.list();
  expect(held.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(16 * 1_048_576);
  expect(held[0]?.from).toBe(CELLAR);
  expect(Number(`0x${held.at(-1)?.id}`)).toBe(399);
  for (let number = 400; number < 1500; number++) await store.write(inbox.take(CELLAR, note(number), number));
  expect((await inbox.list()).length).toBeLessThanOrEqual(1000);
});

test("what was delivered is on disk with the window that acknowledges it, or neither is", async () => {
  const store = createMemoryStore();
  const disk = new OutboxDisk(store, () => undefined);
  const inbox = new Inbox(store);
  const window = [{ type: "put", key: "outbox/window/x", value: new Uint8Array(1) }] as const;
  let isWritten = false;
  const taken = disk.withNext(inbox.take(ATTIC, note(1), 1)).then(() => {
    isWritten = true;
  });
  store.failWith = new MindosError("DISK_FULL", "the disk is full");
  await expect(disk.write(window)).rejects.toThrow("the disk is full");
  expect(isWritten).toBe(false);
  expect(await inbox.list()).toEqual([]);
  store.failWith = undefined;
  await disk.write(window);
  await taken;
  expect(await inbox.list()).toHaveLength(1);
  expect(await store.get("outbox/window/x")).toBeDefined();
});

test("a disk that fails is told of once, and again only after it has worked", async () => {
  const store = createMemoryStore();
  const told: unknown[] = [];
  const disk = new OutboxDisk(store, (error) => told.push(error));
  const write = () => disk.write([{ type: "put", key: "outbox/x", value: new Uint8Array(1) }]).catch(() => undefined);
  for (const fails of [true, true, false, true]) {
    store.failWith = fails ? new MindosError("DISK_FULL", "the disk is full") : undefined;
    await write();
  }
  expect(told).toMatchObject([{ code: "DISK_FULL" }, { code: "DISK_FULL" }]);
});

test("more is delivered during one write than a store takes at once, and all of it is written", async () => {
  const store = createMemoryStore();
  const disk = new OutboxDisk(store, () => undefined);
  const inbox = new Inbox(store);
  const taken = Array.from({ length: 150 }, (_, at) => disk.withNext(inbox.take(ATTIC, note(at, 60_000), at)));
  await disk.write([{ type: "put", key: "outbox/window/x", value: new Uint8Array(1) }]);
  await Promise.all(taken);
  expect(await inbox.list()).toHaveLength(150);
});
