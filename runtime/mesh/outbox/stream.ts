/**
 * The parcels of one origin for one hub: their numbers, which are under way, and how long to wait for an acknowledgement. Pure.
 * A window that grows with acknowledgements and shrinks to one when none comes (as TCP's, RFC 5681, without slow start's doubling:
 * parcels are few and hops slow), and RFC 6298's timer. While a hub is out of reach one parcel probes for it, ever more seldom.
 */
import type { HubId } from "../../core/ids.js";
import { PARCEL_WINDOW } from "../../core/messages-outbox.js";
import { FairQueue } from "./fair-queue.js";
import type { OutboxSettings } from "./settings.js";

/** writing: not yet safe on disk; queued: its turn comes; parked: its stream's window is full; custody: another hub has promised to
 *  deliver it; gone: settled, or dropped. */
export type ParcelState = "writing" | "queued" | "parked" | "flying" | "custody" | "gone";

export interface Parcel {
  readonly stream: Stream;
  readonly number: number;
  readonly priority: number;
  readonly kind: number;
  readonly content: Uint8Array;
  readonly expiresMs: number;
  state: ParcelState;
  sentMs: number;
  tries: number;
  custodian: HubId | undefined;
  /** Its origin's, where a custodian is between it and its reader. */
  proof: Uint8Array | undefined;
}

export class Stream {
  readonly parcels = new Map<number, Parcel>();
  readonly parked = new FairQueue<Parcel>();
  flying = 0;
  /** The next number; only an origin hands out numbers. */
  next = 1;
  usedMs = 0;
  #window: number;
  #roundTripMs = Number.NaN;
  #deviationMs = 0;
  #backoff = 1;
  readonly #settings: OutboxSettings;

  constructor(
    readonly origin: HubId,
    readonly to: HubId,
    readonly stream: number,
    settings: OutboxSettings,
  ) {
    this.#settings = settings;
    this.#window = settings.windowFirst;
  }

  /** The oldest number that is not settled, or the next one. Parcels are in the order of their numbers. */
  get oldest(): number {
    for (const number of this.parcels.keys()) return number;
    return this.next;
  }

  get backingOff(): boolean {
    return this.#backoff > 1;
  }

  /** Whether one more may be sent, and this one: the receiver remembers PARCEL_WINDOW numbers from the oldest on. */
  mayFly(parcel: Parcel): boolean {
    return this.flying < this.#window && parcel.number - this.oldest < PARCEL_WINDOW;
  }

  /** How many more may be under way. */
  get room(): number {
    return this.#window - this.flying;
  }

  /** Unit: ms. */
  get timeoutMs(): number {
    const { timeoutMs, timeoutMsMin, timeoutMsMax } = this.#settings;
    const base = Number.isNaN(this.#roundTripMs) ? timeoutMs : this.#roundTripMs + 4 * this.#deviationMs;
    return Math.min(timeoutMsMax, Math.max(timeoutMsMin, base) * this.#backoff);
  }

  /** @param roundTripMs of a parcel that was sent once: of others nobody knows which try was answered (Karn). */
  acknowledged(roundTripMs: number | undefined): void {
    this.#backoff = 1;
    this.#window = Math.min(this.#settings.windowMax, this.#window + 1);
    if (roundTripMs === undefined) return;
    if (Number.isNaN(this.#roundTripMs)) {
      this.#roundTripMs = roundTripMs;
      this.#deviationMs = roundTripMs / 2;
      return;
    }
    const error = roundTripMs - this.#roundTripMs;
    this.#roundTripMs += error / 8;
    this.#deviationMs += (Math.abs(error) - this.#deviationMs) / 4;
  }

  /** No acknowledgement came in time. @param silent none at all since the last loss: the hub may be out of reach. */
  lost(silent: boolean): void {
    this.#window = silent ? 1 : Math.max(1, this.#window / 2);
    this.#backoff = Math.min(this.#backoff * 2, 1 << 16);
  }

  /** It may be in reach again. */
  hopeful(): void {
    this.#backoff = 1;
  }
}
