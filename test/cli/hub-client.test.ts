import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { addressFromUrl, getJson, type HubAddress, pageAddress, postJson } from "../../runtime/cli/hub-client.js";
import { findHubs, withFirstHub } from "../../runtime/cli/hub-finder.js";
import type { HubTools } from "../../runtime/cli/hub-tools-port.js";
import { swarmPath, writeSwarmRecord } from "../../runtime/cli/places.js";
import { noteRunning } from "../../runtime/cli/running-hubs.js";
import { MindosError } from "../../runtime/core/errors.js";
import * as fakeTools from "./fake/hub-tools.js";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serve(listener: RequestListener): Promise<HubAddress> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return { url: `http://127.0.0.1:${port}`, token: "secret", name: "hub-1" };
}
async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof MindosError)) throw new Error(`no typed error: ${String(error)}`);
  return error.code;
}

describe("a request to a hub", () => {
  test("carries the token and gives the JSON", async () => {
    const hub = await serve((request, response) => {
      response.end(JSON.stringify({ path: request.url, token: request.headers.authorization }));
    });
    expect(await getJson(hub, "/api/status")).toEqual({ path: "/api/status", token: "Bearer secret" });
  });

  test("posts JSON", async () => {
    const hub = await serve((request, response) => request.pipe(response));
    expect(await postJson(hub, "/api/ask", { question: "käse?" }, 1_000)).toEqual({ question: "käse?" });
  });

  test("gives the hub's own error", async () => {
    const problem = { code: "QUESTION_UNCLEAR", message: "what?", remedy: "" };
    const hub = await serve((_, response) => response.writeHead(422).end(JSON.stringify(problem)));
    await expect(getJson(hub, "/")).rejects.toMatchObject({ code: "QUESTION_UNCLEAR", message: "what?" });
  });

  test.each([
    ["no JSON", (response: { end(text: string): void }) => response.end("<html>"), "HUB_REFUSED"],
    ["an unknown code", (response: { end(text: string): void }) => response.end("x"), "HUB_REFUSED"],
  ])("that is answered with %s is refused", async (_, answer, code) => {
    const hub = await serve((_request, response) => answer(response));
    expect(await codeOf(getJson(hub, "/"))).toBe(code);
  });

  test("that breaks off, or never ends, is refused", async () => {
    const broken = await serve((request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("{");
      setTimeout(() => request.socket.destroy(), 5);
    });
    expect(await codeOf(getJson(broken, "/"))).toBe("HUB_REFUSED");
    const endless = await serve((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
      };
      response.on("drain", more);
      more();
    });
    expect(await codeOf(getJson(endless, "/"))).toBe("HUB_REFUSED");
  });

  test("to nobody says that the hub is not running", async () => {
    const hub = await serve(() => undefined);
    await new Promise((resolve) => servers.splice(0)[0]?.close(resolve));
    expect(await codeOf(getJson(hub, "/"))).toBe("HUB_NOT_RUNNING");
  });

  test("is given up when the command is stopped", async () => {
    const hub = await serve(() => undefined);
    const stop = new AbortController();
    const asked = codeOf(getJson(hub, "/", stop.signal));
    stop.abort();
    expect(await asked).toBe("HUB_REFUSED");
  });
});

describe("a page's address", () => {
  test("is read back as it was written", () => {
    const address = { url: "http://127.0.0.1:8480", token: "a+b/c=", name: "127.0.0.1:8480" };
    expect(addressFromUrl(pageAddress(address), undefined)).toEqual(address);
    expect(addressFromUrl("http://127.0.0.1:8480", "from the environment").token).toBe("from the environment");
  });

  test.each(["", "127.0.0.1", "https://127.0.0.1", "file:///etc/passwd"])("%j is refused", (text) => {
    expect(() => addressFromUrl(text, undefined)).toThrow(MindosError);
  });
});

/** Above what Linux gives to a process. */
const PID_OF_NOBODY = 2 ** 30;

describe("finding hubs", () => {
  const folder = mkdtempSync(join(tmpdir(), "mindos-test-"));
  const env = { XDG_STATE_HOME: folder };
  const tools = async (): Promise<HubTools> => fakeTools;
  const none = { data: undefined, url: undefined };
  const write = (dataDir: string, name: string): void => {
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(
      join(dataDir, "hub.json"),
      JSON.stringify({ pid: process.pid, url: `http://${name}`, token: "t", name }),
    );
  };
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("says when there are none, and where it looked", async () => {
    expect(await codeOf(findHubs(none, { env, tools }))).toBe("HUB_NOT_RUNNING");
    await expect(findHubs({ data: "/nowhere", url: undefined }, { env, tools })).rejects.toThrow("/nowhere");
  });

  test("names a hub that runs in a folder where nobody looked, while it runs", async () => {
    const elsewhere = join(folder, "srv", "attic");
    write(elsewhere, "attic");
    const forget = await noteRunning(env, elsewhere, process.pid);
    await expect(findHubs(none, { env, tools })).rejects.toThrow(
      `no hub runs in ${join(folder, "mindos")}; attic runs in ${elsewhere}`,
    );
    await forget();
    await expect(findHubs(none, { env, tools })).rejects.toThrow(/mindos, and no swarm of this user$/);
  });

  test("believes no note of a hub that was killed, and the next hub removes it", async () => {
    const notes = join(folder, "mindos", "running");
    await noteRunning(env, join(folder, "one"), process.pid);
    renameSync(join(notes, String(process.pid)), join(notes, String(PID_OF_NOBODY)));
    write(join(folder, "one"), "hub-1");
    await expect(findHubs(none, { env, tools })).rejects.toThrow("no swarm");
    await noteRunning(env, join(folder, "two"), process.pid);
    expect(readdirSync(notes)).toEqual([String(process.pid)]);
  });

  test("leaves what is no note where it is: somebody may have chosen that folder for a hub's data", async () => {
    const notes = join(folder, "mindos", "running");
    mkdirSync(join(notes, "store"), { recursive: true });
    for (const name of ["identity.json", "0", "1e3", ".hidden"]) writeFileSync(join(notes, name), "kept");
    await noteRunning(env, join(folder, "one"), process.pid);
    expect(readdirSync(notes).sort()).toEqual(
      [".hidden", "0", "1e3", "identity.json", "store", String(process.pid)].sort(),
    );
  });

  test("makes nothing in the home of another user", async () => {
    mkdirSync(folder, { recursive: true });
    const owner = process.geteuid?.() ?? 0;
    vi.spyOn(process as Required<typeof process>, "geteuid").mockReturnValue(owner + 1);
    await noteRunning(env, join(folder, "one"), process.pid);
    vi.restoreAllMocks();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("writes its note over no other file, and waits for no pipe in a note's place", async () => {
    const notes = join(folder, "mindos", "running");
    mkdirSync(notes, { recursive: true });
    writeFileSync(join(folder, "other"), "as it was");
    symlinkSync(join(folder, "other"), join(notes, String(process.pid)));
    await noteRunning(env, join(folder, "one"), process.pid);
    expect(readFileSync(join(folder, "other"), "utf8")).toBe("as it was");
    rmSync(join(notes, String(process.pid)));
    execFileSync("mkfifo", [join(notes, String(process.pid))]);
    symlinkSync("/dev/zero", join(notes, "1"));
    await expect(findHubs(none, { env, tools })).rejects.toThrow("no swarm");
  });

  test("takes the machine's own hub first, then those of a swarm", async () => {
    write(join(folder, "one"), "hub-1");
    write(join(folder, "two"), "hub-2");
    const hubs = ["one", "gone", "two"].map((name) => ({ name, dataDir: join(folder, name) }));
    await writeSwarmRecord(swarmPath(env), { version: 1, pid: process.pid, hubs });
    expect((await findHubs(none, { env, tools })).map(({ name }) => name)).toEqual(["hub-1", "hub-2"]);
    write(join(folder, "mindos"), "own");
    expect((await findHubs(none, { env, tools })).map(({ name }) => name)).toEqual(["own", "hub-1", "hub-2"]);
    expect(
      (await findHubs({ data: join(folder, "two"), url: undefined }, { env, tools })).map(({ name }) => name),
    ).toEqual(["hub-2"]);
  });

  test("tries the next when one turns out not to run, and only then", async () => {
    const hubs = ["a", "b"].map((name) => ({ url: "", token: "", name }));
    const tried: string[] = [];
    const use =
      (code: "HUB_NOT_RUNNING" | "TOO_BUSY") =>
      async ({ name }: HubAddress) => {
        tried.push(name);
        if (name === "a") throw new MindosError(code, "no");
        return name;
      };
    expect(await withFirstHub(hubs, use("HUB_NOT_RUNNING"))).toBe("b");
    expect(await codeOf(withFirstHub(hubs, use("TOO_BUSY")))).toBe("TOO_BUSY");
    expect(tried).toEqual(["a", "b", "a"]);
  });
});
