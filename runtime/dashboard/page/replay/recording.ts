/**
 * A run of the simulator, read from the lines that `npm run sim -- --record FILE` writes (tools/sim/README.md, Recordings).
 * Pure. Events are kept as what changed from what into what, so that a player goes forwards and backwards alike.
 * Whatever the file holds: a recording, or a `RecordingError` that says which line is wrong.
 */
import { counted } from "../../../core/mesh-words.js";
import { faultText } from "./fault-words.js";

/** A city has 2,000 hubs; the simulator's largest run has 100,000, which no screen can show. */
export const HUBS_MAX = 20_000;
/** 21 bytes each. A cut of 60 % of 1,700 hubs makes some 200,000. */
export const EVENTS_MAX = 3_000_000;
/** Who holds whom for what, while it is not simply alive. */
const HELD_MAX = 1_000_000;
const LINKS_MAX = 1_000_000;
const EDGES_MAX = 1_000_000;
/** The first line names every hub and every edge. Unit: characters. */
const LINE_CHARS_MAX = 64 * 1024 * 1024;
/** Notes are for people: of more only the first are told. */
const NOTES_MAX = 2_000;

/** What changes: the state of a hub's process, a link, what a hub is held for by another one, the cell of a hub. */
export const HUB = 0;
export const LINK = 1;
export const HELD = 2;
export const CELL = 3;
export type EventKind = typeof HUB | typeof LINK | typeof HELD | typeof CELL;

export const HUB_STATES = ["off", "running", "stalled", "killed"] as const;
export const RUNNING = 1;
export const STALLED = 2;
const HELD_STATES = ["alive", "suspect", "dead", "left"] as const;
export const SUSPECT = 1;
export const DEAD = 2;
/** In no cell that is known: the mesh is one, or the hub has not said. */
export const NOWHERE = -1;

export class RecordingError extends Error {
  constructor(line: number, what: string) {
    super(line === 0 ? what : `Line ${line}: ${what}`);
    this.name = "RecordingError";
  }
}

export interface Note {
  readonly timeMs: number;
  readonly text: string;
  /** What the plan did to the mesh, as against what a hub said. */
  readonly isFault: boolean;
}

/** The first line of a recording. */
interface Head {
  readonly scenario: string;
  readonly topology: string;
  readonly seed: number;
  readonly endMs: number;
  readonly ids: readonly string[];
  /** Where the hubs are, [x, y] in turn; absent when nobody knows. */
  readonly places: Float64Array | undefined;
  /** Who hears whom, two numbers in turn. */
  readonly edges: Int32Array;
}

export interface Recording extends Head {
  /** The ends of each link that ever was, two numbers in turn. */
  readonly links: Int32Array;
  readonly events: RecordedEvents;
  readonly notes: readonly Note[];
  /** How long the run was to last, where the file ends before: the simulator was stopped, or the file is not whole. Unit: ms. */
  readonly plannedMs: number | undefined;
}

export interface RecordedEvents {
  readonly count: number;
  /** Never falling. */
  readonly timesMs: Float64Array;
  readonly kinds: Uint8Array;
  /** A hub, or for `LINK` a link. */
  readonly subjects: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
}

type Json = Readonly<Record<string, unknown>>;

export class RecordingReader {
  #rest = "";
  #line = 0;
  #head: Head | undefined;
  #lastMs = 0;
  #ended = false;
  readonly #log = new EventLog();
  readonly #notes: Note[] = [];
  readonly #linkOf = new Map<number, number>();
  readonly #linkEnds: number[] = [];
  readonly #linkUp: number[] = [];
  readonly #held = new Map<number, number>();
  #states = new Int32Array();
  #cells = new Int32Array();

  /** @throws RecordingError */
  push(text: string): void {
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      const line = this.#rest + text.slice(start, end);
      this.#rest = "";
      start = end + 1;
      this.#onLine(line);
    }
    this.#rest += text.slice(start);
    if (this.#rest.length > LINE_CHARS_MAX) throw this.#wrong("it is too long");
  }

  /** The file may end anywhere, in the middle of a line too: `plannedMs` says so. @throws RecordingError */
  end(): Recording {
    if (this.#head === undefined && this.#rest !== "") this.#onLine(this.#rest);
    if (this.#head === undefined) throw new RecordingError(0, "The file is empty.");
    return {
      ...this.#head,
      endMs: this.#ended ? Math.max(this.#head.endMs, this.#lastMs) : this.#lastMs,
      plannedMs: this.#ended ? undefined : this.#head.endMs,
      links: Int32Array.from(this.#linkEnds),
      events: this.#log.events(),
      notes: this.#notes,
    };
  }

  #onLine(text: string): void {
    this.#line += 1;
    if (text.trim() === "") return;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw this.#head === undefined ? notOurs() : this.#wrong("it is not JSON");
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.#head === undefined ? notOurs() : this.#wrong("it is no event");
    }
    if (this.#head === undefined) this.#begin(value as Json);
    else this.#onEvent(value as Json, this.#head.ids.length);
  }

  #begin(value: Json): void {
    if (value["type"] !== "mindos-sim") throw notOurs();
    if (value["version"] !== 1)
      throw this.#wrong(`recordings of version ${String(value["version"])} are not known here`);
    this.#head = headOf(value, (what) => this.#wrong(what));
    this.#states = new Int32Array(this.#head.ids.length);
    this.#cells = new Int32Array(this.#head.ids.length).fill(NOWHERE);
  }

  #onEvent(event: Json, hubs: number): void {
    const timeMs = event["t"];
    if (typeof timeMs !== "number" || !(timeMs >= this.#lastMs)) throw this.#wrong('"t" is no time, or goes backwards');
    this.#lastMs = timeMs;
    const hub = (name: string) => this.#index(event[name], hubs, name);
    switch (event["e"]) {
      case "hub": {
        const at = hub("h");
        this.#change(timeMs, HUB, at, this.#states, this.#oneOf(event["s"], HUB_STATES, "s"));
        return;
      }
      case "up":
      case "down":
        return this.#onLink(timeMs, hub("a"), hub("b"), event["e"] === "up" ? 1 : 0);
      case "held":
        return this.#onHeld(timeMs, hub("h"), hub("of"), this.#oneOf(event["s"], HELD_STATES, "s"), hubs);
      case "place": {
        const [cell = NOWHERE] = this.#list(event["in"], "in");
        const at = hub("h");
        this.#change(timeMs, CELL, at, this.#cells, cell === NOWHERE ? NOWHERE : this.#index(cell, hubs, "in"));
        return;
      }
      case "cut":
        return this.#note(
          timeMs,
          false,
          `hub ${hub("h")}: ${counted(this.#list(event["of"], "of").length, "hub")} lost at once`,
        );
      case "isolated":
        return this.#note(timeMs, false, `hub ${hub("h")}: ${event["is"] === true ? "cut off" : "no longer cut off"}`);
      case "fault":
        return this.#note(timeMs, true, faultText(String(event["type"]), Number(event["count"]) || 0));
      case "end":
        this.#ended = true;
        return;
      default: // A later simulator may record more.
    }
  }

  #onLink(timeMs: number, a: number, b: number, up: number): void {
    const key = Math.min(a, b) * HUBS_MAX + Math.max(a, b);
    let link = this.#linkOf.get(key);
    if (link === undefined) {
      link = this.#linkUp.length;
      if (link >= LINKS_MAX) throw this.#wrong(`there are more than ${LINKS_MAX} links`);
      this.#linkOf.set(key, link);
      this.#linkEnds.push(a, b);
      this.#linkUp.push(0);
    }
    this.#change(timeMs, LINK, link, this.#linkUp, up);
  }

  #onHeld(timeMs: number, by: number, of: number, state: number, hubs: number): void {
    const key = by * hubs + of;
    const before = this.#held.get(key) ?? 0;
    if (state === before) return;
    if (state === 0) this.#held.delete(key);
    else this.#held.set(key, state);
    if (this.#held.size > HELD_MAX) throw this.#wrong("too many hubs hold others for dead");
    this.#append(timeMs, HELD, of, before, state);
  }

  #change(timeMs: number, kind: EventKind, subject: number, now: number[] | Int32Array, to: number): void {
    const from = now[subject] ?? 0;
    if (from === to) return;
    now[subject] = to;
    this.#append(timeMs, kind, subject, from, to);
  }

  #append(timeMs: number, kind: EventKind, subject: number, from: number, to: number): void {
    if (this.#log.count >= EVENTS_MAX) throw this.#wrong(`there are more than ${EVENTS_MAX} events`);
    this.#log.append(timeMs, kind, subject, from, to);
  }

  #note(timeMs: number, isFault: boolean, text: string): void {
    if (this.#notes.length < NOTES_MAX || isFault) this.#notes.push({ timeMs, text, isFault });
    if (this.#notes.length > 2 * NOTES_MAX) throw this.#wrong("there are too many faults");
  }

  #index(value: unknown, hubs: number, name: string): number {
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < hubs) return value;
    throw this.#wrong(`"${name}" is no hub of this recording`);
  }

  #list(value: unknown, name: string): readonly number[] {
    if (Array.isArray(value)) return value as readonly number[];
    throw this.#wrong(`"${name}" is no list`);
  }

  #oneOf(value: unknown, names: readonly string[], name: string): number {
    const at = names.indexOf(value as string);
    if (at < 0) throw this.#wrong(`"${name}" is none of ${names.join(", ")}`);
    return at;
  }

  #wrong(what: string): RecordingError {
    return new RecordingError(this.#line, `${what}.`);
  }
}

function notOurs(): RecordingError {
  return new RecordingError(0, "This is no recording of the simulator. Make one with: npm run sim -- --record FILE");
}

function headOf(value: Json, wrong: (what: string) => RecordingError): Head {
  const { hubs, edges, endMs, seed } = value;
  if (!Array.isArray(hubs) || hubs.length === 0) throw wrong('"hubs" is no list of hubs');
  if (hubs.length > HUBS_MAX) throw wrong(`${hubs.length} hubs are more than a screen can show (${HUBS_MAX})`);
  if (typeof endMs !== "number" || !Number.isFinite(endMs) || endMs < 0) throw wrong('"endMs" is no time');
  if (!Array.isArray(edges) || edges.length > EDGES_MAX) throw wrong('"edges" is no list, or too long a one');
  const ids = (hubs as unknown[]).map((hub) => String((hub as Json | null)?.["id"] ?? "").slice(0, 32));
  const flat = new Int32Array(edges.length * 2);
  for (const [at, edge] of (edges as unknown[]).entries()) {
    const [a, b] = Array.isArray(edge) ? (edge as unknown[]) : [];
    const isEnd = (end: unknown): end is number =>
      Number.isInteger(end) && (end as number) >= 0 && (end as number) < hubs.length;
    if (!isEnd(a) || !isEnd(b)) throw wrong(`edge ${at} joins no two hubs of this recording`);
    flat[2 * at] = a;
    flat[2 * at + 1] = b;
  }
  const text = (name: string) => String(value[name] ?? "").slice(0, 60);
  return {
    ...{ scenario: text("scenario"), topology: text("topology"), seed: Number(seed) || 0, endMs, ids },
    ...{ places: placesOf(hubs as unknown[]), edges: flat },
  };
}

/** All or none: half a map would mislead. */
function placesOf(hubs: readonly unknown[]): Float64Array | undefined {
  const places = new Float64Array(hubs.length * 2);
  for (const [at, hub] of hubs.entries()) {
    const { x, y } = (hub ?? {}) as { x?: unknown; y?: unknown };
    if (typeof x !== "number" || typeof y !== "number" || !Number.isFinite(x) || !Number.isFinite(y)) return undefined;
    places[2 * at] = x;
    places[2 * at + 1] = y;
  }
  return places;
}

const FIRST_ROOM = 16_384;

/** Typed arrays that grow by doubling. */
class EventLog {
  count = 0;
  #timesMs = new Float64Array(FIRST_ROOM);
  #kinds = new Uint8Array(FIRST_ROOM);
  #numbers: readonly [Int32Array, Int32Array, Int32Array] = [
    new Int32Array(FIRST_ROOM),
    new Int32Array(FIRST_ROOM),
    new Int32Array(FIRST_ROOM),
  ];

  append(timeMs: number, kind: EventKind, subject: number, from: number, to: number): void {
    const at = this.count;
    if (at === this.#kinds.length) this.#grow();
    this.#timesMs[at] = timeMs;
    this.#kinds[at] = kind;
    this.#numbers[0][at] = subject;
    this.#numbers[1][at] = from;
    this.#numbers[2][at] = to;
    this.count = at + 1;
  }

  events(): RecordedEvents {
    const { count } = this;
    const [subjects, from, to] = this.#numbers.map((numbers) => numbers.subarray(0, count)) as [
      Int32Array,
      Int32Array,
      Int32Array,
    ];
    return {
      count,
      timesMs: this.#timesMs.subarray(0, count),
      kinds: this.#kinds.subarray(0, count),
      subjects,
      from,
      to,
    };
  }

  #grow(): void {
    const room = 2 * this.#kinds.length;
    const larger = (old: Int32Array) => {
      const grown = new Int32Array(room);
      grown.set(old);
      return grown;
    };
    const timesMs = new Float64Array(room);
    timesMs.set(this.#timesMs);
    this.#timesMs = timesMs;
    const kinds = new Uint8Array(room);
    kinds.set(this.#kinds);
    this.#kinds = kinds;
    const [subjects, from, to] = this.#numbers;
    this.#numbers = [larger(subjects), larger(from), larger(to)];
  }
}
