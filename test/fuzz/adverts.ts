/**
 * Fuzz target: adverts of arbitrary bytes and of mutated vectors, into every decoder or through the bridge. A run starts
 * from nothing, so that its seed alone brings a crash back.
 */
import { createBridge } from "../../firmware-bridge/bridge.js";
import { decoders } from "../../firmware-bridge/decoders/registry.gen.js";
import type { Advert } from "../../runtime/core/advert.js";
import { hexToBytes } from "../../runtime/core/bytes.js";
import { type CcmDecrypt, type Decoded, DecodeError, type Decoder } from "../../runtime/core/decoder.js";
import { isQuantity } from "../../runtime/core/quantity.js";
import { decryptCcm } from "../../runtime/io/aes-ccm.js";
import { advertVectors } from "../firmware-bridge/advert-vectors.js";

const KEY = hexToBytes("231d39c1d7cc1ab1aee224cd096db932");
const ADDRESSES = [
  "A4:C1:38:8D:18:B2",
  "54:48:E6:8F:80:A5",
  "CB:B8:33:4C:88:4F",
  "00:00:00:00:00:01",
  "",
  "5448E68F80A5",
];
const SENSORS = [
  { address: "A4:C1:38:8D:18:B2", place: "cellar" },
  { address: "54:48:E6:8F:80:A5", key: KEY },
];
const UUIDS = ["fcd2", "0000fcd2-0000-1000-8000-00805f9b34fb", "FCD2"];
/** BTHome v2: plain, encrypted, with mac, triggered; Ruuvi. */
const HEADS = [0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x05];
const COMPANIES = [0x0499, 0x004c];
const ADVERTS_PER_RUN = 3;
const seeds = decoders.flatMap((decoder) => advertVectors(decoder.id).map((vector) => hexToBytes(vector.data)));

/** Real AES on one run of sixteen; on the others a cipher that believes everything, so that bytes reach the parser. */
const believing: CcmDecrypt = (_key, _nonce, ciphertext, tag) => ((tag[0] ?? 0) < 200 ? ciphertext : undefined);
const noCounters = { count: () => {}, snapshot: () => ({}) };

export const target = {
  name: "adverts",
  run(bytes: Uint8Array, random: () => number): string {
    const cipher = random() < 1 / 16 ? decryptCcm : believing;
    const kind = random();
    const data = kind < 0.6 ? mutated(bytes, random) : kind < 0.9 ? headed(bytes, random) : bytes;
    return random() < 0.5 ? decodeAll(data, cipher, random) : bridgeAll(data, cipher, random);
  },
};

function decodeAll(data: Uint8Array, cipher: CcmDecrypt, random: () => number): string {
  const context = { address: KEY.subarray(0, 6), key: random() < 0.3 ? KEY : undefined, decryptCcm: cipher };
  let outcome = "undefined";
  for (const decoder of decoders as readonly Decoder[]) {
    try {
      const decoded = decoder.decode(data, context);
      if (!decoded) continue;
      check(decoded);
      outcome = "value";
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      if (outcome === "undefined") outcome = `error:${error.code}`;
    }
  }
  return outcome;
}

function check(decoded: Decoded): void {
  for (const { quantity, value, index } of decoded.measurements)
    if (!isQuantity(quantity) || !Number.isFinite(value) || !Number.isInteger(index) || index < 0)
      throw new Error(`${decoded.format}: malformed ${quantity} ${value} ${index}`);
}

function bridgeAll(data: Uint8Array, cipher: CcmDecrypt, random: () => number): string {
  const bridge = createBridge({ decoders, decryptCcm: cipher, counters: noCounters, sensors: SENSORS });
  let nowMs = 0;
  let outcome = "value";
  for (let i = 0; i < ADVERTS_PER_RUN; i++) {
    nowMs += random() * 3_000;
    const output = bridge.onAdvert(advertOf(i === 0 ? data : mutated(data, random), random), nowMs, 1_700_000_000_000);
    if (output.dropped) outcome = `error:${output.dropped}`;
    if (output.persistCounter && random() < 0.8) bridge.counterPersisted(output.persistCounter, nowMs);
    for (const reading of output.readings)
      if (!Number.isFinite(reading.value) || !Number.isFinite(reading.wallMs)) throw new Error("malformed reading");
  }
  bridge.tick(nowMs + 100_000);
  if (bridge.sensors(nowMs).length + bridge.unheard().length > SENSORS.length + 1)
    throw new Error("a sensor from nowhere");
  return outcome;
}

function advertOf(data: Uint8Array, random: () => number): Advert {
  const service = random() < 0.9 === (data[0] !== 0x05);
  const uuid = random() < 0.95 ? pick(UUIDS, random) : "181c";
  return {
    address: pick(ADDRESSES, random),
    rssiDbm: -60,
    heardMs: 0,
    origin: "live",
    name: random() < 0.1 ? String.fromCharCode(...data.subarray(0, 80)) : undefined,
    serviceData: new Map(service ? [[uuid, data]] : []),
    manufacturerData: new Map(service ? [] : [[pick(COMPANIES, random), data]]),
  };
}

/** Arbitrary bytes behind a first byte that some format begins with. */
function headed(bytes: Uint8Array, random: () => number): Uint8Array {
  const out = bytes.slice();
  if (out.length > 0) out[0] = pick(HEADS, random);
  return out;
}

/** A vector with bytes changed, cut off, put in or appended. */
function mutated(bytes: Uint8Array, random: () => number): Uint8Array {
  const seed = pick(seeds, random);
  const kind = random();
  if (kind < 0.2) return seed.subarray(0, Math.floor(random() * (seed.length + 1)));
  const out = new Uint8Array(kind < 0.6 ? seed.length : seed.length + Math.min(bytes.length, 40));
  out.set(seed);
  out.set(bytes.subarray(0, out.length - seed.length), seed.length);
  for (let edits = Math.floor(random() * 4); edits > 0 && out.length > 0; edits--)
    out[Math.floor(random() * out.length)] = Math.floor(random() * 256);
  return out;
}

function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError("nothing to pick from");
  return item;
}
