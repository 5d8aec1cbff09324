/**
 * Notes: what a person, or a program, wants another hub to have for certain. Types and bounds only. As routes of the local API (core/status.ts):
 *   GET  /api/notes                                              → NotesView
 *   POST /api/notes/send {to, text, priority?, ttlS?}            → SentNote
 *   POST /api/notes/send {to, name, base64, priority?, ttlS?}    → SentNote
 *   POST /api/notes/read {id}                                    → {base64}
 *   POST /api/notes/remove {ids}                                 → {removed}: how many
 */
import type { HubId } from "./ids.js";

/** A parcel holds 61,440 bytes; the rest is for the fields around it. */
export const NOTE_CONTENT_BYTES_MAX = 60_000;
export const NOTE_NAME_BYTES_MAX = 200;
/** Enough to tell one note from another. */
export const NOTE_BEGINNING_MAX = 60;
export const NOTE_PRIORITY_USUAL = 3;
/** As long as any parcel lives. */
export const NOTE_TTL_S_MAX = 259_200;

export interface NoteBody {
  /** 8 random bytes, as hex: names the note for its origin and its reader. */
  readonly id: string;
  /** When it was written, by its origin's clock. */
  readonly wallMs: number;
  /** Of the file that it is; absent: a text. */
  readonly name?: string;
  readonly content: Uint8Array;
}

/** A note that has arrived here; it is on disk. */
export interface ArrivedNote {
  readonly id: string;
  readonly from: HubId;
  /** What that hub is called, as far as it is known. */
  readonly fromName?: string;
  readonly wallMs: number;
  readonly arrivedWallMs: number;
  readonly bytes: number;
  /** Of a file. */
  readonly name?: string;
  /** Of a text. */
  readonly text?: string;
}

/** delivered: it is on the other hub's disk; expired: its time was over; dropped: there was no room for it, or no disk. */
export type NoteState = "waiting" | "delivered" | "expired" | "dropped";

export interface SentNote {
  readonly id: string;
  readonly to: HubId;
  readonly toName?: string;
  readonly wallMs: number;
  readonly bytes: number;
  /** Of a file. */
  readonly name?: string;
  /** Of a text: how it begins, in up to NOTE_BEGINNING_MAX characters. */
  readonly beginning?: string;
  /** 0 (whenever) … 7 (now); absent once it is settled. */
  readonly priority?: number;
  /** Until when it is tried; absent once it is settled. */
  readonly expiresWallMs?: number;
  readonly state: NoteState;
}

export interface NotesView {
  /** Oldest first. */
  readonly inbox: readonly ArrivedNote[];
  /** What waits, oldest first, then what was settled lately: it is forgotten with the next start. */
  readonly sent: readonly SentNote[];
}

export interface NoteToSend {
  /** A hub's name, its id or the first digits of it. */
  readonly to: string;
  /** Of a file; absent: the content is a text in UTF-8. */
  readonly name?: string;
  readonly content: Uint8Array;
  readonly priority?: number;
  readonly ttlS?: number;
}

export interface NotesApi {
  view(): Promise<NotesView>;
  /** It is on disk here when this resolves, and leaves when the other hub is in reach.
   *  @throws MindosError HUB_UNKNOWN | HOME_MISSING | BAD_INPUT | OUTBOX_FULL */
  send(note: NoteToSend): Promise<SentNote>;
  /** @returns undefined when there is no such note. */
  read(id: string): Promise<Uint8Array | undefined>;
  /** @returns how many there were. */
  remove(ids: readonly string[]): Promise<number>;
}
