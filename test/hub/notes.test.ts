/** What must arrive, between whole hubs in this process: notes and detections, over restarts of either side, and through a custodian. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type Config, defaultConfig } from "../../runtime/config/config.js";
import type { Detection } from "../../runtime/core/detection.js";
import type { SensorId } from "../../runtime/core/ids.js";
import type { NotesApi, NotesView } from "../../runtime/core/notes.js";
import type { MindosEvent } from "../../runtime/core/status.js";
import type { RunningHub } from "../../runtime/hub/parts.js";
import { startHub } from "../../runtime/hub.js";
import { createDevelopmentHome } from "../../runtime/io/home/home-development.js";

const folders: string[] = [];
const running = new Set<RunningHub>();

afterEach(async () => {
  for (const hub of running) await hub.stop();
  running.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly hub: RunningHub;
  readonly notes: NotesApi;
  readonly events: MindosEvent[];
  stop(): Promise<void>;
}

async function start(dataDir: string, name: string, peers: readonly string[] = []): Promise<Started> {
  const events: MindosEvent[] = [];
  const config: Config = defaultConfig({
    ...{ dataDir, name, peers, mqttPort: 0, httpPort: 0, linkHost: "127.0.0.1", discovery: false },
    bluetooth: { enabled: false },
    inference: { backend: "off" },
  });
  const hub = await startHub(config, { emit: (event) => events.push(event) });
  running.add(hub);
  await until(() => hub.status().linkPort !== undefined);
  const { notes } = hub;
  if (notes === undefined) throw new Error("a hub without notes");
  return {
    ...{ hub, notes, events },
    async stop() {
      running.delete(hub);
      await hub.stop();
    },
  };
}

async function homeOf(count: number): Promise<string[]> {
  const made = Array.from({ length: count }, () => mkdtempSync(join(tmpdir(), "mindos-notes-")));
  folders.push(...made);
  await createDevelopmentHome(made, { wallMs: Date.now(), lifeMs: 3_600_000 });
  return made;
}

const addressOf = ({ hub }: Started): string => `127.0.0.1:${hub.status().linkPort}`;

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 1000) throw new Error(`it never came about: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const textsOf = ({ inbox }: NotesView): (string | undefined)[] => inbox.map(({ text }) => text);

/** Two hubs that know each other as members. */
async function acquainted(): Promise<{ dirs: [string, string]; one: Started; two: Started }> {
  const dirs = (await homeOf(2)) as [string, string];
  const one = await start(dirs[0], "one");
  const two = await start(dirs[1], "two", [addressOf(one)]);
  for (const { hub } of [one, two]) await until(() => hub.registry?.members().length === 2);
  return { dirs, one, two };
}

test("a note lies in the other hub's inbox, and its sender is told", async () => {
  const { one, two } = await acquainted();
  const kept = await one.notes.send({ to: "two", content: utf8("the plumber comes at nine") });
  expect(kept).toMatchObject({ to: two.hub.status().hub, toName: "two", bytes: 25, priority: 3 });
  await until(async () => (await one.notes.view()).sent[0]?.state === "delivered");
  const [note] = (await two.notes.view()).inbox;
  expect(note).toMatchObject({ id: kept.id, fromName: "one", text: "the plumber comes at nine" });
  expect(two.events.filter(({ event }) => event === "note")).toMatchObject([{ note: { id: kept.id } }]);
});

test("a file arrives with its name and bytes, and is gone when it is removed", async () => {
  const { one, two } = await acquainted();
  const content = Uint8Array.from({ length: 60_000 }, (_, at) => at % 251);
  await one.notes.send({ to: "two", name: "cellar.jpg", content, priority: 7 });
  await until(async () => (await two.notes.view()).inbox.length === 1);
  const [note] = (await two.notes.view()).inbox;
  expect(note).toMatchObject({ name: "cellar.jpg", bytes: 60_000 });
  expect(note?.text).toBeUndefined();
  expect(await two.notes.read(note?.id ?? "")).toEqual(content);
  expect(await two.notes.remove([note?.id ?? ""])).toBe(1);
  expect((await two.notes.view()).inbox).toEqual([]);
});

test("what is sent to a hub that is away arrives once, in spite of a restart of either", async () => {
  const { dirs, one, two } = await acquainted();
  await two.stop();
  const kept = await one.notes.send({ to: "two", content: utf8("while you were away") });
  expect(kept.state).toBe("waiting");
  await one.stop();
  const again = await start(dirs[0], "one");
  expect((await again.notes.view()).sent).toMatchObject([{ id: kept.id, state: "waiting", toName: "two" }]);
  const back = await start(dirs[1], "two", [addressOf(again)]);
  await until(async () => (await back.notes.view()).inbox.length === 1);
  await until(async () => (await again.notes.view()).sent[0]?.state === "delivered");
  await back.stop();
  const third = await start(dirs[1], "two", [addressOf(again)]);
  expect(textsOf(await third.notes.view())).toEqual(["while you were away"]);
});

test("unknown hubs, this hub itself and what is too long are refused with a reason", async () => {
  const { one } = await acquainted();
  const refusal = (note: Parameters<NotesApi["send"]>[0]) => one.notes.send(note).catch((error: unknown) => error);
  expect(await refusal({ to: "three", content: utf8("x") })).toMatchObject({ code: "HUB_UNKNOWN" });
  expect(await refusal({ to: "one", content: utf8("x") })).toMatchObject({ code: "BAD_INPUT" });
  expect(await refusal({ to: "two", content: new Uint8Array(60_001) })).toMatchObject({ code: "BAD_INPUT" });
});

test("a detection waits for a hub that is away", async () => {
  const { dirs, one, two } = await acquainted();
  const away = two.hub.status().hub;
  await two.stop();
  const detection: Detection = {
    ...{ id: "ended", kind: "anomaly", sensor: "ble:c0ffee000001" as SensorId, score: 0.9, threshold: 0.5 },
    ...{ model: "climate-anomaly", startedWallMs: 1_780_000_000_000, endedWallMs: 1_780_000_060_000, origin: "live" },
    ...{ place: "cellar", summary: "Humidity rose.", evidence: [] },
  };
  one.hub.mesh.send(away, { type: "DETECTION", ...detection }, { priority: 5, ttlMs: 60_000 });
  const back = await start(dirs[1], "two", [addressOf(one)]);
  await until(() => back.hub.detections().length === 1);
  expect(back.hub.detections()).toEqual([detection]);
});

test("a hub that stops hands a note to its neighbour, which delivers it in its name", async () => {
  const dirs = (await homeOf(3)) as [string, string, string];
  const one = await start(dirs[0], "one");
  const two = await start(dirs[1], "two", [addressOf(one)]);
  const three = await start(dirs[2], "three", [addressOf(one), addressOf(two)]);
  for (const { hub } of [one, two, three])
    await until(() => hub.registry?.members().length === 3 && hub.mesh.node.links.neighbours().length === 2);
  await two.stop();
  await one.notes.send({ to: "two", content: utf8("I am off now") });
  const sender = one.hub.status().hub;
  await one.stop();
  const back = await start(dirs[1], "two", [addressOf(three)]);
  await until(async () => (await back.notes.view()).inbox.length === 1);
  expect((await back.notes.view()).inbox).toMatchObject([{ from: sender, fromName: "one", text: "I am off now" }]);
});
