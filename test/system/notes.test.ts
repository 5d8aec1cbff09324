/** Notes as a person sends and reads them, between two hub processes that are killed and started again. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ArrivedNote, SentNote } from "../../runtime/core/notes.js";
import { createDevelopmentHome } from "../../runtime/io/home/home-development.js";

const MAIN = ["--import", "tsx", "runtime/cli/main.ts"];
const root = mkdtempSync(join(tmpdir(), "mindos-notes-"));
const running = new Set<ChildProcess>();

afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(root, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

class HubProcess {
  readonly dir: string;
  port = 0;
  #child: ChildProcess | undefined;

  constructor(readonly name: string) {
    this.dir = join(root, name);
  }

  /** Resolves once it has a direct link with each of the others. */
  async start(...others: readonly HubProcess[]): Promise<void> {
    const words = ["hub", "--data", this.dir, "--name", this.name, "--port", "0", "--http-port", "0", "--json"];
    const links = ["--link-host", "127.0.0.1", "--link-port", `${this.port}`, "--discovery", "off", "--no-bluetooth"];
    const peers = others.length === 0 ? [] : ["--peers", others.map(({ port }) => `127.0.0.1:${port}`).join(",")];
    const child = spawn(process.execPath, [...MAIN, ...words, ...links, ...peers, "--inference", "off"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#child = child;
    running.add(child);
    await new Promise<void>((resolve, reject) => {
      let text = "";
      child.stdout?.on("data", (chunk: Buffer) => {
        text += String(chunk);
        const isLinked = text.split('"event":"link-up"').length > others.length;
        if (text.includes('"event":"home-open"') && isLinked) resolve();
      });
      child.once("exit", (code) => reject(new Error(`the hub ${this.name} ended with ${code}:\n${text}`)));
    });
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    running.delete(child);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  async mesh(...words: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [...MAIN, "mesh", ...words, "--data", this.dir]);
    return stdout;
  }

  async inbox(): Promise<readonly ArrivedNote[]> {
    return JSON.parse(await this.mesh("inbox", "--json"));
  }

  async sent(): Promise<readonly SentNote[]> {
    return JSON.parse(await this.mesh("inbox", "--sent", "--json"));
  }
}

const [cellar, attic] = [new HubProcess("cellar"), new HubProcess("attic")];

beforeAll(async () => {
  await createDevelopmentHome([cellar.dir, attic.dir], { wallMs: Date.now(), lifeMs: 86_400_000 });
  for (const hub of [cellar, attic]) hub.port = await freePort();
  await cellar.start();
  await attic.start(cellar);
});

test("a note to a hub that is here is on its disk within a moment", async () => {
  await expect
    .poll(() => cellar.mesh("send", "attic", "the", "plumber", "comes"), { timeout: 20_000 })
    .toBe('"the plumber comes" is on the disk of attic\n');
  expect(await attic.mesh("inbox", "--clear")).toMatch(/ {2}cellar\n {2}the plumber comes\n$/);
  expect(await attic.mesh("inbox")).toMatch(/^No notes/);
});

test("what is sent to a hub that was killed arrives once, though both are killed in between", async () => {
  const file = join(root, "plan.bin");
  const content = Buffer.from(Uint8Array.from({ length: 60_000 }, (_, at) => (at * 7) % 256));
  writeFileSync(file, content);
  await attic.kill();
  const lines = await cellar.mesh("send", "attic", "--file", file, "--priority", "7", "--wait", "0");
  expect(lines).toMatch(/^plan.bin \(60,000 bytes\) for attic is kept on this hub's disk; it leaves when attic can be/);
  await cellar.mesh("send", "attic", "good", "night", "--wait", "0");
  await cellar.kill();
  await cellar.start();
  expect((await cellar.sent()).map(({ state }) => state)).toEqual(["waiting", "waiting"]);
  await attic.start(cellar);
  await expect.poll(async () => (await attic.inbox()).length, { timeout: 20_000 }).toBe(2);
  await expect
    .poll(async () => (await cellar.sent()).map(({ state }) => state), { timeout: 20_000 })
    .toEqual(["delivered", "delivered"]);
  await attic.kill();
  await attic.start(cellar);
  const notes = await attic.inbox();
  expect(notes.map(({ name, text }) => name ?? text).sort()).toEqual(["good night", "plan.bin"]);
  const saved = join(root, "saved");
  await attic.mesh("inbox", "--save", saved);
  expect(readFileSync(join(saved, "plan.bin"))).toEqual(content);
  expect(statSync(join(saved, "plan.bin")).mode & 0o777).toBe(0o600);
});

test.each([
  [["send", "nobody", "x"], /no hub that is known here is called "nobody"/],
  [["send", "attic"], /takes a text, or a file with --file/],
  [["send", "attic", "--file", "/nowhere"], /\/nowhere cannot be read/],
  [["inbox", "attic"], /mindos mesh inbox takes no "attic"/],
])("mindos mesh %s is refused with a reason", async (words, says) => {
  const refused = await cellar.mesh(...words).catch((error: { readonly stderr: string }) => error.stderr);
  expect(refused).toMatch(says);
});
