import { createServer } from "node:net";
import { tmpdir } from "node:os";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCounters } from "../../../runtime/core/counters.js";
import { MindosError } from "../../../runtime/core/errors.js";
import { type HttpHandle, startHttp } from "../../../runtime/io/http/http.js";
import { FakeHubApi } from "../../fakes/fake-hub-api.js";
import { call, sendRaw } from "../../fakes/http-client.js";

const TOKEN = "correct-horse-battery-staple";
const bearer = { Authorization: `Bearer ${TOKEN}` };
const pageDir = tmpdir();
const api = new FakeHubApi();
const counters = createCounters();
let http: HttpHandle;
let port: number;
/** Opened first, so that the other tests run while these dawdle. */
let dawdlers: Promise<string>[];

beforeAll(async () => {
  http = await startHttp({ host: "127.0.0.1", port: 0, token: TOKEN, pageDir, api, counters });
  port = http.port;
  dawdlers = Array.from({ length: 20 }, () => sendRaw(port, "GET / HTTP/1.1\r\nX-Slow: "));
});
afterAll(() => http.stop());

describe("garbage", () => {
  test("is answered with a problem and closed", async () => {
    expect(await sendRaw(port, "\x16\x03\x01 this is no HTTP\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 [\s\S]*BAD_INPUT/);
    expect(await sendRaw(port, `GET / HTTP/1.1\r\nX: ${"y".repeat(9000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
    expect(await sendRaw(port, "GET / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 400 /,
    );
  });

  test("of any kind never opens anything and never stops the server", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        const answer = await sendRaw(port, Buffer.concat([bytes, Buffer.from("\r\n\r\n\r\n")]));
        expect(answer).toMatch(/^HTTP\/1\.1 4/);
      }),
      { numRuns: 60 },
    );
    expect((await call(port, "/api/status", { headers: bearer })).status).toBe(200);
  });

  test("in the target is not found, whatever it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.webPath(), fc.webQueryParameters(), async (path, query) => {
        fc.pre(!["", "/"].includes(path));
        const reply = await call(port, `/${path}?${query}`.replace(/[^\x21-\x7e]/g, ""), { headers: bearer });
        expect(reply.status).toBe(404);
      }),
      { numRuns: 25 },
    );
  });

  test("that never comes to an end is cut off, and others are served meanwhile", async () => {
    expect((await call(port, "/api/status", { headers: bearer })).status).toBe(200);
    for (const answer of await Promise.all(dawdlers)) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe("listening", () => {
  test("where another program listens already is refused with the port's number", async () => {
    const error = await startHttp({ host: "127.0.0.1", port, token: TOKEN, pageDir, api, counters }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(MindosError);
    expect(error).toMatchObject({ code: "PAGE_PORT_IN_USE", message: expect.stringContaining(String(port)) });
  });

  test("on an address that this machine does not have is refused", async () => {
    await expect(
      startHttp({ host: "203.0.113.7", port: 0, token: TOKEN, pageDir, api, counters }),
    ).rejects.toMatchObject({ code: "ADDRESS_UNAVAILABLE" });
    await expect(
      startHttp({ host: "no such host", port: 0, token: TOKEN, pageDir, api, counters }),
    ).rejects.toMatchObject({ code: "ADDRESS_UNAVAILABLE" });
  });

  test("works on IPv6 loopback, and the address says so", async () => {
    const six = await startHttp({ host: "::1", port: 0, token: TOKEN, pageDir, api, counters });
    expect(six.url).toBe(`http://[::1]:${six.port}/`);
    const request = `GET /api/status HTTP/1.1\r\nHost: [::1]:${six.port}\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: close\r\n\r\n`;
    expect(await sendRaw(six.port, request, "::1")).toMatch(/^HTTP\/1\.1 200 /);
    await six.stop();
  });

  test("ends at once when the hub stops, whoever is connected, and frees the port", async () => {
    const server = await startHttp({
      host: "127.0.0.1",
      port: 0,
      token: TOKEN,
      pageDir,
      api,
      counters,
      onUpgrade: () => {},
    });
    const host = `Host: 127.0.0.1:${server.port}\r\nAuthorization: Bearer ${TOKEN}\r\n`;
    const hanging = [
      sendRaw(server.port, `GET /api/events HTTP/1.1\r\n${host}\r\n`),
      sendRaw(server.port, `GET /mqtt HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`),
      sendRaw(server.port, "GET / HT"),
    ];
    await expect.poll(() => api.subscribers).toBe(1);
    await server.stop();
    await Promise.all(hanging);
    expect(api.subscribers).toBe(0);
    const next = createServer();
    await new Promise<void>((resolve) => next.listen(server.port, "127.0.0.1", resolve));
    await new Promise((resolve) => next.close(resolve));
  });
});
