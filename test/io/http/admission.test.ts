/** The routes around the home, over HTTP, with a folder's real admission behind them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCounters } from "../../../runtime/core/counters.js";
import { type FolderAdmission, openAdmission } from "../../../runtime/hub/admission-folder.js";
import { type HttpHandle, startHttp } from "../../../runtime/io/http/http.js";
import { FakeHubApi } from "../../fakes/fake-hub-api.js";
import { callApi } from "./call.js";

const TOKEN = "0123456789abcdef";
const folder = mkdtempSync(join(tmpdir(), "mindos-http-admission-"));
let admission: FolderAdmission;
let http: HttpHandle;

beforeAll(async () => {
  admission = await openAdmission(join(folder, "hub"), {
    holder: "test",
    hubName: "hub",
    host: "127.0.0.1",
    onNote: () => undefined,
  });
  const api = Object.assign(new FakeHubApi(), { admission: admission.api });
  http = await startHttp({
    host: "127.0.0.1",
    port: 0,
    token: TOKEN,
    pageDir: folder,
    api,
    counters: createCounters(),
  });
});
afterAll(async () => {
  await http.stop();
  await admission.close();
  rmSync(folder, { recursive: true, force: true });
});

const call = (path: string, body?: unknown) => callApi(http, TOKEN, path, body);

test("a home is made and shown, and an invitation opened, shown and taken back", async () => {
  expect(await call("/api/home")).toEqual({ status: 200, value: null });
  expect(await call("/api/invitation/open", {})).toMatchObject({ status: 409, value: { code: "HOME_MISSING" } });
  expect(await call("/api/home/create", { name: "villa" })).toMatchObject({
    status: 200,
    value: { name: "villa", role: "owner" },
  });
  expect(await call("/api/home/create", { name: "villa" })).toMatchObject({
    status: 409,
    value: { code: "HOME_EXISTS" },
  });
  const opened = await call("/api/invitation/open", { role: "member", minutes: 5 });
  expect(opened).toMatchObject({
    status: 200,
    value: { id: 1, state: "open", code: expect.stringMatching(/^[a-z]+-[a-z]+-[a-z]+$/) },
  });
  const { qr } = opened.value as { qr: string[] };
  expect(qr.every((row) => row.length === qr.length && /^[01]+$/.test(row))).toBe(true);
  expect(await call("/api/invitation")).toEqual(opened);
  expect(await call("/api/invitations")).toEqual({ status: 200, value: [opened.value] });
  expect(await call("/api/invitation/answer", { id: 1 })).toMatchObject({ status: 200, value: { state: "over" } });
  expect(await call("/api/invitations")).toMatchObject({ status: 200, value: [{ id: 1, state: "over", qr: [] }] });
  expect(await call("/api/joining")).toEqual({ status: 200, value: null });
});

test.each([
  ["/api/invitation?id=0", undefined, 400],
  ["/api/invitation?id=99", undefined, 404],
  ["/api/invitation/open", { role: "king" }, 400],
  ["/api/invitation/open", { minutes: 0 }, 400],
  ["/api/invitation/open", { minutes: 61 }, 400],
  ["/api/invitation/answer", { id: "1" }, 400],
  ["/api/joining/begin", { invitation: "x".repeat(600) }, 400],
  ["/api/joining/answer", {}, 404],
  ["/api/revoke", { hub: "nobody" }, 404],
  ["/api/revoke", [], 400],
] as const)("%s with %j is refused with %d", async (path, body, status) => {
  expect((await call(path, body)).status).toBe(status);
});
