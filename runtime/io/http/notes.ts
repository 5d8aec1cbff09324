/** The local API's routes around notes (listed at the top of core/notes.ts). */
import { NOTE_CONTENT_BYTES_MAX, NOTE_NAME_BYTES_MAX, NOTE_TTL_S_MAX, type NotesApi } from "../../core/notes.js";
import { badInput, type FormBody, readForm } from "./body.js";
import { HttpRefusal, sendJson } from "./reply.js";
import type { Route, RouteContext } from "./route.js";

/** The greatest note in base64, or as text with every second character escaped. */
const BODY_BYTES_MAX = 2 * NOTE_CONTENT_BYTES_MAX;
const HUB_CHARS_MAX = 200;
/** An inbox holds no more. */
const IDS_MAX = 1000;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export const NOTES_ROUTES: readonly (readonly [string, Route])[] = [
  ["/api/notes", { method: "GET", handle: (context) => reply(context, (api) => api.view()) }],
  ["/api/notes/send", post(send)],
  ["/api/notes/read", post(read)],
  ["/api/notes/remove", post(async (api, { ids }) => ({ removed: await api.remove(idsOf(ids)) }))],
];

function post(answer: (api: NotesApi, body: FormBody) => unknown): Route {
  return {
    method: "POST",
    async handle(context) {
      const form = await readForm(context.request, BODY_BYTES_MAX);
      await reply(context, (api) => answer(api, form));
    },
  };
}

async function reply({ api, response }: RouteContext, answer: (api: NotesApi) => unknown): Promise<void> {
  if (api.notes === undefined) throw new HttpRefusal(404, "HOME_MISSING", "this hub sends no notes");
  sendJson(response, 200, await answer(api.notes));
}

function send(api: NotesApi, { to, text, name, base64, priority, ttlS }: FormBody): unknown {
  if (typeof to !== "string" || to === "" || to.length > HUB_CHARS_MAX) throw badInput('"to" does not name a hub');
  const isFile = base64 !== undefined;
  if (isFile === (text !== undefined)) throw badInput('a note has either "text" or "base64"');
  return api.send({
    to,
    content: isFile ? fileOf(base64) : textOf(text),
    ...(isFile ? { name: nameOf(name) } : {}),
    ...optional("priority", priority, 0, 7),
    ...optional("ttlS", ttlS, 1, NOTE_TTL_S_MAX),
  });
}

async function read(api: NotesApi, { id }: FormBody): Promise<{ readonly base64: string }> {
  const content = await api.read(idsOf([id])[0] ?? "");
  if (content === undefined) throw badInput("there is no such note here");
  return { base64: Buffer.from(content).toString("base64") };
}

function textOf(text: unknown): Uint8Array {
  if (typeof text !== "string" || text.trim() === "") throw badInput('"text" is not a text');
  return Buffer.from(text, "utf8");
}

function fileOf(base64: unknown): Uint8Array {
  if (typeof base64 !== "string" || !BASE64.test(base64)) throw badInput('"base64" is not base64');
  return Buffer.from(base64, "base64");
}

function nameOf(name: unknown): string {
  if (typeof name === "string" && name !== "" && Buffer.byteLength(name) <= NOTE_NAME_BYTES_MAX) return name;
  throw badInput(`"name" is not a file's name of up to ${NOTE_NAME_BYTES_MAX} bytes`);
}

function idsOf(ids: unknown): string[] {
  const isId = (id: unknown): id is string => typeof id === "string" && /^[0-9a-f]{16}$/.test(id);
  if (Array.isArray(ids) && ids.length <= IDS_MAX && ids.every(isId)) return ids;
  throw badInput("a note's id has 16 hex digits");
}

function optional(name: string, value: unknown, least: number, most: number): Record<string, number> {
  if (value === undefined) return {};
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return { [name]: value };
  throw badInput(`"${name}" is not a whole number from ${least} to ${most}`);
}
