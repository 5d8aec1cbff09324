/** The routes around notes, over HTTP: every argument is checked before the hub sees it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCounters } from "../../../runtime/core/counters.js";
import type { NotesApi, NoteToSend } from "../../../runtime/core/notes.js";
import { type HttpHandle, startHttp } from "../../../runtime/io/http/http.js";
import { FakeHubApi, HUB_IDS } from "../../fakes/fake-hub-api.js";
import { callApi } from "./call.js";

const TOKEN = "0123456789abcdef";
const ID = "0123456789abcdef";
const asked: NoteToSend[] = [];

class NotesFake extends FakeHubApi {
  readonly notes: NotesApi = {
    view: async () => ({ inbox: [], sent: [] }),
    send: async (note) => {
      asked.push(note);
      return { id: ID, to: HUB_IDS[1], wallMs: 1, bytes: note.content.length, state: "waiting" };
    },
    read: async (id) => (id === ID ? Uint8Array.of(1, 2, 3) : undefined),
    remove: async (ids) => ids.length,
  };
}

let http: HttpHandle;
let bare: HttpHandle;
beforeAll(async () => {
  const options = { host: "127.0.0.1", port: 0, token: TOKEN, pageDir: "/nowhere", counters: createCounters() };
  http = await startHttp({ ...options, api: new NotesFake() });
  bare = await startHttp({ ...options, api: new FakeHubApi() });
});
afterAll(() => Promise.all([http.stop(), bare.stop()]));

const call = (path: string, body?: unknown, at = http) => callApi(at, TOKEN, path, body);

test("notes are listed, and missing where a hub sends none", async () => {
  expect(await call("/api/notes")).toEqual({ status: 200, value: { inbox: [], sent: [] } });
  expect(await call("/api/notes", undefined, bare)).toMatchObject({ status: 404 });
});

test("a text and the greatest file come through as bytes", async () => {
  expect(await call("/api/notes/send", { to: "attic", text: "gute Nacht ☾" })).toMatchObject({ status: 200 });
  expect(asked.at(-1)).toEqual({ to: "attic", content: Buffer.from("gute Nacht ☾") });
  const content = Buffer.alloc(60_000, 7);
  const file = { to: "attic", name: "a.bin", base64: content.toString("base64"), priority: 0, ttlS: 60 };
  expect(await call("/api/notes/send", file)).toMatchObject({ status: 200 });
  expect(asked.at(-1)).toEqual({ to: "attic", name: "a.bin", content, priority: 0, ttlS: 60 });
});

test.each([
  { text: "x" },
  { to: "attic" },
  { to: "attic", text: " " },
  { to: "attic", text: "x", base64: "AA==", name: "a" },
  { to: "attic", base64: "not base64", name: "a" },
  { to: "attic", base64: "AA==" },
  { to: "attic", base64: "AA==", name: "n".repeat(201) },
  { to: "attic", text: "x", priority: 8 },
  { to: "attic", text: "x", ttlS: 259_201 },
])("%j is refused, and the hub never sees it", async (body) => {
  const before = asked.length;
  expect(await call("/api/notes/send", body)).toMatchObject({ status: 400 });
  expect(asked).toHaveLength(before);
});

test("a note is read and removed by its id", async () => {
  expect(await call("/api/notes/read", { id: ID })).toEqual({ status: 200, value: { base64: "AQID" } });
  expect(await call("/api/notes/read", { id: "f".repeat(16) })).toMatchObject({ status: 400 });
  expect(await call("/api/notes/remove", { ids: [ID] })).toEqual({ status: 200, value: { removed: 1 } });
  expect(await call("/api/notes/remove", { ids: ["../x"] })).toMatchObject({ status: 400 });
});
