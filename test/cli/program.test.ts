/** The real entry as a process, with fake rooms behind it: words, exit status, streams and signals. */
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isAlive } from "../../runtime/cli/places.js";
import { buildProgram, outcomeOf, type Program } from "./fake/program.js";

let program: Program;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());

const events = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("mindos", () => {
  test.each([
    [["--version"], 0, /^mindos \d+\.\d+\.\d+\n$/],
    [[], 0, /Usage: mindos COMMAND/],
    [["help", "ask"], 0, /Usage: mindos ask QUESTION… \[options\]/],
    [["ask", "--help"], 0, /--timeout SECONDS/],
    [["invite", "--list"], 0, /^No invitation is open\./],
    [["invite", "--list", "--json"], 0, /^\[\]\n$/],
    [["invite", "--cancel", "all"], 0, /^No invitation is open\.\n$/],
  ])("%j prints and ends with %d", async (words, code, says) => {
    const outcome = await program.run(words);
    expect(outcome).toMatchObject({ code, stderr: "" });
    expect(outcome.stdout).toMatch(says);
  });

  test.each([
    [["stauts"], 2, 'there is no command "stauts"; did you mean "status"?'],
    [["--jsno"], 2, 'the option "--jsno" stands before a command'],
    [["status", "--watc"], 2, 'did you mean "--watch"?'],
    [["invite", "--list", "--cancel", "3"], 2, "--list and --cancel cannot be given together"],
    [["ask", "hello"], 4, "mindos, and no swarm of this user"],
    [["hub", "--config", "/nowhere.toml"], 3, "/nowhere.toml cannot be read"],
    [["hub", "--motes", "7"], 2, "replay.motes.0 must be a whole number from 1 to 4"],
    [["hub", "--name", "hopeless"], 3, "port 1883 is taken"],
  ])("%j fails with %d, a message and a remedy, on standard error alone", async (words, code, says) => {
    const outcome = await program.run(words);
    expect(outcome).toMatchObject({ code, stdout: "" });
    expect(outcome.stderr).toMatch(/^error: .*\n(.*\n)*→ .*\n$/);
    expect(outcome.stderr).toContain(says);
  });

  test("with --json gives the error on standard output alone", async () => {
    const outcome = await program.run(["ask", "hello", "--json"]);
    expect(outcome).toMatchObject({ code: 4, stderr: "" });
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      error: { code: "HUB_NOT_RUNNING", remedy: expect.any(String) },
    });
  });

  test("says so when it meets a bug, and shows no stack", async () => {
    const crash = ["hub", "--name", "crashing", "--data", join(program.home, "crash")];
    const { code, stderr } = await program.run(crash);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: boom\n→ This is a bug in MindOS.*\n$/);
    const { stdout } = await program.run([...crash, "--json"]);
    expect(events(stdout).at(-1)).toMatchObject({ error: { code: "INTERNAL", message: "boom" } });
  });

  test("shows a stack to who asks for it", async () => {
    expect((await program.run(["nonsense"], { MINDOS_DEBUG: "1" })).stderr).toMatch(/\n {4}at /);
  });

  test("ends quietly when nobody reads", async () => {
    const child = program.spawn(["hub", "--help"]);
    child.stdout?.destroy();
    const { code, stderr } = await outcomeOf(child);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});

describe("mindos hub", () => {
  test("runs, answers other commands, and stops cleanly on SIGTERM", async () => {
    const hub = program.spawn(["hub", "--json", "--name", "cellar", "--replay", "motes"]);
    const done = outcomeOf(hub);
    await once(hub.stdout!, "data");
    const [asked, status, sensors, unclear] = await Promise.all([
      program.run(["ask", "is", "anything", "unusual?"]),
      program.run(["status", "--json"]),
      program.run(["sensors"]),
      program.run(["ask", "something unclear", "--json"]),
    ]);
    expect(asked.stdout).toMatch(
      /^You asked “is anything unusual\?”: nothing is unusual\.\n {2}\(1 of 1 hub answered in .*; replayed data\)\n$/,
    );
    expect(JSON.parse(status.stdout)).toMatchObject({ name: "cellar", replay: true });
    expect(sensors.stdout).toMatch(/mote 1 +lab +28\.5 °C +cellar/);
    expect(unclear).toMatchObject({ code: 2, stdout: expect.stringContaining("QUESTION_UNCLEAR") });
    const { url } = JSON.parse(status.stdout) as { url: string };
    const wrongToken = await program.run(["status", "--url", url], { MINDOS_TOKEN: "wrong" });
    expect(wrongToken).toMatchObject({ code: 5, stderr: expect.stringContaining("the token is wrong") });
    hub.kill("SIGTERM");
    const { code, stdout } = await done;
    expect(code).toBe(0);
    expect(events(stdout).map(({ event }) => event)).toEqual(expect.arrayContaining(["hub-started", "hub-stopped"]));
    expect(existsSync(join(program.home, "state/mindos/hub.json"))).toBe(false);
  });

  test("ends with 5 when another hub runs from a copy of its folder, so that a service shows it", async () => {
    const hub = program.spawn(["hub", "--json", "--name", "copied", "--data", join(program.home, "copied")]);
    const done = outcomeOf(hub);
    await once(hub.stdout!, "data");
    hub.kill("SIGTERM");
    expect((await done).code).toBe(5);
  });

  test("prints its page for people, and stops when its reader goes", async () => {
    const hub = program.spawn(["hub", "--data", join(program.home, "reader"), "--page-token", "always"]);
    const ended = once(hub, "close");
    let text = "";
    for await (const chunk of hub.stdout!) {
      text += String(chunk);
      if (text.includes("token=")) break;
    }
    expect(text).toMatch(/ its page:\nhttp:\/\/127\.0\.0\.1:\d+\/\?token=[0-9a-f]{32}\n/);
    hub.stdout?.destroy();
    // The next line it writes finds nobody; for people that may be a while, so it is told as well.
    hub.kill("SIGINT");
    expect((await ended)[0]).toBe(0);
  });
});

test("no token goes where a log could keep it", async () => {
  const hub = program.spawn(["hub", "--data", join(program.home, "logged")]);
  const ended = once(hub, "close");
  let text = "";
  for await (const chunk of hub.stdout!) {
    text += String(chunk);
    if (text.includes("\nhttp")) break;
  }
  expect(text).toMatch(/ its page:\nhttp:\/\/127\.0\.0\.1:\d+\/\n/);
  hub.kill("SIGINT");
  await ended;
});

describe("mindos record and mindos doctor", () => {
  test("say what they did", async () => {
    const path = join(program.home, "r.jsonl");
    const outcome = await program.run(["record", path, "--replay", "motes", "--count", "3"]);
    expect(outcome).toMatchObject({ code: 0, stdout: `${path}: 3 adverts of 4 sensors, 2 KiB\n` });
    expect(readFileSync(path, "utf8")).toBe("motes\n");
    const { code, stdout } = await program.run(["doctor", "--json"]);
    const report = JSON.parse(stdout) as { ok: boolean; checks: { id: string; state: string }[] };
    expect(code).toBe(report.ok ? 0 : 3);
    expect(report.checks.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["node", "memory", "disk", "clock", "multicast", "bluetooth"]),
    );
  });
});

describe("mindos swarm --headless", () => {
  const leftovers = (): string[] => readdirSync(program.home).filter((name) => name.startsWith("mindos-swarm-"));

  test("links its hubs, asks after the first detection, and sums up", async () => {
    const { code, stdout, stderr } = await program.run(["swarm", "--json", "--seconds", "4"]);
    const all = events(stdout);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(all.at(-1)).toMatchObject({
      ...{
        event: "summary",
        hubs: 3,
        hubsUp: 3,
        linksUp: 3,
        detections: 1,
        trueDetections: 1,
        falseDetections: 0,
        answers: 1,
      },
      ...{ problems: 0, exitCode: 0, readings: expect.any(Number) },
    });
    expect(all.filter(({ event }) => event === "answer")).toHaveLength(1);
    for (const event of all.slice(0, -1)) expect(event["hub"]).toMatch(/^hub-[123]$/);
    expect(leftovers()).toEqual([]);
    expect(existsSync(join(program.home, "state/mindos/swarm.json"))).toBe(false);
  });

  test("names the peers when there is no multicast, and says so", async () => {
    const { stdout } = await program.run(["swarm", "--json", "--seconds", "1", "--hubs", "1"], { FAKE_MULTICAST: "0" });
    expect(events(stdout).at(-1)).toMatchObject({ meeting: expect.stringContaining("peers are named") });
  });

  test("is found by mindos ask, stops on SIGINT, and takes its hubs with it", async () => {
    const swarm = program.spawn(["swarm", "--hubs", "2"]);
    const done = outcomeOf(swarm);
    let text = "";
    await new Promise<void>((resolve) => {
      swarm.stdout?.on("data", (chunk: string) => {
        text += chunk;
        if ((text.match(/is up/g) ?? []).length >= 2) resolve();
      });
    });
    expect((await program.run(["ask", "hello"])).stdout).toContain("2 of 2 hubs answered");
    swarm.kill("SIGINT");
    const { stdout } = await done;
    expect(stdout).toContain("  hubs        2 of 2 up");
    expect(stdout).toContain("hub-1  process stopped: ended with status 0");
    expect(leftovers()).toEqual([]);
  });

  test("killed outright leaves no hub running, and the next swarm tidies up", async () => {
    const swarm = program.spawn(["swarm", "--json", "--hubs", "1"]);
    let text = "";
    await new Promise<void>((resolve) => {
      swarm.stdout?.on("data", (chunk) => {
        text += String(chunk);
        if (text.includes('"stats"')) resolve();
      });
    });
    const pid = Number(events(text.slice(0, text.indexOf("\n")))[0]?.["pid"]);
    expect(isAlive(pid)).toBe(true);
    swarm.kill("SIGKILL");
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
    expect(leftovers()).toHaveLength(1);
    await program.run(["swarm", "--json", "--hubs", "1", "--seconds", "1"]);
    expect(leftovers()).toEqual([]);
  });

  test("ends with an error when a hub cannot run", async () => {
    const { code, stdout } = await program.run([
      "swarm",
      "--json",
      "--hubs",
      "1",
      "--seconds",
      "1",
      "--data",
      program.script,
    ]);
    expect(code).toBe(5);
    expect(events(stdout).at(-1)).toMatchObject({ event: "summary", hubsUp: 0, exitCode: 5 });
  });
});
