/** Notes between the hubs of a home: what is sent waits in the outbox until the other hub has it on disk, and lies in its inbox. */
import { bytesToHex } from "../core/bytes.js";
import { MindosError } from "../core/errors.js";
import { hubMeant, type NamedHubId } from "../core/hub-meant.js";
import type { HubId } from "../core/ids.js";
import {
  type ArrivedNote,
  NOTE_BEGINNING_MAX,
  NOTE_CONTENT_BYTES_MAX,
  NOTE_PRIORITY_USUAL,
  NOTE_TTL_S_MAX,
  type NoteBody,
  type NotesApi,
  type NoteToSend,
  type SentNote,
} from "../core/notes.js";
import type { Store } from "../core/ports.js";
import type { EncodedPayload } from "../core/routed.js";
import type { EventSink } from "../core/status.js";
import type { Clock, Rng } from "../core/time.js";
import type { Outcome } from "../mesh/outbox/outbox-sink.js";
import { decodePayload, isProblem } from "../wire/frame.js";
import { arrivedNote, Inbox } from "./inbox.js";
import type { MeshDriver } from "./mesh-driver.js";
import type { OutboxDisk } from "./outbox-disk.js";

/** For whoever asks what became of a note: a page of them. */
const SETTLED_MAX = 100;
const ID_BYTES = 8;
/** Of one character. */
const UTF8_BYTES_MAX = 4;

export interface NotesOptions {
  readonly self: HubId;
  readonly mesh: () => Pick<MeshDriver, "node" | "send">;
  readonly disk: OutboxDisk;
  readonly store: Store;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Of the home; none without one. */
  readonly members: () => readonly NamedHubId[];
  readonly emit: EventSink;
}

export class Notes {
  readonly api: NotesApi = {
    view: async () => ({ inbox: (await this.#inbox.list()).map((note) => this.#named(note)), sent: this.#sent() }),
    send: (note) => this.#send(note),
    read: (id) => this.#inbox.content(id),
    remove: (ids) => this.#remove(ids),
  };
  readonly #options: NotesOptions;
  readonly #inbox: Inbox;
  /** By id, in the order in which they were settled. */
  readonly #settled = new Map<string, SentNote>();

  constructor(options: NotesOptions) {
    this.#options = options;
    this.#inbox = new Inbox(options.store);
  }

  /** Before any link opens. */
  load(): Promise<void> {
    return this.#inbox.load();
  }

  /** It is on disk with the write that lets its sender be told. */
  onNote(from: HubId, note: NoteBody): void {
    const { clock, disk, emit } = this.#options;
    const arrivedWallMs = clock.wallMs();
    const arrived = arrivedNote(from, note, arrivedWallMs);
    void disk
      .withNext(this.#inbox.take(from, note, arrivedWallMs))
      .then(() => emit({ event: "note", note: this.#named(arrived) }));
  }

  /** What became of a reliable message of this hub, perhaps of an earlier run. */
  onSettled(to: HubId, content: EncodedPayload, outcome: Outcome): void {
    const note = noteOf(content);
    if (note === undefined) return;
    this.#settled.set(note.id, this.#sentOf(note, to, outcome));
    const [oldest] = this.#settled.keys();
    if (this.#settled.size > SETTLED_MAX && oldest !== undefined) this.#settled.delete(oldest);
  }

  async #send({ to: text, name, content, priority = NOTE_PRIORITY_USUAL, ttlS = NOTE_TTL_S_MAX }: NoteToSend) {
    const { clock, disk, members, mesh, rng, self } = this.#options;
    const known = members();
    if (known.length === 0)
      throw new MindosError("HOME_MISSING", "this hub has no home, so there is nobody to send to");
    const to = hubMeant(text, known, { digitsMin: 4, unknownIds: false });
    if (to === self) throw new MindosError("BAD_INPUT", `"${text}" is this hub itself`);
    if (content.length > NOTE_CONTENT_BYTES_MAX)
      throw new MindosError("BAD_INPUT", `a note has at most ${NOTE_CONTENT_BYTES_MAX} bytes, not ${content.length}`);
    const id = bytesToHex(rng(ID_BYTES));
    const note: NoteBody = { id, wallMs: clock.wallMs(), content, ...(name === undefined ? {} : { name }) };
    mesh().send(to, { type: "NOTE", ...note }, { priority, ttlMs: ttlS * 1000 });
    await disk.settled;
    const settled = this.#settled.get(id);
    if (settled?.state === "dropped")
      throw new MindosError("OUTBOX_FULL", "the note was not kept: there is no room for it, or its disk is full");
    const expiresWallMs = note.wallMs + ttlS * 1000;
    return settled ?? { ...this.#sentOf(note, to, "waiting"), priority, expiresWallMs };
  }

  async #remove(ids: readonly string[]): Promise<number> {
    const operations = this.#inbox.remove(ids);
    if (operations.length > 0) await this.#options.disk.write(operations);
    return operations.length;
  }

  #sent(): SentNote[] {
    const { clock, mesh } = this.#options;
    const wallOffsetMs = clock.wallMs() - clock.nowMs();
    const waiting: SentNote[] = [];
    for (const { to, kind, bytes, priority, expiresMs } of mesh().node.parts.outbox.own()) {
      const note = noteOf({ number: kind, encoded: bytes });
      if (note === undefined) continue;
      const expiresWallMs = Math.round(expiresMs + wallOffsetMs);
      waiting.push({ ...this.#sentOf(note, to, "waiting"), priority, expiresWallMs });
    }
    return [...waiting.sort((a, b) => a.wallMs - b.wallMs), ...this.#settled.values()];
  }

  #sentOf({ id, wallMs, name, content }: NoteBody, to: HubId, state: SentNote["state"]): SentNote {
    const toName = this.#nameOf(to);
    const what = name === undefined ? { beginning: beginningOf(content) } : { name };
    return { id, to, ...what, ...(toName === undefined ? {} : { toName }), wallMs, bytes: content.length, state };
  }

  #named(note: ArrivedNote): ArrivedNote {
    const fromName = this.#nameOf(note.from);
    return fromName === undefined ? note : { ...note, fromName };
  }

  #nameOf(hub: HubId): string | undefined {
    return this.#options.members().find((member) => member.hub === hub)?.name;
  }
}

/** Of a text in UTF-8, cut between two characters. */
function beginningOf(content: Uint8Array): string {
  const head = new TextDecoder().decode(content.subarray(0, NOTE_BEGINNING_MAX * UTF8_BYTES_MAX));
  return [...head].slice(0, NOTE_BEGINNING_MAX).join("");
}

function noteOf(content: EncodedPayload): NoteBody | undefined {
  const read = decodePayload(content);
  return isProblem(read) || read.message.type !== "NOTE" ? undefined : read.message;
}
