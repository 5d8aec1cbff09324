import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCounters } from "../../../runtime/core/counters.js";
import type { ApiProblem } from "../../../runtime/core/status.js";
import { type HttpHandle, startHttp } from "../../../runtime/io/http/http.js";
import { FakeHubApi, HUB_IDS } from "../../fakes/fake-hub-api.js";
import { call, type Reply, sendRaw } from "../../fakes/http-client.js";

const TOKEN = "correct-horse-battery-staple";
const bearer = { Authorization: `Bearer ${TOKEN}` };
const json = { "Content-Type": "application/json" };

const api = new FakeHubApi();
const counters = createCounters();
const pageDir = mkdtempSync(join(tmpdir(), "mindos-page-"));
const upgrades: string[] = [];
let http: HttpHandle;
let port: number;

beforeAll(async () => {
  writeFileSync(join(pageDir, "index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(pageDir, "page.js.gz"), gzipSync("export {};"));
  writeFileSync(join(pageDir, "page.css.gz"), gzipSync("body{}"));
  writeFileSync(join(pageDir, "secret.txt"), "secret");
  http = await startHttp({
    host: "127.0.0.1",
    port: 0,
    token: TOKEN,
    pageDir,
    api,
    counters,
    onUpgrade: (request, socket) => {
      upgrades.push(request.url ?? "");
      socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    },
  });
  port = http.port;
});

afterAll(async () => {
  await http.stop();
  rmSync(pageDir, { recursive: true });
});

function problemIn(reply: Reply): ApiProblem {
  const problem = JSON.parse(reply.body) as ApiProblem;
  expect(Object.keys(problem).sort()).toEqual(["code", "message", "remedy"]);
  expect(reply.body).not.toMatch(/\bat .*:\d+:\d+|node:internal|\.ts\b/);
  return problem;
}

async function signedInCookie(): Promise<string> {
  const reply = await call(port, `/?token=${TOKEN}`);
  return reply.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
}

describe("the token", () => {
  test("in the page's address becomes a cookie, and leaves the address", async () => {
    const reply = await call(port, `/?token=${TOKEN}`);
    expect([reply.status, reply.headers.location]).toEqual([303, "/"]);
    const cookie = reply.headers["set-cookie"]?.[0] ?? "";
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict; Path=\/;/);
    expect(cookie).not.toContain(TOKEN);
    expect(cookie.startsWith(`mindos-${port}=`)).toBe(true);
  });

  test("as a cookie opens the page and the API", async () => {
    const headers = { Cookie: `other=1; ${await signedInCookie()}` };
    expect((await call(port, "/", { headers })).body).toContain("<title>page</title>");
    expect((await call(port, "/api/status", { headers })).status).toBe(200);
  });

  test("as a bearer opens the API", async () => {
    const reply = await call(port, "/api/status", { headers: bearer });
    expect(JSON.parse(reply.body)).toMatchObject({ hub: HUB_IDS[0], name: "cellar" });
  });

  test("that is missing gets a page that says where to find it", async () => {
    for (const path of ["/", "/?token=wrong", "/?token="]) {
      const reply = await call(port, path);
      expect([reply.status, reply.headers["set-cookie"]]).toEqual([401, undefined]);
      expect(reply.body).toContain("mindos status");
    }
  });

  test("that is wrong opens no part of the API", async () => {
    const wrong = [
      {},
      { Authorization: `Bearer ${TOKEN}x` },
      { Authorization: `Basic ${TOKEN}` },
      { Cookie: `mindos-${port}=${TOKEN}` },
    ];
    for (const headers of wrong) {
      for (const path of ["/api/status", "/api/sensors", "/api/detections", "/api/history", "/api/events"]) {
        const reply = await call(port, path, { headers: headers as Record<string, string> });
        expect([reply.status, problemIn(reply).code]).toEqual([401, "NOT_ALLOWED"]);
      }
    }
  });

  test("must not be short", async () => {
    await expect(startHttp({ host: "127.0.0.1", port: 0, token: "short", pageDir, api, counters })).rejects.toThrow(
      RangeError,
    );
  });
});

describe("another page in the same browser", () => {
  test("cannot reach the hub by a name that it made point here", async () => {
    for (const Host of [
      "evil.example",
      `evil.example:${port}`,
      `127.0.0.1.evil.example:${port}`,
      "127.0.0.1:1",
      `127.0.0.1:${port}@evil`,
    ]) {
      const reply = await call(port, "/api/status", { headers: { ...bearer, Host } });
      expect([Host, reply.status, problemIn(reply).code]).toEqual([Host, 403, "NOT_ALLOWED"]);
    }
  });

  test("is refused when it names no host at all", async () => {
    expect(
      await sendRaw(port, `GET /api/status HTTP/1.1\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: close\r\n\r\n`),
    ).toContain("403");
  });

  test("and the loopback names work in any case", async () => {
    for (const Host of [`127.0.0.1:${port}`, `LocalHost:${port}`, `[::1]:${port}`]) {
      expect((await call(port, "/api/status", { headers: { ...bearer, Host } })).status).toBe(200);
    }
  });

  test("cannot ask with the cookie that the browser adds", async () => {
    const Cookie = await signedInCookie();
    const body = JSON.stringify({ question: "how warm is it?" });
    for (const Origin of ["http://evil.example", "null", `http://127.0.0.1:${port + 1}`, `https://127.0.0.1:${port}`]) {
      const reply = await call(port, "/api/ask", { method: "POST", headers: { ...json, Cookie, Origin }, body });
      expect([reply.status, problemIn(reply).code]).toEqual([403, "NOT_ALLOWED"]);
    }
    expect((await call(port, "/api/ask", { method: "POST", headers: { ...json, Cookie }, body })).status).toBe(403);
    const own = { ...json, Cookie, Origin: `http://127.0.0.1:${port}` };
    expect((await call(port, "/api/ask", { method: "POST", headers: own, body })).status).toBe(200);
  });

  test("cannot even read, as the browser tells where a request comes from", async () => {
    const Cookie = await signedInCookie();
    const site = async (value: string) =>
      (await call(port, "/api/status", { headers: { Cookie, "Sec-Fetch-Site": value } })).status;
    expect([await site("cross-site"), await site("same-site"), await site("same-origin")]).toEqual([403, 403, 200]);
  });
});

describe("the page's files", () => {
  test("come with a policy that allows no inline script and nothing from elsewhere", async () => {
    const { headers } = await call(port, "/", { headers: bearer });
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|http:|https:|\*/);
    expect(headers["x-content-type-options"]).toBe("nosniff");
  });

  test("are not sent again to whoever has them", async () => {
    const first = await call(port, "/page.js", { headers: bearer });
    expect([first.status, first.body]).toEqual([200, "export {};"]);
    const again = await call(port, "/page.js", { headers: { ...bearer, "If-None-Match": String(first.headers.etag) } });
    expect([again.status, again.body]).toEqual([304, ""]);
    writeFileSync(join(pageDir, "page.js.gz"), gzipSync("export const changed = 1;"));
    const changed = await call(port, "/page.js", {
      headers: { ...bearer, "If-None-Match": String(first.headers.etag) },
    });
    expect(changed.body).toContain("changed");
  });

  test("answer HEAD without a body", async () => {
    const reply = await call(port, "/", { method: "HEAD", headers: bearer });
    expect([reply.status, reply.headers["content-length"], reply.body]).toEqual([200, "34", ""]);
  });

  test("are sent as they are packed to whoever can unpack them, and unpacked to the others", async () => {
    const packed = await fetch(`http://127.0.0.1:${port}/page.css`, { headers: { "Accept-Encoding": "gzip" } });
    expect([packed.headers.get("content-encoding"), await packed.text()]).toEqual(["gzip", "body{}"]);
    const plain = await call(port, "/page.css");
    expect([plain.headers["content-encoding"], plain.body]).toEqual([undefined, "body{}"]);
    expect(plain.headers.etag).not.toBe(packed.headers.get("etag"));
  });

  test("are a fixed list, so no path leads anywhere else", async () => {
    const paths = [
      "/secret.txt",
      "/../secret.txt",
      "/%2e%2e/etc/passwd",
      "/..%2fsecret.txt",
      "//etc/passwd",
      "/page.js/../secret.txt",
      "/.%00/",
      "/index.html",
      "/constructor",
      "/__proto__",
    ];
    for (const path of paths) {
      const reply = await call(port, path, { headers: bearer });
      expect([path, reply.status, problemIn(reply).code]).toEqual([path, 404, "BAD_USAGE"]);
    }
  });

  test("that were not built are named", async () => {
    const empty = await startHttp({
      host: "127.0.0.1",
      port: 0,
      token: TOKEN,
      pageDir: join(pageDir, "none"),
      api,
      counters,
    });
    const reply = await call(empty.port, "/", { headers: bearer });
    expect([reply.status, problemIn(reply).message]).toEqual([404, expect.stringContaining("index.html")]);
    await empty.stop();
  });
});

describe("the API", () => {
  test("lists sensors and detections", async () => {
    api.detect(0, "d1");
    expect(JSON.parse((await call(port, "/api/sensors", { headers: bearer })).body)).toHaveLength(7);
    expect(JSON.parse((await call(port, "/api/detections", { headers: bearer })).body)).toMatchObject([{ id: "d1" }]);
  });

  test("gives a history, oldest first", async () => {
    const reply = await call(port, "/api/history?sensor=ble:a4c1380b5e01&quantity=temperature&limit=3", {
      headers: bearer,
    });
    const points = JSON.parse(reply.body) as [number, number][];
    expect(points).toHaveLength(3);
    expect(points[0]![0]).toBeLessThan(points[2]![0]);
  });

  test("refuses a history of what cannot be", async () => {
    const good = { sensor: "ble:a4c1380b5e01", quantity: "temperature", limit: "5" };
    for (const bad of [
      { sensor: "x" },
      { sensor: "ble:../../etc" },
      { quantity: "toString" },
      { limit: "0" },
      { limit: "5001" },
      { limit: "-1" },
      { limit: "1e3" },
    ]) {
      const reply = await call(port, `/api/history?${new URLSearchParams({ ...good, ...bad })}`, { headers: bearer });
      expect([bad, reply.status, problemIn(reply).code]).toEqual([bad, 400, "BAD_INPUT"]);
    }
  });

  test("answers a question", async () => {
    const reply = await ask({ question: "Which room is the warmest?" });
    expect(JSON.parse(reply.body)).toMatchObject({ coverage: 1, replay: true });
  });

  test("passes the hub's own refusal on, with its remedy", async () => {
    const reply = await ask({ question: "how many cats?" });
    expect([reply.status, problemIn(reply).code]).toEqual([422, "QUESTION_UNCLEAR"]);
    expect(problemIn(reply).remedy).toContain("warmest");
  });

  test("tells of an unforeseen error in one sentence, never with a stack", async () => {
    const usual = api.onAsk;
    api.onAsk = async () => {
      throw new TypeError("boom");
    };
    const reply = await ask({ question: "x" });
    api.onAsk = usual;
    expect([reply.status, problemIn(reply)]).toEqual([
      500,
      expect.objectContaining({ code: "INTERNAL", message: "boom" }),
    ]);
  });

  test("refuses a body that is not what it wants", async () => {
    const bodies: [unknown, number][] = [
      [{}, 400],
      [null, 400],
      [[], 400],
      [{ question: 5 }, 400],
      [{ question: "  " }, 400],
      [{ question: "x".repeat(501) }, 422],
      [{ question: "x", timeoutMs: 1 }, 400],
      [{ question: "x", timeoutMs: "9" }, 400],
      [{ question: "x", timeoutMs: 1e9 }, 400],
    ];
    for (const [body, status] of bodies) expect([body, (await ask(body)).status]).toEqual([body, status]);
    expect((await post("{")).status).toBe(400);
    expect((await post("{}", { "Content-Type": "text/plain" })).status).toBe(415);
    expect((await post("{}", { "Content-Type": "application/x-www-form-urlencoded" })).status).toBe(415);
  });

  test("refuses a body that is too large, announced or not", async () => {
    const large = JSON.stringify({ question: "x".repeat(9000) });
    const announced = await post(large, { "Content-Length": String(large.length) });
    const chunked = await post(large, { "Transfer-Encoding": "chunked" });
    expect([announced.status, chunked.status]).toEqual([413, 413]);
    expect(problemIn(chunked).code).toBe("BAD_INPUT");
  });

  test("knows each address by one method", async () => {
    const wrong = [
      ["POST", "/api/status", "GET"],
      ["GET", "/api/ask", "POST"],
      ["DELETE", "/", "GET, HEAD"],
      ["HEAD", "/api/events", "GET"],
    ] as const;
    for (const [method, path, allow] of wrong) {
      const reply = await call(port, path, { method, headers: bearer });
      expect([reply.status, reply.headers.allow]).toEqual([405, allow]);
    }
  });

  test("works on a bounded number of requests at once", async () => {
    const usual = api.onAsk;
    const release: (() => void)[] = [];
    api.onAsk = (question) => new Promise((resolve) => release.push(() => resolve(api.answerTo(question))));
    const asked = Array.from({ length: 32 }, () => ask({ question: "warm?" }));
    await expect.poll(() => release.length).toBe(32);
    const refused = await call(port, "/api/sensors", { headers: bearer });
    expect([refused.status, problemIn(refused).code]).toEqual([503, "TOO_BUSY"]);
    for (const free of release) free();
    expect((await Promise.all(asked)).every(({ status }) => status === 200)).toBe(true);
    api.onAsk = usual;
    expect((await call(port, "/api/sensors", { headers: bearer })).status).toBe(200);
  });
});

const post = (body: string, headers: Record<string, string> = {}) =>
  call(port, "/api/ask", { method: "POST", headers: { ...bearer, ...json, ...headers }, body });
const ask = (body: unknown) => post(JSON.stringify(body));

describe("an upgrade", () => {
  const upgrade = (path: string, lines: readonly string[]) =>
    sendRaw(
      port,
      [
        `GET ${path} HTTP/1.1`,
        `Host: 127.0.0.1:${port}`,
        "Connection: Upgrade",
        "Upgrade: websocket",
        ...lines,
        "",
        "",
      ].join("\r\n"),
    );

  test("with the token reaches the broker", async () => {
    expect(await upgrade("/mqtt", [`Authorization: Bearer ${TOKEN}`])).toContain("101");
    const cookie = await signedInCookie();
    expect(await upgrade("/mqtt", [`Cookie: ${cookie}`, `Origin: http://127.0.0.1:${port}`])).toContain("101");
    expect(upgrades).toHaveLength(2);
  });

  test("without it, from another page, or elsewhere is refused with a reason", async () => {
    const cookie = await signedInCookie();
    expect(await upgrade("/mqtt", [])).toMatch(/ 401 [\s\S]*NOT_ALLOWED/);
    expect(await upgrade("/mqtt", [`Cookie: ${cookie}`])).toContain(" 403 ");
    expect(await upgrade("/mqtt", [`Cookie: ${cookie}`, "Origin: http://evil.example"])).toContain(" 403 ");
    expect(await upgrade("/api/events", [`Authorization: Bearer ${TOKEN}`])).toContain(" 404 ");
    expect(upgrades).toHaveLength(2);
  });
});
