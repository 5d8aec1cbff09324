/**
 * One MQTT session that is a link, at either end of a TLS connection. Not pure: a socket.
 * Frames of one tick leave in one write: one TLS record and one system call for all of them.
 */
import type { Duplex } from "node:stream";
import type { HubId } from "../../core/ids.js";
import type { Counters } from "../../core/ports.js";
import type { LinkSecret } from "./datagrams.js";
import {
  CONNACK,
  CONNACK_CODES,
  CONNECT,
  DISCONNECT,
  encodeConnect,
  FRAME_BYTES_MAX,
  frameOf,
  judgeConnect,
  KEEPALIVE_S,
  LINK_OUTGOING_BYTES_MAX,
  PacketReader,
  PINGREQ,
  PINGRESP,
  PUBLISH,
  publishBytes,
  writePublish,
} from "./frames.js";

/** How often somebody must call `beat`. Three of them fit into the keepalive. Unit: ms. */
export const BEAT_MS = 5_000;
/** A client that has sent nothing for this many beats says PINGREQ: within the keepalive, whenever it stopped. */
const IDLE_BEATS_MAX = 2;
/** Nothing heard for this many beats, at least 1.5 times the keepalive: the connection is dead. §3.1.2.10. */
const SILENT_BEATS_MAX = Math.ceil((1.5 * KEEPALIVE_S * 1000) / BEAT_MS) + 1;

/** How long the other end of a link that is closed here has to read what was said last: it may stall for 20 s. Unit: ms. */
const LAST_WORDS_MS = 25_000;
/** A process that wants to end waits no longer for that. Unit: ms. */
const LAST_WORDS_STOP_MS = 500;
/** What an honest end can have on its way when it is told; what is more is not read. Unit: bytes. */
const LATE_BYTES_MAX = 2 * LINK_OUTGOING_BYTES_MAX;

/** A link's turn: so long it may occupy the processor, then all others and the timers have theirs, and then it goes on. Raise: less overhead (0.5 % of a flood);
 *  lower: others wait less beside a flood. Unit: ms. */
const TURN_MS = 4;
/** After so much it is looked at the clock: some 400 of the smallest frames, the cheapest of which take 5 µs. Unit: bytes. */
const TURN_STEP_BYTES = 4096;

export interface LinkSession {
  /** Proven by the channel. */
  readonly peer: HubId;
  /** "192.168.1.20:41234", for people. */
  readonly remote: string;
  /** Absent: nothing can pass beside it. */
  readonly beside?: LinkSecret | undefined;
  /** @param frame given away.
   *  @returns false when the outgoing buffer is full or the session is over.
   *  @throws RangeError for a frame over 64 KiB: the caller's mistake. */
  send(frame: Uint8Array): boolean;
  /** To be called every `BEAT_MS`: keeps the session alive, or finds it dead. */
  beat(): void;
  close(): void;
}

/** Told in this order for each session: opened, received…, closed. A session that never opens is not heard of. */
export interface SessionEvents {
  opened(session: LinkSession): void;
  /** @param frame a view of a receive buffer, which stays as it is but may be large: copy what is kept for long. */
  received(session: LinkSession, frame: Uint8Array): void;
  closed(session: LinkSession): void;
}

export interface SessionOptions {
  /** Its TLS handshake is over, and its key is the peer's. The session closes it. */
  readonly socket: Duplex & { unref?(): unknown };
  readonly dialled: boolean;
  readonly selfId: HubId;
  readonly peer: HubId;
  readonly remote: string;
  readonly beside?: LinkSecret | undefined;
  readonly counters: Counters;
  readonly events: SessionEvents;
  /** Monotonic. Unit: ms. */
  readonly nowMs?: () => number;
}

export class MqttSession implements LinkSession {
  readonly peer: HubId;
  readonly remote: string;
  readonly beside: LinkSecret | undefined;
  readonly #options: SessionOptions;
  readonly #socket: SessionOptions["socket"];
  readonly #reader = new PacketReader();
  #state: "opening" | "open" | "closed" = "opening";
  /** Frames of this tick. */
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #idleBeats = 0;
  #silentBeats = 0;
  /** A PINGRESP waits for the socket. */
  #isAnswering = false;
  /** When this turn began; undefined: nothing was read since the last one. Unit: ms. */
  #turnMs: number | undefined;
  /** Of the chunk at which the turn was over; the socket is not read meanwhile, so that TCP slows the other end down. */
  #waiting: Buffer | undefined;
  /** Read since this end has closed; undefined: it has not. Unit: bytes. */
  #lateBytes: number | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.peer = options.peer;
    this.remote = options.remote;
    this.beside = options.beside;
    this.#socket = options.socket;
    this.#socket.on("data", (chunk: Buffer) => this.#fed(chunk));
    this.#socket.on("error", () => this.#socket.destroy());
    this.#socket.on("end", () => this.#heardAll());
    this.#socket.on("close", () => this.#ended());
    if (options.dialled) this.#socket.write(encodeConnect(options.selfId));
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  #now(): number {
    return this.#options.nowMs?.() ?? performance.now();
  }

  send(frame: Uint8Array): boolean {
    if (frame.length > FRAME_BYTES_MAX) throw new RangeError(`a frame of ${frame.length} bytes`);
    if (this.#state !== "open" || !this.#socket.writable) return false;
    const bytes = publishBytes(frame.length);
    if (this.#socket.writableLength + this.#pendingBytes + bytes > LINK_OUTGOING_BYTES_MAX) {
      this.#options.counters.count("link.buffer_full");
      return false;
    }
    if (this.#pending.push(frame) === 1) process.nextTick(this.#flush);
    this.#pendingBytes += bytes;
    return true;
  }

  beat(): void {
    if (this.#state === "closed") return;
    this.#idleBeats += 1;
    this.#silentBeats += 1;
    if (this.#silentBeats > SILENT_BEATS_MAX) {
      this.#options.counters.count("link.keepalive_timeout");
      this.close();
    } else if (this.#options.dialled && this.#state === "open") {
      // Also when only the other side is quiet: its PINGRESP tells that it is there.
      if (this.#idleBeats >= IDLE_BEATS_MAX || this.#silentBeats >= IDLE_BEATS_MAX) this.#write([PINGREQ, 0]);
    }
  }

  /** Over at once for whoever holds the session. What was sent before still leaves: this half of the connection ends behind it, and the other half is
   *  read to its end, since a kernel that is closed over unread bytes, or is sent more, answers with a reset, which overtakes the last words (RFC 9293 §3.6,
   *  RFC 1122 §4.2.2.13). */
  close(): void {
    if (this.#lateBytes === undefined) this.#part();
    this.#ended();
  }

  #part(): void {
    const socket = this.#socket;
    this.#lateBytes = 0;
    if (this.#state === "opening" || socket.destroyed || !socket.writable) {
      socket.destroy();
      return;
    }
    if (this.#pending.length > 0) this.#flush();
    socket.end();
    socket.resume(); // it may be between two turns
    const timers = [
      setTimeout(() => socket.unref?.(), LAST_WORDS_STOP_MS),
      setTimeout(() => socket.destroy(), LAST_WORDS_MS),
    ];
    for (const timer of timers) {
      timer.unref();
      socket.once("close", () => clearTimeout(timer));
    }
  }

  /** The other end says nothing more. */
  #heardAll(): void {
    if (this.#lateBytes !== undefined) this.#socket.destroy();
    this.close();
  }

  readonly #flush = (): void => {
    const frames = this.#pending;
    const packets = Buffer.allocUnsafe(this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    if (this.#state !== "open") return;
    let at = 0;
    for (const frame of frames) at = writePublish(packets, at, frame);
    this.#idleBeats = 0;
    this.#socket.write(packets);
  };

  #write(bytes: readonly number[]): void {
    this.#idleBeats = 0;
    if (this.#socket.writable) this.#socket.write(Buffer.from(bytes));
  }

  /** One at a time, whatever is asked meanwhile: who asks without end and reads nothing would fill the memory with answers. */
  #answerPing(): void {
    if (this.#isAnswering || !this.#socket.writable) return;
    this.#isAnswering = true;
    this.#idleBeats = 0;
    this.#socket.write(Buffer.from([PINGRESP, 0]), () => {
      this.#isAnswering = false;
    });
  }

  #fed(chunk: Buffer): void {
    this.#silentBeats = 0;
    if (this.#isClosed()) return this.#fedLate(chunk);
    if (this.#turnMs === undefined) this.#beginTurn();
    this.#read(chunk);
  }

  /** libuv reads up to 32 times 64 KiB from one socket before it looks at another: of small frames that is a second's work (`uv__read`). */
  #read(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; at += TURN_STEP_BYTES) {
      if (this.#now() - (this.#turnMs ?? 0) >= TURN_MS) {
        this.#waiting = chunk.subarray(at);
        this.#socket.pause();
        return;
      }
      if (!this.#reader.feed(chunk.subarray(at, at + TURN_STEP_BYTES), this.#take)) return this.#refused();
    }
  }

  #beginTurn(): void {
    this.#turnMs = this.#now();
    setImmediate(this.#nextTurn);
  }

  readonly #nextTurn = (): void => {
    this.#turnMs = undefined;
    const chunk = this.#waiting;
    if (chunk === undefined || this.#isClosed()) return;
    this.#waiting = undefined;
    this.#beginTurn();
    this.#read(chunk);
    if (this.#waiting === undefined) this.#socket.resume();
  };

  #refused(): void {
    if (this.#isClosed()) return; // by whoever was handed a frame
    this.#options.counters.count("link.refused_packet");
    this.close();
  }

  /** It was sent before the other end could know. */
  #fedLate(chunk: Buffer): void {
    this.#lateBytes = (this.#lateBytes ?? 0) + chunk.length;
    if (this.#lateBytes > LATE_BYTES_MAX) this.#socket.destroy();
  }

  /** A closed session takes nothing more, though packets may lie behind the one that closed it. */
  readonly #take = (head: number, body: Uint8Array): boolean => {
    if (this.#state === "open") return this.#takeOpen(head, body);
    return this.#state === "opening" && this.#takeOpening(head, body);
  };

  #takeOpen(head: number, body: Uint8Array): boolean {
    if (head === PUBLISH) {
      const frame = frameOf(body);
      if (frame === undefined) return false;
      this.#options.events.received(this, frame);
      return !this.#isClosed();
    }
    if (body.length > 0) return false;
    const { dialled } = this.#options;
    if (head === PINGRESP) return dialled;
    if (head === PINGREQ && !dialled) {
      this.#answerPing();
      return true;
    }
    if (head === DISCONNECT && !dialled) this.close();
    return head === DISCONNECT && !dialled;
  }

  #takeOpening(head: number, body: Uint8Array): boolean {
    if (this.#options.dialled) {
      // No session is kept on the other side, and the code must be "accepted". §3.2.2
      if (head !== CONNACK || body.length !== 2 || body[0] !== 0 || body[1] !== 0) return false;
    } else {
      if (head !== CONNECT) return false;
      const verdict = judgeConnect(body, this.peer);
      if (verdict === "malformed") return false;
      this.#write([CONNACK, 2, 0, CONNACK_CODES[verdict]]);
      if (verdict !== "accepted") {
        this.#options.counters.count("link.refused_connect");
        this.#socket.end(() => this.close());
        this.#state = "closed";
        return true;
      }
    }
    this.#reader.open();
    this.#state = "open";
    this.#options.events.opened(this);
    return !this.#isClosed();
  }

  /** Apart, since whoever was told may have closed it. */
  #isClosed(): boolean {
    return this.#state === "closed";
  }

  #ended(): void {
    const wasOpen = this.#state === "open";
    this.#state = "closed";
    if (wasOpen) this.#options.events.closed(this);
  }
}
