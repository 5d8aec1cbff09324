/**
 * BTHome v2 service data (UUID 0xFCD2) as a sensor sends it, plain or encrypted. No I/O; AES comes from node:crypto.
 * Source: https://bthome.io/format and https://bthome.io/encryption
 */
import { createCipheriv } from "node:crypto";
import { concatBytes } from "../../runtime/core/bytes.js";

export const BTHOME_UUID = "fcd2";

/** Device information: version 2 in bits 5–7; bit 0 says encrypted. */
const DEVICE_INFO_PLAIN = 0x40;
const DEVICE_INFO_ENCRYPTED = 0x41;
/** The UUID as it travels in the advert: least significant byte first. */
const UUID_BYTES = Uint8Array.of(0xd2, 0xfc);
const TAG_BYTES = 4;

export interface BthomeReading {
  /** Wraps at 256. */
  readonly packetId?: number;
  /** Resolution 0.01, −327.68 to 327.67. */
  readonly temperatureCel?: number;
  /** Resolution 0.01, 0 to 655.35 (what the format can say, not what air can be). */
  readonly humidityPercent?: number;
}

export interface BthomeEncryption {
  /** 16 bytes. */
  readonly key: Uint8Array;
  /** 6 bytes, most significant first: part of the nonce. */
  readonly address: Uint8Array;
  /** Must never repeat under one key. 0 to 2^32 − 1. */
  readonly counter: number;
}

/** @returns the service data, object ids ascending as the format asks.
 *  @throws RangeError when a value does not fit its field. */
export function encodeBthome(reading: BthomeReading, encryption?: BthomeEncryption): Uint8Array {
  const objects: number[] = [];
  if (reading.packetId !== undefined) objects.push(0x00, field("packet id", reading.packetId, 0, 0xff));
  if (reading.temperatureCel !== undefined) {
    const hundredths = field("temperature", Math.round(reading.temperatureCel * 100), -0x8000, 0x7fff);
    objects.push(0x02, hundredths & 0xff, (hundredths >> 8) & 0xff);
  }
  if (reading.humidityPercent !== undefined) {
    const hundredths = field("humidity", Math.round(reading.humidityPercent * 100), 0, 0xffff);
    objects.push(0x03, hundredths & 0xff, hundredths >> 8);
  }
  const plaintext = Uint8Array.from(objects);
  return encryption ? encrypt(plaintext, encryption) : concatBytes(Uint8Array.of(DEVICE_INFO_PLAIN), plaintext);
}

/** device information ‖ ciphertext ‖ counter ‖ tag; nonce = address ‖ UUID ‖ device information ‖ counter. */
function encrypt(plaintext: Uint8Array, { key, address, counter }: BthomeEncryption): Uint8Array {
  if (key.length !== 16) throw new RangeError(`a BTHome key is 16 bytes, not ${key.length}`);
  if (address.length !== 6) throw new RangeError(`a Bluetooth address is 6 bytes, not ${address.length}`);
  const counterBytes = new Uint8Array(4);
  new DataView(counterBytes.buffer).setUint32(0, field("counter", counter, 0, 0xffff_ffff), true);
  const info = Uint8Array.of(DEVICE_INFO_ENCRYPTED);
  const nonce = concatBytes(address, UUID_BYTES, info, counterBytes);
  const cipher = createCipheriv("aes-128-ccm", key, nonce, { authTagLength: TAG_BYTES });
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return concatBytes(info, ciphertext, counterBytes, cipher.getAuthTag());
}

function field(name: string, value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} ${value} does not fit: ${min} to ${max}`);
  }
  return value;
}
