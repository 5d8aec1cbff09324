/** What the command line makes of notes: others have written them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeInbox, describeSent, sendNote, showInbox } from "../../runtime/cli/mesh-notes.js";
import type { HubId } from "../../runtime/core/ids.js";
import type { ArrivedNote, SentNote } from "../../runtime/core/notes.js";

/** Nobody reads it. */
const out = {
  write: () => undefined,
  isTerminal: false,
  columns: 80,
  tableColumns: 80,
  rows: 24,
  backlogBytes: 0,
  color: false,
};
const ATTIC = "a".repeat(32) as HubId;
const note: ArrivedNote = { id: "0".repeat(16), from: ATTIC, wallMs: 0, arrivedWallMs: 0, bytes: 2 };
const sent: SentNote = { id: "0".repeat(16), to: ATTIC, toName: "attic", wallMs: 0, bytes: 1234, state: "waiting" };

test("neither a name nor a text can drive the terminal", () => {
  const text = describeInbox([
    { ...note, fromName: "\x1b[2Jevil", text: "\x1b]0;title\x07one\ntwo" },
    { ...note, name: "\x1b[31mred.txt" },
  ]);
  expect(text).not.toContain("\x1b");
  expect(text).toMatch(/\n {2}\S*one\n {2}two\n/);
});

test("each outcome is said in words", () => {
  const states = ["waiting", "delivered", "expired", "dropped"] as const;
  const lines = describeSent(states.map((state) => ({ ...sent, state, name: "a.txt" }))).split("\n");
  expect(lines[0]).toContain("a.txt (1,234 bytes) for attic is kept on this hub's disk");
  expect(lines[1]).toContain("is on the disk of attic");
  expect(lines[2]).toContain("could not be reached in time");
  expect(lines[3]).toContain("was dropped");
});

test("a hub that was put out does not promise that a note leaves", () => {
  const text = describeSent([{ ...sent, beginning: "hi", bytes: 2 }], "revoked");
  expect(text).toMatch(
    /"hi" for attic is kept on this hub's disk, and cannot leave: this hub was put out of its home\n$/,
  );
});

test("to send from there says what to do, and does not wait", async () => {
  const written: string[] = [];
  const out = { ...{ isTerminal: false, columns: 80, tableColumns: 80, rows: 24, backlogBytes: 0, color: false } };
  const write = (text: string) => void written.push(text);
  const hub = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: "", name: "cellar" };
  const plan = { to: "attic", words: ["hi"], file: undefined, priority: undefined, waitMs: 60_000 };
  const stop = new AbortController().signal;
  expect(await sendNote(hub, plan, { json: false, out: { ...out, write } }, stop)).toBe(5);
  expect(written.join("")).toMatch(
    /cannot leave: this hub was put out of its home\n→ .*it comes back as a new hub\.\n$/,
  );
});

test("what was sent is told apart by how it begins", () => {
  const [whole, cut] = describeSent([
    { ...sent, state: "delivered", beginning: "the plumber", bytes: 11 },
    { ...sent, state: "delivered", beginning: "one\ntwo\x1b[2J", bytes: 400 },
  ]).split("\n");
  expect(whole).toContain('"the plumber" is on the disk of attic');
  expect(cut).toMatch(/"one two.*…" is on/);
  expect(cut).not.toContain("\x1b");
});

test("what was sent is shown, and neither saved nor removed", async () => {
  const hub = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: "", name: "cellar" };
  const plan = { sent: true, clear: true, save: undefined };
  await expect(showInbox(hub, plan, { json: false, out })).rejects.toThrow("--sent only shows");
});

const folder = mkdtempSync(join(tmpdir(), "mindos-saved-"));
const names = ["../../escape.txt", ".bashrc", "a/b\\c", "plan.txt", "plan.txt", "\x1b[2J"];
let server: Server;
beforeAll(async () => {
  const inbox = names.map((name, at) => ({ ...note, id: String(at).padStart(16, "0"), name }));
  server = createServer((request, response) => {
    const answers: Readonly<Record<string, unknown>> = {
      "/api/notes": { inbox, sent: [] },
      "/api/notes/send": { ...sent, beginning: "hi", bytes: 2 },
      "/api/status": { homeProblem: "revoked" },
    };
    response.end(JSON.stringify(answers[request.url ?? ""] ?? { base64: "aGk=" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

test("files are saved in the folder alone, hidden or over one that is there never", async () => {
  writeFileSync(join(folder, "plan.txt"), "mine");
  const hub = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: "", name: "cellar" };
  await showInbox(hub, { sent: false, clear: false, save: folder }, { json: false, out });
  expect(readFileSync(join(folder, "plan.txt"), "utf8")).toBe("mine");
  const saved = readdirSync(folder);
  expect(saved).toHaveLength(7);
  expect(saved).toEqual(expect.arrayContaining(["escape.txt", "bashrc", "2-plan.txt", "3-plan.txt"]));
  expect(saved.filter((name) => name.startsWith(".") || name.includes("\\") || name.includes("\x1b"))).toEqual([]);
});
