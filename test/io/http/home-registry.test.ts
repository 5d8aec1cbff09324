/** The routes around members and settings, over HTTP. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCounters } from "../../../runtime/core/counters.js";
import { MindosError } from "../../../runtime/core/errors.js";
import type { HomeRegistryApi, HomeSetting, MemberListing } from "../../../runtime/core/home-registry.js";
import { type HttpHandle, startHttp } from "../../../runtime/io/http/http.js";
import { FakeHubApi, HUB_IDS } from "../../fakes/fake-hub-api.js";
import { callApi } from "./call.js";

const TOKEN = "0123456789abcdef";
const member: MemberListing = {
  ...{ hub: HUB_IDS[1], name: "kitchen", role: "member", presence: "away", addresses: [] },
  ...{ issuedWallMs: 1, expiresWallMs: 2 },
};
const sets: string[] = [];
let role: "owner" | "member" = "owner";

class RegistryFake extends FakeHubApi {
  readonly registry: HomeRegistryApi = {
    members: () => [member],
    settings: () => [],
    set: async (name, value): Promise<HomeSetting> => {
      if (role !== "owner") throw new MindosError("NOT_OWNER", "this hub is no owner");
      sets.push(`${name}=${value}`);
      return { name, value, wallMs: 7, by: HUB_IDS[0] };
    },
  };
}

let http: HttpHandle;
let bare: HttpHandle;
beforeAll(async () => {
  const options = { host: "127.0.0.1", port: 0, token: TOKEN, pageDir: "/nowhere", counters: createCounters() };
  http = await startHttp({ ...options, api: new RegistryFake() });
  bare = await startHttp({ ...options, api: new FakeHubApi() });
});
afterAll(() => Promise.all([http.stop(), bare.stop()]));

const call = (path: string, body?: unknown, at = http) => callApi(at, TOKEN, path, body);

test("members and settings are listed", async () => {
  expect(await call("/api/members")).toEqual({ status: 200, value: [member] });
  expect(await call("/api/settings")).toEqual({ status: 200, value: [] });
  expect(await call("/api/members", undefined, bare)).toMatchObject({ status: 404 });
});

test("an owner's hub sets something, also to nothing; another says why not", async () => {
  expect(await call("/api/settings/set", { name: "name", value: "Villa" })).toMatchObject({ status: 200 });
  expect(await call("/api/settings/set", { name: "name", value: "" })).toMatchObject({ status: 200 });
  expect(sets).toEqual(["name=Villa", "name="]);
  role = "member";
  expect(await call("/api/settings/set", { name: "name", value: "mine" })).toMatchObject({
    value: { code: "NOT_OWNER" },
  });
});

test.each([[null], [{}], [{ name: "name" }], [{ name: 1, value: "x" }], [{ name: "name", value: "x".repeat(201) }]])(
  "%j is refused",
  async (body) => {
    expect(await call("/api/settings/set", body)).toMatchObject({ status: 400, value: { code: "BAD_INPUT" } });
  },
);
