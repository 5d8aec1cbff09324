/** The door between bytes heard and measurements understood: one decoder per advert format. Pure. */
import type { Quantity } from "./quantity.js";

export interface Measurement {
  readonly quantity: Quantity;
  /** In the quantity's unit. Binary states are 0 or 1. */
  readonly value: number;
  /** Distinguishes several of one quantity in one advert: 0, 1, … in order of appearance. */
  readonly index: number;
  /** For quantity "text" (printable), "raw" and the arguments of "command" (hex). */
  readonly text?: string;
}

export interface Decoded {
  /** Which format it was: "bthome-v2", "ruuvi-rawv2", … */
  readonly format: string;
  readonly measurements: readonly Measurement[];
  /** Wraps; two adverts with one packet id are one event. */
  readonly packetId?: number;
  /** Anti-replay counter of an encrypted advert: must grow. */
  readonly counter?: number;
  readonly encrypted: boolean;
  /** True when the sensor sends at irregular times (buttons, doors), so that silence does not mean loss. */
  readonly triggered?: boolean;
  readonly firmware?: string;
  /** The maker's own number for this kind of device. */
  readonly deviceType?: number;
  /** Set when the format told the decoder to stop at an object it does not know; what came before is whole. */
  readonly unknownObjectId?: number;
}

export type DecodeErrorCode =
  | "TRUNCATED"
  | "BAD_VERSION"
  | "UNKNOWN_OBJECT_ID"
  | "BAD_VALUE"
  | "KEY_NEEDED"
  | "KEY_WRONG"
  | "NOT_ENCRYPTED";

/** An advert that cannot be understood: always the remote's fault, always a counted drop. */
export class DecodeError extends Error {
  readonly fault = "remote";
  constructor(
    readonly code: DecodeErrorCode,
    message: string,
  ) {
    super(message);
    this.name = "DecodeError";
  }
}

/** AES-128-CCM (RFC 3610), passed in so that decoders stay pure. @returns undefined when the tag does not match. */
export type CcmDecrypt = (
  key: Uint8Array,
  nonce: Uint8Array,
  ciphertext: Uint8Array,
  tag: Uint8Array,
  additionalData?: Uint8Array,
) => Uint8Array | undefined;

export interface DecodeContext {
  /** 6 bytes, most significant first: part of the nonce of encrypted formats. */
  readonly address: Uint8Array;
  /** 16 bytes, when this sensor has one. Once a key is known, plaintext is refused (NOT_ENCRYPTED). */
  readonly key?: Uint8Array;
  readonly decryptCcm: CcmDecrypt;
}

export interface Decoder {
  readonly id: string;
  readonly title: string;
  /** Service data of these UUIDs (16-bit short form) is offered to this decoder. */
  readonly serviceUuids: readonly string[];
  /** Manufacturer data of these companies is offered to this decoder. */
  readonly companyIds: readonly number[];
  /** @param data service data or manufacturer data, without UUID or company id.
   *  @returns undefined when the bytes belong to another format of the same UUID or company.
   *  @throws DecodeError */
  decode(data: Uint8Array, context: DecodeContext): Decoded | undefined;
}
