/** All parcels that wait, within bounds of bytes and count. Pure. What does not fit drives out the lowest priority, of that the oldest. */
import type { HubId } from "../../core/ids.js";
import type { OutboxSettings } from "./settings.js";
import type { Parcel } from "./stream.js";

/** What a parcel costs beside its content. */
const PARCEL_BYTES = 300;

interface Tally {
  bytes: number;
  parcels: number;
}

export class Shelf {
  readonly #self: HubId;
  readonly #settings: OutboxSettings;
  readonly #byPriority: (Set<Parcel> | undefined)[] = new Array(8).fill(undefined);
  readonly #all: Tally = { bytes: 0, parcels: 0 };
  readonly #custody: Tally = { bytes: 0, parcels: 0 };

  constructor(self: HubId, settings: OutboxSettings) {
    this.#self = self;
    this.#settings = settings;
  }

  get parcels(): number {
    return this.#all.parcels;
  }

  get bytes(): number {
    return this.#all.bytes;
  }

  /** @returns the parcels that must go first; undefined when it cannot be: all that is here is worth more. */
  roomFor(priority: number, bytes: number, own: boolean): readonly Parcel[] | undefined {
    const { bytesMax, parcelsMax, custodyBytesMax, custodyParcelsMax } = this.#settings;
    const size = bytes + PARCEL_BYTES;
    const { bytes: heldBytes, parcels: heldParcels } = this.#custody;
    if (!own && (heldBytes + size > custodyBytesMax || heldParcels >= custodyParcelsMax)) return undefined;
    const victims: Parcel[] = [];
    let { bytes: left, parcels } = this.#all;
    for (let level = 0; level <= priority; level++)
      for (const parcel of this.#byPriority[level] ?? []) {
        if (left + size <= bytesMax && parcels < parcelsMax) return victims;
        victims.push(parcel);
        left -= sizeOf(parcel);
        parcels -= 1;
      }
    return left + size <= bytesMax && parcels < parcelsMax ? victims : undefined;
  }

  add(parcel: Parcel): void {
    let level = this.#byPriority[parcel.priority];
    if (level === undefined) {
      level = new Set();
      this.#byPriority[parcel.priority] = level;
    }
    level.add(parcel);
    this.#tally(parcel, 1);
  }

  delete(parcel: Parcel): void {
    if (this.#byPriority[parcel.priority]?.delete(parcel) === true) this.#tally(parcel, -1);
  }

  *all(): Generator<Parcel> {
    for (const level of this.#byPriority) if (level !== undefined) yield* level;
  }

  #tally(parcel: Parcel, sign: 1 | -1): void {
    const tallies = parcel.stream.origin === this.#self ? [this.#all] : [this.#all, this.#custody];
    for (const tally of tallies) {
      tally.bytes += sign * sizeOf(parcel);
      tally.parcels += sign;
    }
  }
}

function sizeOf(parcel: Parcel): number {
  return parcel.content.length + PARCEL_BYTES;
}
