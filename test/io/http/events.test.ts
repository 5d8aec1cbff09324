import { get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createCounters } from "../../../runtime/core/counters.js";
import type { MindosEvent } from "../../../runtime/core/status.js";
import { type HttpHandle, startHttp } from "../../../runtime/io/http/http.js";
import { FakeHubApi } from "../../fakes/fake-hub-api.js";
import { call } from "../../fakes/http-client.js";

const TOKEN = "correct-horse-battery-staple";
const headers = { Authorization: `Bearer ${TOKEN}` };
let api: FakeHubApi;
let http: HttpHandle;
let counters: ReturnType<typeof createCounters>;

beforeEach(async () => {
  api = new FakeHubApi();
  counters = createCounters();
  http = await startHttp({ host: "127.0.0.1", port: 0, token: TOKEN, pageDir: tmpdir(), api, counters });
});
afterEach(() => http.stop());

interface Stream {
  readonly response: IncomingMessage;
  readonly events: MindosEvent[];
  text: string;
}

/** Resolves when the server has answered and subscribed. */
function open(): Promise<Stream> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port: http.port, path: "/api/events", headers, agent: false }, (response) => {
      const stream: Stream = { response, events: [], text: "" };
      response.setEncoding("utf8");
      response.on("error", () => {});
      response.on("data", (chunk: string) => {
        stream.text += chunk;
        const frames = stream.text.split("\n\n");
        stream.text = frames.pop() ?? "";
        for (const frame of frames) {
          if (frame.startsWith("data: ")) stream.events.push(JSON.parse(frame.slice(6)) as MindosEvent);
        }
      });
      resolve(stream);
    }).on("error", reject);
  });
}

test("every subscriber gets every event, in order, from one subscription", async () => {
  const streams = [await open(), await open()];
  expect(api.subscribers).toBe(1);
  for (let i = 0; i < 50; i++) api.emit({ event: "link-up", peer: "aa".repeat(16) as never, name: `hub\n\n${i}` });
  for (const { events } of streams) {
    await expect.poll(() => events.length).toBe(50);
    expect(events.map((event) => event.event === "link-up" && event.name)).toEqual(
      Array.from({ length: 50 }, (_, i) => `hub\n\n${i}`),
    );
  }
});

test("the stream is of the type that browsers want, and is not stored", async () => {
  const { response } = await open();
  expect([response.headers["content-type"], response.headers["cache-control"]]).toEqual([
    "text/event-stream; charset=utf-8",
    "no-store",
  ]);
});

test("of many stats in a second the first comes at once and the newest a second later", async () => {
  const { events } = await open();
  const status = api.status();
  for (let readings = 0; readings <= 20; readings++) api.emit({ event: "stats", status: { ...status, readings } });
  await expect.poll(() => events.length, { timeout: 3000 }).toBe(2);
  expect(events.map((event) => event.event === "stats" && event.status.readings)).toEqual([0, 20]);
});

test("the hub is left alone once nobody listens", async () => {
  const streams = [await open(), await open()];
  for (const { response } of streams) response.destroy();
  await expect.poll(() => api.subscribers).toBe(0);
  const again = await open();
  api.emit({ event: "inference", state: "ready" });
  await expect.poll(() => again.events.length).toBe(1);
});

test("a seventeenth page is refused, and may come when another has gone", async () => {
  const streams: Stream[] = [];
  for (let i = 0; i < 16; i++) streams.push(await open());
  const refused = await call(http.port, "/api/events", { headers });
  expect([refused.status, JSON.parse(refused.body)]).toEqual([503, expect.objectContaining({ code: "TOO_BUSY" })]);
  streams[0]?.response.destroy();
  await expect.poll(async () => (await open()).response.statusCode).toBe(200);
});

test("a subscriber that does not read is dropped, and the others miss nothing", async () => {
  const quick = await open();
  const slow = connect(http.port, "127.0.0.1");
  slow.on("error", () => {});
  slow.write(`GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:${http.port}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`);
  slow.pause();
  // What the kernel's own buffers take is unknown (some MB), so send until the server has noticed.
  const note = "x".repeat(100_000);
  let sent = 0;
  while (counters.snapshot()["http.events-slow"] === undefined && sent < 1000) {
    api.emit({ event: "inference", state: "ready", note });
    sent++;
    await until(() => quick.events.length === sent);
  }
  expect(counters.snapshot()["http.events-slow"]).toBe(1);
  expect(sent).toBeLessThan(1000);
  slow.destroy();
});

/** As expect.poll, without its pauses. */
async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error("it did not come to pass");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
