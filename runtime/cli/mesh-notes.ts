/** Notes to other hubs of the home, as `mindos mesh send` and `mindos mesh inbox` have them. */
import { mkdir, open, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { ERRORS, MindosError, messageOf } from "../core/errors.js";
import { homeProblemOf } from "../core/home-problem.js";
import { type HubId, shortId } from "../core/ids.js";
import { counted } from "../core/mesh-words.js";
import { type ArrivedNote, NOTE_CONTENT_BYTES_MAX, type NotesView, type SentNote } from "../core/notes.js";
import type { HubStatus } from "../core/status.js";
import type { CommandContext } from "./command.js";
import { formatWall, plain } from "./format.js";
import { getJson, type HubAddress, postJson } from "./hub-client.js";
import { pause } from "./prompt.js";
import { safeLines } from "./text-width.js";

const TIMEOUT_MS = 10_000;
/** A person is not kept waiting, and a hub hardly asked. Unit: ms. */
const POLL_MS = 100;
/** After it a person is told what is waited for. Unit: ms. */
const SILENCE_MS = 500;
/** Files of one name in one folder. */
const COPIES_MAX = 1000;

type Context = Pick<CommandContext, "json" | "out">;

export interface NotePlan {
  readonly to: string | undefined;
  readonly words: readonly string[];
  readonly file: string | undefined;
  readonly priority: number | undefined;
  /** How long to wait for the other hub's word. Unit: ms. */
  readonly waitMs: number;
}

/** Kept by the hub when it returns; what became of it meanwhile is told.
 *  @throws MindosError BAD_USAGE | HUB_UNKNOWN | OUTBOX_FULL */
export async function sendNote(hub: HubAddress, plan: NotePlan, { json, out }: Context, stop: AbortSignal) {
  const { to, words, file, priority } = plan;
  if (to === undefined) throw new MindosError("BAD_USAGE", "mindos mesh send needs the name or the id of a hub");
  const text = words.join(" ");
  if ((file === undefined) === (text.trim() === ""))
    throw new MindosError("BAD_USAGE", "mindos mesh send takes a text, or a file with --file");
  const what = file === undefined ? { text } : { name: basename(file), base64: await base64Of(file) };
  const order = { to, ...what, ...(priority === undefined ? {} : { priority }) };
  const kept = await postJson<SentNote>(hub, "/api/notes/send", order, TIMEOUT_MS);
  const { homeProblem } = await getJson<HubStatus>(hub, "/api/status");
  if (homeProblem !== undefined && kept.state === "waiting") {
    const { remedy, exitCode } = ERRORS[homeProblemOf(homeProblem).code];
    const words = `${describeOutcome(kept, homeProblem)}\n→ ${remedy}`;
    out.write(`${json ? JSON.stringify({ ...kept, homeProblem }) : words}\n`);
    return exitCode;
  }
  const note = await outcomeOf(hub, kept, plan.waitMs, stop, () => {
    if (out.isTerminal && !json) out.write(`Kept on disk here. Waiting for ${titleOf(kept)} …\n`);
  });
  out.write(json ? `${JSON.stringify(note)}\n` : `${describeOutcome(note)}\n`);
  return note.state === "waiting" || note.state === "delivered" ? 0 : 5;
}

export interface InboxPlan {
  readonly sent: boolean;
  readonly clear: boolean;
  /** A folder for the files. */
  readonly save: string | undefined;
}

/** What is removed is what was shown, not what comes meanwhile. */
export async function showInbox(hub: HubAddress, { sent, clear, save }: InboxPlan, { json, out }: Context) {
  const view = await getJson<NotesView>(hub, "/api/notes");
  if (sent) {
    if (clear || save !== undefined)
      throw new MindosError("BAD_USAGE", "--sent only shows: --clear and --save are for the notes that came");
    const { homeProblem } = await getJson<HubStatus>(hub, "/api/status");
    out.write(json ? `${JSON.stringify(view.sent)}\n` : describeSent(view.sent, homeProblem));
    return 0;
  }
  out.write(json ? `${JSON.stringify(view.inbox)}\n` : describeInbox(view.inbox));
  if (save !== undefined) for (const path of await saveFiles(hub, view.inbox, save)) if (!json) out.write(`${path}\n`);
  const ids = view.inbox.map(({ id }) => id);
  if (clear && ids.length > 0) await postJson(hub, "/api/notes/remove", { ids }, TIMEOUT_MS);
  return 0;
}

export function describeInbox(inbox: readonly ArrivedNote[]): string {
  if (inbox.length === 0) return "No notes. `mindos mesh send HUB TEXT` sends one to another hub.\n";
  return inbox.map(describeArrived).join("");
}

function describeArrived({ wallMs, from, fromName, name, bytes, text }: ArrivedNote): string {
  const by = `${fromName === undefined ? shortId(from) : plain(fromName)}`;
  const what = text === undefined ? `file ${plain(name)}, ${counted(bytes, "byte")}` : safeLines(text);
  return `${formatWall(wallMs)}  ${by}\n${what.replace(/^/gm, "  ")}\n`;
}

/** @param homeProblem why this hub is out of its home: it links with nobody, so what waits cannot leave. */
export function describeSent(sent: readonly SentNote[], homeProblem?: string): string {
  if (sent.length === 0) return "Nothing waits to be delivered.\n";
  return sent.map((note) => `${formatWall(note.wallMs)}  ${describeOutcome(note, homeProblem)}\n`).join("");
}

function contentOf({ name, beginning, bytes }: SentNote): string {
  return name === undefined ? quoted(beginning ?? "", bytes) : `${plain(name)} (${counted(bytes, "byte")})`;
}

function describeOutcome(note: SentNote, homeProblem?: string): string {
  const { state, expiresWallMs } = note;
  const hub = titleOf(note);
  const what = contentOf(note);
  const until = expiresWallMs === undefined ? "" : `, until ${formatWall(expiresWallMs)}`;
  if (state === "waiting" && homeProblem !== undefined)
    return `${what} for ${hub} is kept on this hub's disk, and cannot leave: ${plain(homeProblemOf(homeProblem).what)}`;
  return {
    waiting: `${what} for ${hub} is kept on this hub's disk; it leaves when ${hub} can be reached${until}`,
    delivered: `${what} is on the disk of ${hub}`,
    expired: `${what} was not delivered: ${hub} could not be reached in time`,
    dropped: `${what} for ${hub} was dropped: what matters more needed its room`,
  }[state];
}

function titleOf({ to, toName }: { readonly to: HubId; readonly toName?: string | undefined }): string {
  return toName === undefined ? shortId(to) : plain(toName);
}

/** A note by how it begins, on one line. */
function quoted(beginning: string, bytes: number): string {
  const line = plain(beginning.replace(/\s+/g, " "));
  const isWhole = new TextEncoder().encode(beginning).length >= bytes;
  return `"${line}${isWhole ? "" : "…"}"`;
}

/** Asks until it is settled, or the time is over. */
async function outcomeOf(
  hub: HubAddress,
  kept: SentNote,
  waitMs: number,
  stop: AbortSignal,
  onWait: () => void,
): Promise<SentNote> {
  const begunMs = performance.now();
  let note = kept;
  let told = false;
  while (note.state === "waiting" && performance.now() < begunMs + waitMs && !stop.aborted) {
    if (!told && performance.now() > begunMs + SILENCE_MS) {
      onWait();
      told = true;
    }
    await pause(POLL_MS, stop);
    const { sent } = await getJson<NotesView>(hub, "/api/notes");
    note = sent.find(({ id }) => id === kept.id) ?? note;
  }
  return note;
}

/** @throws MindosError BAD_USAGE for what no note can hold */
async function base64Of(file: string): Promise<string> {
  const found = await stat(file).catch((cause: unknown) => {
    throw new MindosError("BAD_USAGE", `${file} cannot be read: ${messageOf(cause)}`, { cause });
  });
  if (!found.isFile()) throw new MindosError("BAD_USAGE", `${file} is not a file`);
  if (found.size > NOTE_CONTENT_BYTES_MAX)
    throw new MindosError("BAD_USAGE", `${file} has ${found.size} bytes; a note holds ${NOTE_CONTENT_BYTES_MAX}`);
  return (await readFile(file)).toString("base64");
}

/** Under names of their own: nothing that is there is overwritten. @returns the paths. */
async function saveFiles(hub: HubAddress, inbox: readonly ArrivedNote[], folder: string): Promise<string[]> {
  const paths: string[] = [];
  await mkdir(folder, { recursive: true });
  for (const { id, name } of inbox) {
    if (name === undefined) continue;
    const { base64 } = await postJson<{ readonly base64: string }>(hub, "/api/notes/read", { id }, TIMEOUT_MS);
    paths.push(await saveNew(folder, safeName(name), Buffer.from(base64, "base64")));
  }
  return paths;
}

async function saveNew(folder: string, name: string, content: Buffer): Promise<string> {
  for (let copy = 1; copy <= COPIES_MAX; copy++) {
    const path = join(folder, copy === 1 ? name : `${copy}-${name}`);
    try {
      const file = await open(path, "wx", 0o600);
      await file.writeFile(content).finally(() => file.close());
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST")
        throw new MindosError("BAD_USAGE", `${path} cannot be written: ${messageOf(error)}`, { cause: error });
    }
  }
  throw new MindosError("BAD_USAGE", `${folder} holds ${COPIES_MAX} files called ${name} already`);
}

/** Another hub chose it: no path, no hidden file, nothing that drives a terminal. */
function safeName(name: string): string {
  const safe = plain(basename(name))
    .replace(/[\\/:*?"<>|]/g, "_")
    .replace(/^\.+/, "");
  return safe === "" ? "file" : safe;
}
