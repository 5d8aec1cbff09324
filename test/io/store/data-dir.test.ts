import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hubIdFromBytes } from "../../../runtime/core/ids.js";
import { openDataDir, readHandle } from "../../../runtime/io/files/data-dir.js";

let root: string;
let path: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mindos-data-"));
  path = join(root, "a", "b");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const handle = {
  pid: process.pid,
  hub: hubIdFromBytes(new Uint8Array(16)),
  name: "attic",
  url: "http://127.0.0.1:8080/",
  token: "secret",
  mqttPort: 1883,
};

/** A process that has ended, and one that lives until the test ends it. */
async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  return child.pid ?? 0;
}

describe("a data folder", () => {
  test("is made with its parents, for its owner only", async () => {
    const dir = await openDataDir(path);
    expect(dir.path).toBe(path);
    expect(dir.storePath).toBe(join(path, "store"));
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(readdirSync(path)).toEqual(["lock"]);
    expect(statSync(join(path, "lock")).mode & 0o777).toBe(0o600);
    await dir.close();
    await dir.close();
    expect(readdirSync(path)).toEqual([]);
  });

  test("that is below a file, or cannot be made, is DATA_DIR_UNUSABLE", async () => {
    writeFileSync(join(root, "file"), "");
    for (const bad of [join(root, "file"), join(root, "file", "x"), "/proc/mindos/data", "/sys"]) {
      await expect(openDataDir(bad), bad).rejects.toMatchObject({ code: "DATA_DIR_UNUSABLE" });
    }
  });

  test("of ours that others could open is closed to them and told; a foreign one is left alone", async () => {
    const notes: string[] = [];
    const onRepair = (note: string) => notes.push(note);
    await (await openDataDir(path)).close();
    chmodSync(path, 0o755);
    await (await openDataDir(path, { onRepair })).close();
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(notes).toEqual([expect.stringContaining("mode 755")]);
    const foreign = join(root, "foreign");
    mkdirSync(foreign);
    writeFileSync(join(foreign, "letter.txt"), "");
    chmodSync(foreign, 0o755);
    await (await openDataDir(foreign, { onRepair })).close();
    expect(statSync(foreign).mode & 0o777).toBe(0o755);
    const sticky = join(root, "sticky");
    mkdirSync(sticky);
    chmodSync(sticky, 0o1777);
    await (await openDataDir(sticky, { onRepair })).close();
    expect(statSync(sticky).mode & 0o7777).toBe(0o1777);
    expect(notes).toHaveLength(1);
  });
});

describe("the lock", () => {
  test("keeps a second hub out, naming the process, until the first has closed", async () => {
    const first = await openDataDir(path, { holder: "mindos join" });
    await expect(openDataDir(path)).rejects.toMatchObject({
      code: "DATA_DIR_IN_USE",
      message: expect.stringContaining(`mindos join with process id ${process.pid} uses `),
    });
    await first.close();
    await (await openDataDir(path)).close();
  });

  test("of many that start at once lets exactly one in", async () => {
    await (await openDataDir(path)).close();
    for (let round = 0; round < 10; round++) {
      // Nothing, the lock of a dead hub, and one whose successor died while it took over.
      rmSync(join(path, "lock"), { force: true });
      if (round > 2) writeFileSync(join(path, "lock"), "dead");
      // SHA-256 of "dead" begins 28a3a5e81d1e89f0.
      if (round > 5) writeFileSync(join(path, "lock.28a3a5e81d1e89f0"), "dead too");
      await startTwenty();
    }
  });

  async function startTwenty(): Promise<void> {
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => openDataDir(path)));
    const opened = outcomes.filter((one) => one.status === "fulfilled");
    expect(opened).toHaveLength(1);
    for (const one of outcomes)
      if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "DATA_DIR_IN_USE" });
    expect(readdirSync(path)).toEqual(["lock"]);
  }

  test("of a dead, a reused, another boot's or an unreadable process is taken over and told", async () => {
    await openDataDir(path);
    const own = JSON.parse(readFileSync(join(path, "lock"), "utf8")) as Record<string, unknown>;
    const dead = [
      JSON.stringify({ ...own, pid: await endedPid() }),
      JSON.stringify({ ...own, startTicks: "1" }),
      JSON.stringify({ ...own, boot: "another" }),
      JSON.stringify({ ...own, pid: 0 }),
      JSON.stringify({ ...own, pid: -1 }),
      "",
      "garbage",
    ];
    for (const content of dead) {
      writeFileSync(join(path, "lock"), content);
      const notes: string[] = [];
      const dir = await openDataDir(path, { onRepair: (note) => notes.push(note) });
      expect(notes, content).toEqual([expect.stringContaining("not stopped properly")]);
      expect(readdirSync(path)).toEqual(["lock"]);
      await dir.close();
    }
  });

  test("is not removed by a close that no longer owns it", async () => {
    const first = await openDataDir(path);
    writeFileSync(join(path, "lock"), "garbage");
    const second = await openDataDir(path);
    await first.close();
    expect(existsSync(join(path, "lock"))).toBe(true);
    await second.close();
  });
});

describe("hub.json", () => {
  test("is read back while its process lives, owner only, and is gone after close", async () => {
    const dir = await openDataDir(path);
    expect(await readHandle(path)).toBeUndefined();
    await dir.writeHandle(handle);
    await dir.writeHandle({ ...handle, mqttPort: 1884 });
    expect(await readHandle(path)).toEqual({ ...handle, mqttPort: 1884 });
    expect(statSync(join(path, "hub.json")).mode & 0o777).toBe(0o600);
    await dir.close();
    expect(await readHandle(path)).toBeUndefined();
  });

  test("of a process that is gone, or whose pid another has now, does not count", async () => {
    const dir = await openDataDir(path);
    const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"]);
    await once(child, "spawn");
    await dir.writeHandle({ ...handle, pid: child.pid ?? 0 });
    expect(await readHandle(path)).toMatchObject({ pid: child.pid });
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await readHandle(path)).toBeUndefined();
    await dir.writeHandle(handle);
    const fields = JSON.parse(readFileSync(join(path, "hub.json"), "utf8")) as Record<string, unknown>;
    writeFileSync(join(path, "hub.json"), JSON.stringify({ ...fields, startTicks: "1" }));
    expect(await readHandle(path)).toBeUndefined();
    await dir.close();
  });

  test("left by a crash is removed at the next start", async () => {
    const dir = await openDataDir(path);
    await dir.writeHandle(handle);
    writeFileSync(join(path, "lock"), "");
    await openDataDir(path);
    expect(existsSync(join(path, "hub.json"))).toBe(false);
  });

  test("that is damaged or foreign is no handle, never a throw", async () => {
    const dir = await openDataDir(path);
    await dir.writeHandle(handle);
    const good = JSON.parse(readFileSync(join(path, "hub.json"), "utf8")) as Record<string, unknown>;
    const bad: unknown[] = [
      null,
      [],
      7,
      {},
      { ...good, pid: "1" },
      { ...good, pid: 0 },
      { ...good, hub: "attic" },
      { ...good, url: "javascript:alert(1)" },
      { ...good, url: "http://" },
      { ...good, token: "" },
      { ...good, mqttPort: 70_000 },
      { ...good, name: undefined },
    ];
    for (const value of bad) {
      writeFileSync(join(path, "hub.json"), JSON.stringify(value));
      expect(await readHandle(path), JSON.stringify(value)).toBeUndefined();
    }
    writeFileSync(join(path, "hub.json"), "{");
    expect(await readHandle(path)).toBeUndefined();
    expect(await readHandle("/proc/mindos")).toBeUndefined();
    await dir.close();
  });
});
