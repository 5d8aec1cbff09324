/** Every command that the README prints is run here: as it stands, or shortened where it would take an hour. */
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const printed = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block = ""]) => block.split("\n"))
  .map((line) => line.replace(/\s+#.*$/, "").trim())
  .filter((line) => line !== "");

/** What is run instead, and what it must say. */
const SHORTENED: Readonly<Record<string, { readonly run: string; readonly says: RegExp }>> = {
  "npm start": { run: "npm start -- --headless --seconds 12", says: /3 of 3 up, 3 links/ },
  "npm start -- --headless --json --seconds 30": {
    run: "npm start -- --headless --json --seconds 12",
    says: /"event":"summary"/,
  },
  // These run this very test, or all the others.
  "npm test": { run: "npm test -- test/core", says: /passed/ },
  "npm run test:system": { run: "npm run test:system -- firmware", says: /passed/ },
  "npm run check": { run: "node tools/run.js nothing", says: /check/ },
  "npm run bench -- hub": { run: "npm run bench -- --help", says: /\bhub\b/ },
  "npm run bench -- links": { run: "npm run bench -- --help", says: /\blinks\b/ },
  "npm run bench -- mesh": { run: "npm run bench -- --help", says: /\bmesh\b/ },
  "npm run bench -- sim": { run: "npm run bench -- --help", says: /\bsim\b/ },
  "npm run sim -- --scenario cold-start --topology grid:7x7": {
    run: "npm run sim -- --scenario cold-start --topology grid:4x4",
    says: /coldStartMs/,
  },
  "npm run sim -- --list": { run: "npm run sim -- --list", says: /city-off-the-grid-30/ },
  "npm run bench -- anomaly": { run: "npm run bench -- anomaly", says: /"auc":0\.99/ },
  "npm run fuzz -- --count 1000000": { run: "npm run fuzz -- --count 4000", says: /"crashes":0,"hangs":0/ },
  "npm run train -- climate-anomaly": { run: "npm run train -- --help", says: /climate-anomaly/ },
};

const dataDir = mkdtempSync(join(tmpdir(), "mindos-readme-"));
const env = { ...process.env, MINDOS_DATA: dataDir };

function shell(command: string): Promise<string> {
  return new Promise((resolve) => {
    execFile("sh", ["-c", command], { cwd: root, env, timeout: 100_000 }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}

afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

test("the README opens with the two commands", () => {
  expect(printed.slice(0, 2)).toEqual(["npm start", "npm test"]);
});

describe("shortened", () => {
  test.each(printed.filter((command) => command in SHORTENED))("%s", async (command) => {
    const { run, says } = SHORTENED[command] ?? { run: "", says: /^$/ };
    expect(await shell(run)).toMatch(says);
  });
});

describe("beside a running hub", () => {
  let hub: ReturnType<typeof spawn>;
  beforeAll(async () => {
    const words = [
      "run",
      "mindos",
      "--",
      "hub",
      "--port",
      "0",
      "--http-port",
      "0",
      "--link-host",
      "127.0.0.1",
      "--replay",
      "motes",
      "--speed",
      "100",
    ];
    hub = spawn("npm", words, { cwd: root, env, stdio: ["ignore", "pipe", "ignore"], detached: true });
    await new Promise<void>((resolve, reject) => {
      let text = "";
      hub.stdout?.on("data", (chunk: Buffer) => {
        text += String(chunk);
        if (text.includes("mote 4")) resolve();
      });
      hub.on("exit", (status) => reject(new Error(`the hub ended with status ${status}:\n${text}`)));
    });
  });
  afterAll(async () => {
    if (hub.exitCode !== null || hub.pid === undefined) return;
    const ended = new Promise((resolve) => hub.on("exit", resolve));
    process.kill(-hub.pid, "SIGTERM");
    await ended;
  });

  const SAYS: Readonly<Record<string, RegExp>> = {
    "npm run mindos -- hub": /runs after/,
    "npm run mindos -- home create villa": /home villa/,
    "npm run mindos -- invite": /mindos join \w+-\w+-\w+/,
    "npm run mindos -- home members": /owner +this hub/,
    'npm run mindos -- home set name "Villa Kunterbunt"': /name is "Villa Kunterbunt"/,
    "npm run mindos -- hub --data /tmp/attic --name attic --port 0 --http-port 0": /attic/,
    "npm run mindos -- join --data /tmp/attic WORDS": /invitation/,
    "npm run mindos -- home members --data /tmp/attic": /owner +this hub/,
    "npm run mindos -- mesh": /home Villa Kunterbunt/,
    "npm run mindos -- mesh --ways": /home Villa Kunterbunt/,
    "npm run mindos -- mesh inbox": /No notes/,
    "npm run mindos -- backbone": /backbone/i,
    "npm run mindos -- status": /page\s+http/,
    "npm run mindos -- sensors": /mote 1/,
    'npm run mindos -- ask "which room is the warmest?"': /warmest/,
    "npm run mindos -- doctor": /A hub can run here/,
    "npm run mindos -- record kitchen.ndjson --seconds 60": /adverts of 4 sensors/,
    "npm run mindos -- hub --help": /--replay SOURCE/,
  };
  test.each(printed.filter((command) => !(command in SHORTENED)))("%s", async (command) => {
    const says = SAYS[command];
    expect(says, "a command that no test knows").toBeDefined();
    if (command.endsWith("-- hub")) return; // It is the one that runs.
    const recording = join(dataDir, "kitchen.ndjson");
    const run = command
      // Nobody has confirmed the digits: the folder of the hub that runs stands in.
      .replace("members --data /tmp/attic", `members --data ${dataDir}`)
      .replace("/tmp/attic", join(dataDir, "attic"))
      .replace("WORDS", "anchor-lemon-tiger")
      .replace(/^.* --name attic .*$/, (hub) => `timeout 8 ${hub}`)
      .replace("kitchen.ndjson --seconds 60", `${recording} --seconds 2 --replay motes`)
      // It waits for somebody to join.
      .replace(/^.* invite$/, (invite) => `timeout 8 ${invite}`);
    expect(await shell(run)).toMatch(says ?? /^$/);
  });
});
