import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadConfig } from "../../runtime/cli/config-file.js";
import {
  dataDirOf,
  makeSwarmFolder,
  readSwarmRecord,
  removeAbandonedSwarm,
  removeSwarmRecord,
  stateDir,
  writeSwarmRecord,
} from "../../runtime/cli/places.js";
import { MindosError } from "../../runtime/core/errors.js";

/** Above what Linux gives to a process. */
const PID_OF_NOBODY = 2 ** 30;
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mindos-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the data folder", () => {
  test.each([
    [undefined, { HOME: "/home/ada" }, "/home/ada/.local/state/mindos"],
    [undefined, { HOME: "/home/ada", XDG_STATE_HOME: "/var/state" }, "/var/state/mindos"],
    [undefined, { HOME: "/home/ada", XDG_STATE_HOME: "relative" }, "/home/ada/.local/state/mindos"],
    [undefined, { HOME: "/home/ada", MINDOS_DATA: "/data" }, "/data"],
    ["/chosen", { HOME: "/home/ada", MINDOS_DATA: "/data" }, "/chosen"],
    ["", { HOME: "/home/ada", MINDOS_DATA: "/data" }, "/data"],
  ])("chosen %j with %j is %s", (chosen, env, path) => {
    expect(dataDirOf(chosen, env)).toBe(path);
  });

  test("is somewhere even without HOME", () => {
    expect(stateDir({})).toMatch(/^\/.*mindos$/);
  });
});

describe("the record of a swarm", () => {
  const path = () => join(folder, "state", "swarm.json");
  const record = (pid: number, temporary?: string) => ({
    version: 1 as const,
    pid,
    hubs: [{ name: "hub-1", dataDir: "/x" }],
    temporary,
  });

  test("is read back while its process lives, and is for its owner only", async () => {
    await writeSwarmRecord(path(), record(process.pid));
    expect(await readSwarmRecord(path())).toEqual({
      version: 1,
      pid: process.pid,
      hubs: [{ name: "hub-1", dataDir: "/x" }],
    });
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  test("of a process that is no more counts as none", async () => {
    await writeSwarmRecord(path(), record(PID_OF_NOBODY));
    expect(await readSwarmRecord(path())).toBeUndefined();
  });

  test.each([
    "",
    "{",
    "null",
    "[]",
    '{"version":2}',
    '{"version":1,"pid":1,"hubs":[null]}',
    '{"version":1,"pid":"1","hubs":[]}',
  ])("%j is none", async (text) => {
    writeFileSync(join(folder, "swarm.json"), text);
    expect(await readSwarmRecord(join(folder, "swarm.json"))).toBeUndefined();
  });

  test("is left alone by an earlier swarm that ends", async () => {
    await writeSwarmRecord(path(), record(process.pid));
    await removeSwarmRecord(path(), process.pid + 1);
    expect(existsSync(path())).toBe(true);
    await removeSwarmRecord(path(), process.pid);
    expect(existsSync(path())).toBe(false);
  });

  test("of a swarm that was killed leads to its folder, which is removed; no other folder ever is", async () => {
    const made = await makeSwarmFolder();
    await writeSwarmRecord(path(), record(PID_OF_NOBODY, made));
    await removeAbandonedSwarm(path());
    expect([existsSync(made), existsSync(path())]).toEqual([false, false]);
    const precious = join(folder, "mindos-swarm-precious");
    mkdirSync(precious);
    await writeSwarmRecord(path(), record(PID_OF_NOBODY, precious));
    await removeAbandonedSwarm(path());
    expect(existsSync(precious)).toBe(true);
  });

  test("that cannot be written is a typed error", async () => {
    writeFileSync(join(folder, "state"), "a file is in the way");
    for (const bad of [path(), "/proc/nowhere/deep/swarm.json"])
      await expect(writeSwarmRecord(bad, record(1))).rejects.toMatchObject({ code: "DATA_DIR_UNUSABLE" });
  });
});

describe("the file of settings", () => {
  const write = (text: string, mode = 0o600): string => {
    const path = join(folder, "mindos.toml");
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  const KEYED = '[[sensors]]\naddress = "a4c1380b5eed"\nkey = "00112233445566778899aabbccddeeff"';

  test("gives way to the command line; name and folder are filled in", async () => {
    const { config, warnings } = await loadConfig(
      write('mqttPort = 5\nname = ""'),
      { httpPort: 6 },
      { MINDOS_DATA: "/data" },
    );
    expect(config).toMatchObject({ mqttPort: 5, httpPort: 6, dataDir: "/data" });
    expect(config.name).toBe(""); // the hub may know a better one than the machine's
    expect(Object.isFrozen(config)).toBe(true);
    expect(warnings).toEqual([]);
  });

  test("with a key that others may read is a warning, which does not say the key", async () => {
    const { warnings } = await loadConfig(write(KEYED, 0o644), {}, {});
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("chmod 600");
    expect(warnings[0]).not.toContain("0011");
    expect((await loadConfig(write(KEYED, 0o600), {}, {})).warnings).toEqual([]);
    expect((await loadConfig(write("", 0o644), {}, {})).warnings).toEqual([]);
  });

  test.each([
    ["is missing", () => join(folder, "none.toml"), "CONFIG_UNREADABLE"],
    ["is a folder", () => folder, "CONFIG_UNREADABLE"],
    ["is endless", () => "/dev/zero", "CONFIG_UNREADABLE"],
    ["is wrong", () => write("x"), "CONFIG_INVALID"],
  ])("that %s is a typed error", async (_, path, code) => {
    const error = await loadConfig(path(), {}, {}).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(MindosError);
    expect((error as MindosError).code).toBe(code);
  });
});
