/**
 * When parcels leave: by priority, at a pace, a few at a time to each hub, and again when no acknowledgement comes. Pure.
 */
import type { HubId } from "../../core/ids.js";
import { TokenBucket } from "../../core/token-bucket.js";
import { FairQueue } from "./fair-queue.js";
import type { OutboxSettings } from "./settings.js";
import type { Parcel, Stream } from "./stream.js";

/** Header, addresses and the fields around the content, for the pace. Unit: bytes. */
const ENVELOPE_BYTES = 64;

export interface DepartureEvents {
  /** Put it on the mesh. */
  launch(parcel: Parcel, nowMs: number): void;
  /** Nothing that was sent there was acknowledged in time. */
  silent(to: HubId): void;
}

export class Departures {
  readonly #events: DepartureEvents;
  readonly #queue = new FairQueue<Parcel>();
  readonly #pace: TokenBucket;
  /** In the order in which they left. */
  readonly #flying = new Map<Stream, Set<Parcel>>();
  #pumpMs = Number.POSITIVE_INFINITY;
  /** The first acknowledgement that is overdue. Found anew when it is asked for after something moved. */
  #timerMs = Number.POSITIVE_INFINITY;
  #timerIsOld = false;

  constructor(settings: OutboxSettings, events: DepartureEvents) {
    this.#events = events;
    this.#pace = new TokenBucket(settings.bytesPerSecond, settings.burstBytes);
  }

  get deadlineMs(): number {
    if (this.#timerIsOld) this.#setTimer();
    return Math.min(this.#pumpMs, this.#timerMs);
  }

  tick(nowMs: number): void {
    if (this.#timerIsOld) this.#setTimer();
    if (this.#timerMs <= nowMs) for (const [stream, flying] of this.#flying) this.#timeOut(stream, flying, nowMs);
    if (this.#queue.size > 0) this.#pump(nowMs);
  }

  /** It leaves at the next tick, when its turn comes. */
  enqueue(parcel: Parcel, nowMs: number): void {
    parcel.state = "queued";
    this.#queue.push(parcel.priority, parcel);
    this.#pumpMs = Math.min(this.#pumpMs, nowMs);
  }

  /** Sends as much as the pace allows. What finds its stream's window full waits there, so that one hub does not hold up the others. */
  #pump(nowMs: number): void {
    this.#pumpMs = Number.POSITIVE_INFINITY;
    for (let parcel = this.#queue.peek(); parcel !== undefined; parcel = this.#queue.peek()) {
      const { stream } = parcel;
      if (parcel.state !== "queued") this.#queue.pop();
      else if (!stream.mayFly(parcel)) {
        this.#queue.pop();
        parcel.state = "parked";
        stream.parked.push(parcel.priority, parcel);
      } else {
        const cost = parcel.content.length + ENVELOPE_BYTES;
        if (!this.#pace.take(nowMs, cost)) {
          this.#pumpMs = this.#pace.readyMs(nowMs, cost);
          return;
        }
        this.#queue.pop();
        this.#fly(parcel, nowMs);
      }
    }
  }

  #timeOut(stream: Stream, flying: ReadonlySet<Parcel>, nowMs: number): void {
    const { timeoutMs } = stream;
    let lost = 0;
    for (const parcel of flying) {
      if (parcel.sentMs + timeoutMs > nowMs) break;
      this.ground(parcel);
      this.enqueue(parcel, nowMs);
      lost += 1;
    }
    if (lost === 0) return;
    const silent = stream.flying === 0;
    stream.lost(silent);
    if (silent) this.#events.silent(stream.to);
  }

  #setTimer(): void {
    this.#timerIsOld = false;
    this.#timerMs = Number.POSITIVE_INFINITY;
    for (const [stream, flying] of this.#flying) {
      const [first] = flying;
      if (first !== undefined) this.#timerMs = Math.min(this.#timerMs, first.sentMs + stream.timeoutMs);
    }
  }

  /** What is under way is taken for lost, and tried again without waiting. */
  hope(stream: Stream, nowMs: number): void {
    stream.hopeful();
    for (const parcel of this.#flying.get(stream) ?? []) {
      this.ground(parcel);
      this.enqueue(parcel, nowMs);
    }
    this.unpark(stream, nowMs);
  }

  /** No longer under way. */
  ground(parcel: Parcel): void {
    const flying = this.#flying.get(parcel.stream);
    if (flying?.delete(parcel) !== true) return;
    this.#timerIsOld = true;
    parcel.stream.flying -= 1;
    if (flying.size === 0) this.#flying.delete(parcel.stream);
  }

  /** As many as the window has room for: more would only be parked again. */
  unpark(stream: Stream, nowMs: number): void {
    let { room } = stream;
    for (let parcel = stream.parked.peek(); parcel !== undefined; parcel = stream.parked.peek()) {
      if (parcel.state === "parked" && !stream.mayFly(parcel)) return;
      stream.parked.pop();
      if (parcel.state !== "parked") continue;
      this.enqueue(parcel, nowMs);
      room -= 1;
      if (room <= 0) return;
    }
  }

  #fly(parcel: Parcel, nowMs: number): void {
    const { stream } = parcel;
    parcel.state = "flying";
    parcel.sentMs = nowMs;
    parcel.tries += 1;
    stream.flying += 1;
    let flying = this.#flying.get(stream);
    if (flying === undefined) {
      flying = new Set();
      this.#flying.set(stream, flying);
    }
    flying.add(parcel);
    this.#timerIsOld = true;
    this.#events.launch(parcel, nowMs);
  }
}
