/** Whole hubs of one home, in this process, of which one comes from a backup or from a copied card. */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { defaultConfig } from "../../runtime/config/config.js";
import type { MindosEvent } from "../../runtime/core/status.js";
import type { RunningHub } from "../../runtime/hub/parts.js";
import { startHub } from "../../runtime/hub.js";
import { createDevelopmentHome } from "../../runtime/io/home/home-development.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Started {
  readonly hub: RunningHub;
  readonly problems: string[];
  readonly dir: string;
  peers(): number;
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "mindos-copied-"));
  cleanups.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function start(dir: string, ...peers: Started[]): Promise<Started> {
  const problems: string[] = [];
  const emit = (event: MindosEvent): void => {
    if (event.event === "problem") problems.push(event.code);
  };
  const config = defaultConfig({
    ...{ dataDir: dir, mqttPort: 0, httpPort: 0, linkHost: "127.0.0.1", discovery: false },
    ...{ bluetooth: { enabled: false }, inference: { backend: "off" } },
    peers: peers.map(({ hub }) => `127.0.0.1:${hub.status().linkPort}`),
  });
  const hub = await startHub(config, { emit });
  cleanups.push(() => hub.stop());
  await expect.poll(() => hub.status().linkPort, { timeout: 10_000 }).toBeGreaterThan(0);
  return { hub, problems, dir, peers: () => hub.mesh.node.links.neighbours().length };
}

const epochOnDisk = (dir: string): number => JSON.parse(readFileSync(join(dir, "identity.json"), "utf8")).epoch;
const patience = { timeout: 20_000 };

test("a hub restored from an old backup catches up by itself, links, and says so once", async () => {
  const root = folder();
  const [a, b] = [join(root, "a"), join(root, "b")];
  await createDevelopmentHome([a, b], { wallMs: Date.now(), lifeMs: 86_400_000 });
  const first = await start(a);
  cpSync(b, join(root, "backup"), { recursive: true });
  for (let run = 0; run < 3; run++) {
    const hub = await start(b, first);
    await expect.poll(hub.peers, patience).toBe(1);
    await hub.hub.stop();
  }
  const met = epochOnDisk(b);
  rmSync(b, { recursive: true });
  cpSync(join(root, "backup"), b, { recursive: true });
  const restored = await start(b, first);
  await expect.poll(() => restored.problems, patience).toEqual(["EPOCH_BEHIND"]);
  await expect.poll(restored.peers, patience).toBe(1);
  expect(epochOnDisk(b)).toBe(met + 1);
  expect(restored.hub.mesh.node.self.epoch).toBe(met + 1);
  const echo = await restored.hub.mesh.ping(first.hub.mesh.node.self.hub, 5_000);
  expect(echo?.hops).toBe(0);
  expect(restored.hub.admission?.home()?.problem).toBeUndefined();
}, 60_000);

test.each([1, 2])(
  "a hub and its copy, met by %i others, both fall silent and say what to do; a restart brings back the one that is kept",
  async (count) => {
    const root = folder();
    const dirs = Array.from({ length: count }, (_, at) => join(root, `neighbour-${at}`));
    const [b, copy] = [join(root, "b"), join(root, "copy")];
    await createDevelopmentHome([...dirs, b], { wallMs: Date.now(), lifeMs: 86_400_000 });
    cpSync(b, copy, { recursive: true });
    const neighbours: Started[] = [];
    for (const dir of dirs) neighbours.push(await start(dir, ...neighbours));
    const original = await start(b, ...neighbours);
    await expect.poll(original.peers, patience).toBe(count);
    const copied = await start(copy, ...neighbours);
    await expect.poll(() => [original.problems.at(-1), copied.problems.at(-1)], patience).toEqual(["CLONED", "CLONED"]);
    for (const one of [original, copied]) {
      await expect.poll(() => one.hub.admission?.home()?.problem, patience).toBe("cloned");
      await expect.poll(one.peers, patience).toBe(0);
      const shown = await promisify(execFile)(process.execPath, [
        ...["--import", "tsx", "runtime/cli/main.ts", "home", "--data", one.dir],
      ]).catch((error: { readonly code: number; readonly stdout: string }) => error);
      expect(shown).toMatchObject({ code: 5, stdout: expect.stringContaining("Stop the copy") });
    }
    await expect.poll(() => neighbours.map(({ peers }) => peers()), patience).toEqual(neighbours.map(() => count - 1));
    expect(neighbours[0]!.hub.status().counters["mesh.hello.cloned"]).toBeGreaterThan(0);
    await copied.hub.stop();
    await original.hub.stop();
    const kept = await start(b, ...neighbours);
    await expect.poll(kept.peers, patience).toBe(count);
    expect(kept.hub.admission?.home()?.problem).toBeUndefined();
  },
  60_000,
);
