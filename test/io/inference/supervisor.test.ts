import { type ChildProcess, spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { BATCHER_DEFAULTS } from "../../../runtime/inference/batcher.js";
import { LIFECYCLE_DEFAULTS } from "../../../runtime/inference/lifecycle.js";
import type { Manifest } from "../../../runtime/inference/manifest.js";
import {
  answerOf,
  bundleChild,
  isRunning,
  makeScratch,
  removeScratch,
  requestOf,
  until,
  type Watched,
  watch,
  writeModel,
} from "./scene.js";

let scratch: string;
let childPath: string;
let modelsDir: string;
let manifest: Manifest;
const open: Watched[] = [];
const strays: ChildProcess[] = [];

beforeAll(async () => {
  scratch = makeScratch();
  modelsDir = join(scratch, "models");
  manifest = writeModel(modelsDir);
  childPath = await bundleChild(scratch);
}, 30_000);
afterEach(async () => {
  for (const { inference } of open.splice(0)) await inference.stop();
  for (const stray of strays.splice(0)) stray.kill("SIGKILL");
});
afterAll(() => removeScratch(scratch));

function start(options: Partial<Parameters<typeof watch>[0]> = {}): Watched {
  const watched = watch({ childPath, modelsDir, manifests: [manifest], ...options });
  open.push(watched);
  return watched;
}

/** A child of our own making, to misbehave where a real one would not. */
function fakeChild(name: string, onBatch: string): string {
  const path = join(scratch, `${name}.mjs`);
  const ready = `process.send({ type: "ready", backend: "fake 1.0.0", models: ["tiny"], problems: [] })`;
  writeFileSync(
    path,
    `process.on("disconnect", () => process.exit());
     process.on("message", (m) => { if (m.type === "start") ${ready}; else { ${onBatch} } });`,
  );
  return path;
}
const ECHO = `process.send({ type: "result", batch: m.batch, output: m.data.filter((_, i) => i % 2 === 0) });`;

describe("the first request", () => {
  test("starts the child, and is answered by it", async () => {
    const { inference, predictions, states } = start();
    expect(inference.pid).toBeUndefined();
    expect(inference.status()).toMatchObject({ state: "off", restarts: 0, predictions: 0, queueLength: 0 });
    inference.offer(requestOf(5));
    expect(inference.status()).toMatchObject({ state: "starting", queueLength: 1 });
    await until(() => predictions.length === 1, "it is answered");
    expect(predictions[0]).toMatchObject({ model: "tiny", wallMs: 5, threshold: 0.5 });
    expect(predictions[0]?.output[0]).toBeCloseTo(answerOf(5), 6);
    expect(states).toEqual([{ state: "starting" }, { state: "ready" }]);
    const status = inference.status();
    expect(status).toMatchObject({ state: "ready", models: ["tiny"], predictions: 1, queueLength: 0, restarts: 0 });
    expect(status.backend).toMatch(/^onnxruntime-node \d/);
    expect(status.rssMiB).toBeLessThanOrEqual(110);
  });
});

describe("a child that is killed", () => {
  test("under load, again and again, costs no request and answers none twice", async () => {
    const { inference, predictions, counters } = start({ lifecycle: { ...LIFECYCLE_DEFAULTS, restartMs: 10 } });
    let offered = 0;
    // Always some hundreds under way, on a fast machine and on a slow one.
    const feed = setInterval(() => {
      while (inference.status().queueLength < 300) inference.offer(requestOf(offered++));
    }, 2);
    for (let kills = 0; kills < 4; kills++) {
      const before = predictions.length;
      await until(() => predictions.length > before, "the child works");
      process.kill(inference.pid ?? 0, "SIGKILL");
      await until(() => inference.status().restarts === kills + 1, "there is another");
    }
    clearInterval(feed);
    const total = offered;
    await until(() => predictions.length >= total, "all are answered");
    expect(predictions.map(({ wallMs }) => wallMs).sort((a, b) => a - b)).toEqual(
      Array.from({ length: total }, (_, at) => at),
    );
    for (const { wallMs, output } of predictions) expect(output[0]).toBeCloseTo(answerOf(wallMs), 5);
    expect(inference.status()).toMatchObject({ state: "ready", restarts: 4, queueLength: 0, predictions: total });
    expect(counters.snapshot()).toEqual({ "inference.exits": 4 });
  });

  test("by hand while the same rows are under way, as often as one likes, costs no request", async () => {
    const { inference, predictions, counters } = start({
      childPath: fakeChild("slow", `setTimeout(() => { ${ECHO} }, 60);`),
      lifecycle: { ...LIFECYCLE_DEFAULTS, restartMs: 1, restartMaxMs: 1 },
    });
    for (let name = 0; name < 10; name++) inference.offer(requestOf(name));
    for (let kills = 0; kills < 5; kills++) {
      await until(() => inference.status().state === "ready", "there is a child");
      process.kill(inference.pid ?? 0, "SIGKILL");
      await until(() => inference.status().state === "restarting", "the death is noticed");
    }
    await until(() => predictions.length === 10, "all are answered");
    expect(predictions.map(({ wallMs }) => wallMs)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(counters.snapshot()).toEqual({ "inference.exits": 5 });
  });

  test("by one poisonous row loses only that row", async () => {
    const deadly = fakeChild("deadly", `if (m.data.some((x) => x > 100)) process.exit(139); ${ECHO}`);
    const { inference, predictions, counters } = start({
      childPath: deadly,
      lifecycle: { ...LIFECYCLE_DEFAULTS, restartMs: 5 },
    });
    for (let name = 0; name < 5; name++) inference.offer(requestOf(name));
    inference.offer({ ...requestOf(5), input: Float32Array.of(1000, 0) });
    for (let name = 6; name < 10; name++) inference.offer(requestOf(name));
    await until(() => predictions.length === 9, "the others are answered");
    expect(predictions.map(({ wallMs }) => wallMs)).not.toContain(5);
    expect(counters.snapshot()).toMatchObject({ "inference.dropped.poison": 1, "inference.exits": 3 });
  });
});

test("a child that hangs is killed, and the next one answers", async () => {
  const { inference, predictions, states, counters } = start({ batcher: { ...BATCHER_DEFAULTS, batchTimeoutMs: 300 } });
  inference.offer(requestOf(1));
  await until(() => predictions.length === 1, "the child works");
  process.kill(inference.pid ?? 0, "SIGSTOP");
  inference.offer(requestOf(2));
  await until(() => predictions.length === 2, "the request is answered after all");
  expect(counters.snapshot()).toEqual({ "inference.hung": 1, "inference.exits": 1 });
  expect(states.find(({ state }) => state === "restarting")?.note).toContain("hung");
});

test("a child that speaks nonsense is replaced, and its rows are not tried for ever", async () => {
  const babbling = fakeChild("babbling", `process.send({ type: "result", batch: "one", output: "yes" });`);
  const { inference, predictions, counters } = start({
    childPath: babbling,
    lifecycle: { ...LIFECYCLE_DEFAULTS, restartMs: 5 },
  });
  inference.offer(requestOf(1));
  await until(() => counters.snapshot()["inference.dropped.poison"] === 1, "the row is given up");
  expect(predictions).toEqual([]);
});

test("a child that grows too large is replaced, and nothing is lost", async () => {
  const { inference, predictions, counters } = start({
    // It has answered before it grows: how soon it is found too large depends on the machine.
    childPath: fakeChild("greedy", `${ECHO} globalThis.kept = Buffer.alloc(120 << 20, 1);`),
    rssMaxMiB: 130,
    rssEveryMs: 50,
    lifecycle: { ...LIFECYCLE_DEFAULTS, restartMs: 5 },
  });
  inference.offer(requestOf(1));
  await until(() => counters.snapshot()["inference.recycled"] === 1, "it is found too large");
  inference.offer(requestOf(2));
  await until(() => predictions.length === 2, "the next one answers");
  expect(predictions.map(({ wallMs }) => wallMs)).toEqual([1, 2]);
});

describe("inference is given up, with the reason and what to do, and the hub goes on, when", () => {
  const lifecycle = { ...LIFECYCLE_DEFAULTS, restartMs: 5, startFailuresMax: 2 };

  async function failed({ inference, counters, predictions }: Watched, model = "tiny"): Promise<string> {
    inference.offer(requestOf(1, model));
    await until(() => inference.status().state === "failed", "it is given up");
    inference.offer(requestOf(2, model));
    expect(counters.snapshot()).toEqual({ "inference.exits": 2, "inference.dropped.unavailable": 2 });
    expect(predictions).toEqual([]);
    expect(inference.pid).toBeUndefined();
    expect(inference.status()).toMatchObject({ models: [], queueLength: 0 });
    return inference.status().problem ?? "";
  }

  test("the model is missing", async () => {
    const missing = { ...manifest, id: "gone" };
    expect(await failed(start({ manifests: [missing], lifecycle }), "gone")).toMatch(
      /gone\/model\.onnx.*npm run train/s,
    );
  });

  test("the model is not the file that its manifest names", async () => {
    const other = writeModel(modelsDir, "changed");
    const wrong = { ...other, sha256: "0".repeat(64) };
    expect(await failed(start({ manifests: [wrong], lifecycle }), "changed")).toContain(
      "is not the file that its manifest names",
    );
  });

  test("the model has been cut short", async () => {
    const cut = writeModel(modelsDir, "cut");
    writeFileSync(join(modelsDir, "cut/model.onnx"), "short");
    expect(await failed(start({ manifests: [cut], lifecycle }), "cut")).toMatch(
      /has 5 bytes.*Replace the model's folder/s,
    );
  });

  test("the child is too large from the start", async () => {
    expect(await failed(start({ rssMaxMiB: 10, lifecycle }))).toContain("inference.rssMaxMiB allows 10");
  });

  test("the child's program is not there", async () => {
    expect(await failed(start({ childPath: join(scratch, "nothing.mjs"), lifecycle }))).toContain(
      "ended with status 1",
    );
  });
});

test("a model that cannot be loaded does not keep the others from working", async () => {
  const gone = { ...manifest, id: "gone" };
  const { inference, predictions, counters } = start({ manifests: [gone, manifest] });
  inference.offer(requestOf(1, "gone"));
  inference.offer(requestOf(2));
  await until(() => predictions.length === 1, "the good one answers");
  expect(inference.status()).toMatchObject({ state: "ready", models: ["tiny"] });
  expect(inference.status().problem).toContain("gone/model.onnx");
  expect(counters.snapshot()).toEqual({ "inference.dropped.unavailable": 1 });
});

test("a model that is put back is found again after a while", async () => {
  const late = writeModel(modelsDir, "late");
  rmSync(join(modelsDir, "late/model.onnx"));
  const lifecycle = { ...LIFECYCLE_DEFAULTS, restartMs: 5, failedRetryMs: 100, startFailuresMax: 1 };
  const { inference, predictions } = start({ manifests: [late], lifecycle });
  inference.offer(requestOf(1, "late"));
  await until(() => inference.status().state === "failed", "it is given up");
  writeModel(modelsDir, "late");
  await until(() => inference.status().state === "ready", "it is tried again");
  expect(inference.status().problem).toBeUndefined();
  inference.offer(requestOf(2, "late"));
  await until(() => predictions.length === 1, "it answers");
});

test("after stop the child is gone, and requests are ignored", async () => {
  const { inference, predictions, states } = start();
  inference.offer(requestOf(1));
  await until(() => predictions.length === 1, "the child works");
  const pid = inference.pid ?? 0;
  await Promise.all([inference.stop(), inference.stop()]);
  expect(isRunning(pid)).toBe(false);
  inference.offer(requestOf(2));
  expect(inference.pid).toBeUndefined();
  expect(states.at(-1)).toEqual({ state: "off" });
});

test("a child whose hub was killed ends by itself", async () => {
  const hub = join(scratch, "hub.mjs");
  writeFileSync(
    hub,
    `import { fork } from "node:child_process";
     const child = fork(${JSON.stringify(childPath)}, [], { serialization: "advanced" });
     child.on("message", () => console.log(child.pid));
     child.send({ type: "start", backend: "native", models: [] });`,
  );
  const parent = spawn(process.execPath, [hub], { stdio: ["ignore", "pipe", "inherit"] });
  strays.push(parent);
  let said = "";
  parent.stdout.on("data", (chunk) => {
    said += chunk;
  });
  await until(() => said.includes("\n"), "the child is ready");
  const pid = Number(said);
  expect(isRunning(pid)).toBe(true);
  parent.kill("SIGKILL");
  await until(() => !isRunning(pid), "the child has ended");
});
