/**
 * The sending half of the outbox: numbers parcels, keeps them on disk until they are acknowledged, and sends them at a pace. Pure.
 * A parcel leaves only once it is written: else a number could be used twice after a power cut, and the second parcel under it be
 * taken for a repeat.
 */
import type { HubId } from "../../core/ids.js";
import type { MessageOf } from "../../core/messages.js";
import type { ParcelBody } from "../../core/messages-outbox.js";
import type { StoreOperation } from "../../core/ports.js";
import { Departures } from "./departures.js";
import type { Content, OutboxSink, Outcome, ParcelRef, WaitingParcel } from "./outbox-sink.js";
import type { ParcelProofs } from "./parcel-proofs.js";
import { type ParcelRecord, parcelBytes, parcelKey, type StreamRecord, streamBytes, streamKey } from "./records.js";
import type { OutboxSettings } from "./settings.js";
import { Shelf } from "./shelf.js";
import type { Parcel, Stream } from "./stream.js";
import { StreamTable } from "./stream-table.js";

/** Under churn ways change all the time. Unit: ms. */
const HOPE_MS = 1000;
/** Parcels that run out are looked for at most so often. Unit: ms. */
const SWEEP_MS = 1000;

export interface SenderOptions {
  readonly hub: HubId;
  readonly epoch: number;
  /** Wall clock minus monotonic clock, at the start. Unit: ms. */
  readonly wallOffsetMs: number;
  readonly settings: OutboxSettings;
  readonly sink: OutboxSink;
  readonly proofs: ParcelProofs;
  readonly nextSerial: () => number;
}

export class Sender {
  readonly #options: SenderOptions;
  readonly #settings: OutboxSettings;
  readonly #sink: OutboxSink;
  readonly #streams: StreamTable;
  readonly #departures: Departures;
  readonly #shelf: Shelf;
  /** In the order of their serials. */
  readonly #writing = new Map<number, Parcel>();
  #expiryMs = Number.POSITIVE_INFINITY;
  /** When all that back off try again, and when they last did. */
  #hopeMs = Number.POSITIVE_INFINITY;
  #hopedMs = Number.NEGATIVE_INFINITY;
  #custodians: readonly HubId[] = [];

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#sink = options.sink;
    this.#streams = new StreamTable(options.hub, options.epoch, options.settings);
    this.#shelf = new Shelf(options.hub, options.settings);
    this.#departures = new Departures(options.settings, {
      launch: (parcel, nowMs) => this.#launch(parcel, nowMs),
      silent: (to) => options.sink.learnt(to, false),
    });
  }

  get parcels(): number {
    return this.#shelf.parcels;
  }

  get bytes(): number {
    return this.#shelf.bytes;
  }

  *own(): Generator<WaitingParcel> {
    for (const { stream, priority, kind, content, expiresMs } of this.#shelf.all())
      if (stream.origin === this.#options.hub) yield { to: stream.to, priority, kind, bytes: content, expiresMs };
  }

  /** Whether nothing is left here that nobody else has taken. */
  get handedOver(): boolean {
    for (const parcel of this.#shelf.all()) if (parcel.state !== "custody") return false;
    return true;
  }

  get deadlineMs(): number {
    const expiryMs = this.#shelf.parcels === 0 ? Number.POSITIVE_INFINITY : this.#expiryMs;
    return Math.min(this.#departures.deadlineMs, expiryMs, this.#hopeMs);
  }

  /** @returns undefined when there is no room for it. */
  send(to: HubId, content: Content, priority: number, ttlMs: number, nowMs: number): ParcelRef | undefined {
    const stream = this.#streamFor(to, nowMs);
    const room = this.#shelf.roomFor(priority, content.bytes.length, true);
    if (stream === undefined || room === undefined) {
      this.#sink.count("mesh.outbox.full");
      return undefined;
    }
    const number = stream.next;
    stream.next += 1;
    const { to: hub, stream: id, next } = stream;
    const streamPut = { type: "put", key: streamKey(to), value: streamBytes({ to: hub, stream: id, next }) } as const;
    const draft = { number, content, priority, expiresMs: nowMs + ttlMs, proof: undefined };
    this.#shelve(stream, draft, room, [streamPut], nowMs);
    return { to, stream: stream.stream, number };
  }

  /** For a hub that leaves. @returns false when there is no room, or no such life left. */
  takeCustody(origin: HubId, to: HubId, body: ParcelBody, nowMs: number): boolean {
    const { stream: id, number, content, priority = 0, ttlS = 0, kind = 0, proof } = body;
    if (content === undefined || ttlS === 0) return false;
    const known = this.#streams.get(origin, to);
    if (known !== undefined && known.stream !== id) return false;
    if (known?.parcels.has(number)) return true;
    if (!this.#options.proofs.isMember(to)) return false;
    // Else its reader would refuse it, day after day.
    if (!this.#options.proofs.isParcelProven({ origin, to, stream: id, number, kind, content }, proof, nowMs))
      return false;
    const room = this.#shelf.roomFor(priority, content.length, false);
    const stream = room === undefined ? undefined : (known ?? this.#streams.add(origin, to, id));
    if (room === undefined || stream === undefined) return false;
    const expiresMs = nowMs + ttlS * 1000;
    this.#shelve(stream, { number, content: { kind, bytes: content }, priority, expiresMs, proof }, room, [], nowMs);
    return true;
  }

  /** @param from who says so: the destination, or the custodian that passes its word on. */
  onAck(from: HubId, body: ParcelBody, nowMs: number): void {
    const origin = body.origin ?? this.#options.hub;
    const to = body.to ?? from;
    const stream = this.#streams.get(origin, to);
    if (stream === undefined || stream.stream !== body.stream) return;
    const passedOn = to !== from;
    const { number: upTo, above } = body;
    if (
      passedOn &&
      !this.#options.proofs.isAckProven({ origin, to, stream: body.stream, number: upTo, above }, body.proof, nowMs)
    )
      return;
    let any = false;
    const settle = (number: number): void => {
      const parcel = stream.parcels.get(number);
      if (parcel === undefined || parcel.state === "writing") return;
      if (!passedOn && parcel.state === "flying")
        stream.acknowledged(parcel.tries === 1 ? nowMs - parcel.sentMs : undefined);
      any = true;
      this.#settle(parcel, "delivered");
    };
    for (const number of stream.parcels.keys())
      if (number <= upTo) settle(number);
      // Of this hub's own, numbers are in order; of others', in the order in which they were taken.
      else if (origin === this.#options.hub) break;
    for (let at = 0; above !== undefined && at < above.length * 8; at++)
      if (((above[at >> 3] ?? 0) & (1 << (at & 7))) !== 0) settle(upTo + 1 + at);
    if (!any) return;
    if (!passedOn) this.#sink.learnt(to, true);
    if (origin !== this.#options.hub) this.#sink.route(origin, parcelMessage({ ...body, origin: undefined, to }));
    this.#departures.unpark(stream, nowMs);
  }

  onTaken(from: HubId, body: ParcelBody, nowMs: number): void {
    const stream = body.to === undefined ? undefined : this.#streams.get(this.#options.hub, body.to);
    const parcel = stream?.stream === body.stream ? stream.parcels.get(body.number) : undefined;
    if (stream === undefined || parcel === undefined || parcel.custodian !== from) return;
    if (parcel.state === "flying") stream.acknowledged(parcel.tries === 1 ? nowMs - parcel.sentMs : undefined);
    this.#departures.ground(parcel);
    parcel.state = "custody";
    this.#departures.unpark(stream, nowMs);
  }

  written(serial: number, nowMs: number): void {
    for (const [one, parcel] of this.#writing) {
      if (one > serial) break;
      this.#writing.delete(one);
      if (parcel.state === "writing") this.#departures.enqueue(parcel, nowMs);
    }
  }

  writeFailed(serial: number): void {
    const parcel = this.#writing.get(serial);
    if (parcel === undefined) return;
    this.#writing.delete(serial);
    this.#sink.count("mesh.outbox.notWritten");
    this.#settle(parcel, "dropped");
  }

  /** This hub may be in reach again: what waits for it is tried now. */
  reachable(hub: HubId, nowMs: number): void {
    for (const stream of this.#streams.values()) if (stream.to === hub) this.#departures.hope(stream, nowMs);
  }

  /** Anybody may be in reach again: what backs off is tried at the next tick, not more often than every `HOPE_MS`. */
  waysChanged(nowMs: number): void {
    this.#hopeMs = Math.min(this.#hopeMs, Math.max(nowMs, this.#hopedMs + HOPE_MS));
  }

  /** From now on parcels go to these, who deliver them in this hub's place; to nobody: to their readers again. */
  leave(custodians: readonly HubId[], nowMs: number): void {
    this.#custodians = custodians;
    for (const parcel of this.#shelf.all())
      if (parcel.state === "custody" && custodians.length === 0) this.#departures.enqueue(parcel, nowMs);
    for (const stream of this.#streams.values()) this.#departures.hope(stream, nowMs);
  }

  tick(nowMs: number): void {
    if (this.#expiryMs <= nowMs) this.#expire(nowMs);
    if (this.#hopeMs <= nowMs) {
      this.#hopeMs = Number.POSITIVE_INFINITY;
      this.#hopedMs = nowMs;
      for (const stream of this.#streams.values()) if (stream.backingOff) this.#departures.hope(stream, nowMs);
    }
    this.#departures.tick(nowMs);
  }

  /** What is kept for others of whom one was put out since. */
  prune(): void {
    const { hub, proofs } = this.#options;
    for (const parcel of [...this.#shelf.all()]) {
      const { origin, to } = parcel.stream;
      if (origin !== hub && !(proofs.isMember(origin) && proofs.isMember(to))) this.#settle(parcel, "dropped");
    }
  }

  restoreStream({ to, stream: id, next }: StreamRecord): void {
    const stream = this.#streams.add(this.#options.hub, to, id);
    if (stream === undefined) this.#sink.count("mesh.outbox.restoreFull");
    else stream.next = next;
  }

  /** In the order of their numbers, after all streams. */
  restoreParcel(record: ParcelRecord, nowMs: number): void {
    const { origin, to, stream: id, number, kind, content, priority } = record;
    const own = origin === this.#options.hub;
    const stream = this.#streams.get(origin, to) ?? (own ? undefined : this.#streams.add(origin, to, id));
    const room = this.#shelf.roomFor(priority, content.length, own);
    if (stream === undefined || stream.stream !== id || room === undefined || room.length > 0)
      return this.#sink.count("mesh.outbox.restoreFull");
    const expiresMs = record.expiresWallMs - this.#options.wallOffsetMs;
    const { proof } = record;
    const parcel = this.#place(stream, { number, content: { kind, bytes: content }, priority, expiresMs, proof });
    this.#departures.enqueue(parcel, nowMs);
  }

  #shelve(
    stream: Stream,
    draft: Draft,
    victims: readonly Parcel[],
    more: readonly StoreOperation[],
    nowMs: number,
  ): void {
    for (const victim of victims) {
      this.#sink.count("mesh.outbox.dropped");
      this.#settle(victim, "dropped");
      this.#departures.unpark(victim.stream, nowMs);
    }
    const parcel = this.#place(stream, draft);
    const serial = this.#options.nextSerial();
    this.#writing.set(serial, parcel);
    this.#sink.write(
      [{ type: "put", key: parcelKey(this.#record(parcel)), value: parcelBytes(this.#record(parcel)) }, ...more],
      serial,
    );
  }

  #place(stream: Stream, { number, content, priority, expiresMs, proof }: Draft): Parcel {
    const parcel: Parcel = {
      stream,
      number,
      priority,
      kind: content.kind,
      content: content.bytes,
      expiresMs,
      state: "writing",
      sentMs: 0,
      tries: 0,
      custodian: undefined,
      proof,
    };
    stream.parcels.set(number, parcel);
    this.#shelf.add(parcel);
    this.#expiryMs = Math.min(this.#expiryMs, expiresMs);
    return parcel;
  }

  #record(parcel: Parcel): ParcelRecord {
    const { stream, number, priority, kind, content, expiresMs, proof } = parcel;
    const expiresWallMs = expiresMs + this.#options.wallOffsetMs;
    return {
      origin: stream.origin,
      to: stream.to,
      stream: stream.stream,
      number,
      expiresWallMs,
      priority,
      kind,
      content,
      // This hub's own are signed again when it leaves.
      proof: stream.origin === this.#options.hub ? undefined : proof,
    };
  }

  #streamFor(to: HubId, nowMs: number): Stream | undefined {
    const known = this.#streams.get(this.#options.hub, to);
    const stream =
      known ??
      this.#streams.begin(to, (gone) =>
        this.#sink.write([{ type: "delete", key: streamKey(gone.to) }], this.#options.nextSerial()),
      );
    if (stream !== undefined) stream.usedMs = nowMs;
    return stream;
  }

  #launch(parcel: Parcel, nowMs: number): void {
    const { stream, number, priority, kind, content, expiresMs } = parcel;
    const own = stream.origin === this.#options.hub;
    const ttlS = Math.max(1, Math.ceil((expiresMs - nowMs) / 1000));
    const custodian = own ? this.#custodians[number % this.#custodians.length] : undefined;
    parcel.custodian = custodian ?? parcel.custodian;
    if (parcel.tries > 1) this.#sink.count("mesh.outbox.sentAgain");
    const behind = own ? number - stream.oldest : undefined;
    const body = { stream: stream.stream, number, behind, priority, ttlS, kind, content };
    if (own && custodian === undefined) return this.#sink.route(stream.to, parcelMessage({ op: "parcel", ...body }));
    const { origin, to } = stream;
    parcel.proof ??= this.#options.proofs.signParcel({ origin, to, stream: stream.stream, number, kind, content });
    const { proof } = parcel;
    if (custodian !== undefined) this.#sink.route(custodian, parcelMessage({ op: "custody", ...body, to, proof }));
    else this.#sink.route(to, parcelMessage({ op: "parcel", ...body, origin, proof }));
  }

  #settle(parcel: Parcel, outcome: Outcome): void {
    const { stream, number, kind, content } = parcel;
    this.#departures.ground(parcel);
    parcel.state = "gone";
    stream.parcels.delete(number);
    this.#shelf.delete(parcel);
    this.#sink.write([{ type: "delete", key: parcelKey(this.#record(parcel)) }], this.#options.nextSerial());
    if (stream.origin === this.#options.hub)
      this.#sink.settled({ to: stream.to, stream: stream.stream, number }, { kind, bytes: content }, outcome);
    else if (stream.parcels.size === 0) this.#streams.delete(stream);
  }

  #expire(nowMs: number): void {
    let nextMs = Number.POSITIVE_INFINITY;
    const expired: Parcel[] = [];
    for (const parcel of this.#shelf.all())
      if (parcel.expiresMs <= nowMs) expired.push(parcel);
      else nextMs = Math.min(nextMs, parcel.expiresMs);
    this.#expiryMs = nextMs === Number.POSITIVE_INFINITY ? nextMs : Math.max(nextMs, nowMs + SWEEP_MS);
    for (const parcel of expired) {
      this.#sink.count("mesh.outbox.expired");
      this.#settle(parcel, "expired");
      this.#departures.unpark(parcel.stream, nowMs);
    }
  }
}

interface Draft {
  readonly number: number;
  readonly content: Content;
  readonly priority: number;
  readonly expiresMs: number;
  readonly proof: Uint8Array | undefined;
}

export function parcelMessage(body: ParcelBody): MessageOf<"PARCEL"> {
  return { type: "PARCEL", ...body };
}
