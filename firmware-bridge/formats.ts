/** Which decoders an advert is offered to, by its UUIDs and company ids. Pure. */
import type { Advert } from "../runtime/core/advert.js";
import type { Decoder } from "../runtime/core/decoder.js";

export interface Offer {
  readonly decoder: Decoder;
  readonly data: Uint8Array;
}

/** The Bluetooth base UUID: a 16-bit UUID stands for 0000xxxx and this. */
const BASE = "-0000-1000-8000-00805f9b34fb";

export class Formats {
  readonly #byUuid = new Map<string, Decoder[]>();
  readonly #byCompany = new Map<number, Decoder[]>();

  constructor(decoders: readonly Decoder[]) {
    for (const decoder of decoders) {
      for (const uuid of decoder.serviceUuids) add(this.#byUuid, uuid, decoder);
      for (const company of decoder.companyIds) add(this.#byCompany, company, decoder);
    }
  }

  /** Empty for most of what is in the air: phones, headphones, beacons. */
  offers(advert: Advert): readonly Offer[] {
    const offers: Offer[] = [];
    for (const [uuid, data] of advert.serviceData)
      for (const decoder of this.#byUuid.get(shortUuid(uuid)) ?? []) offers.push({ decoder, data });
    for (const [company, data] of advert.manufacturerData)
      for (const decoder of this.#byCompany.get(company) ?? []) offers.push({ decoder, data });
    return offers;
  }
}

function shortUuid(uuid: string): string {
  if (uuid.length === 4) return uuid;
  const lower = uuid.toLowerCase();
  return lower.length === 36 && lower.startsWith("0000") && lower.endsWith(BASE) ? lower.slice(4, 8) : lower;
}

function add<K>(index: Map<K, Decoder[]>, key: K, decoder: Decoder): void {
  const list = index.get(key);
  if (list) list.push(decoder);
  else index.set(key, [decoder]);
}
