/** The routes around the mesh, over HTTP. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCounters } from "../../../runtime/core/counters.js";
import { type HttpHandle, startHttp } from "../../../runtime/io/http/http.js";
import { FakeHubApi, HUB_IDS } from "../../fakes/fake-hub-api.js";
import { callApi } from "./call.js";

const TOKEN = "0123456789abcdef";
const api = new FakeHubApi();
let http: HttpHandle;

beforeAll(async () => {
  http = await startHttp({
    host: "127.0.0.1",
    port: 0,
    token: TOKEN,
    pageDir: "/nowhere",
    api,
    counters: createCounters(),
  });
});
afterAll(() => http.stop());

const call = (path: string, body?: unknown, token = TOKEN) => callApi(http, token, path, body);

test("the mesh is shown to those who have the token", async () => {
  expect(await call("/api/mesh")).toMatchObject({
    status: 200,
    value: { hub: HUB_IDS[0], names: { [HUB_IDS[1]]: "kitchen" } },
  });
  expect((await call("/api/mesh", undefined, "another-0123456789")).status).toBe(401);
});

test("a ping brings back hops and time, or null when nothing came back", async () => {
  expect(await call("/api/ping", { hub: HUB_IDS[1], timeoutMs: 500 })).toMatchObject({
    status: 200,
    value: { hops: 0 },
  });
  expect(await call("/api/ping", { hub: "ab".repeat(16) })).toEqual({ status: 200, value: null });
});

test.each([
  [{}],
  [{ hub: "kitchen" }],
  [{ hub: HUB_IDS[1], timeoutMs: 0 }],
  [{ hub: HUB_IDS[1], timeoutMs: "1" }],
  [null],
])("a ping of %j is refused", async (body) => {
  const pings = api.meshApi.pings.length;
  expect(await call("/api/ping", body)).toMatchObject({ status: 400, value: { code: "BAD_INPUT" } });
  expect(api.meshApi.pings).toHaveLength(pings);
});
