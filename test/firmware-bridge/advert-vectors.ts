/** Reads test/vectors/adverts: one file of vectors for each decoder. */
import { readFileSync } from "node:fs";
import { hexToBytes } from "../../runtime/core/bytes.js";
import type { DecodeContext, Decoded, DecodeErrorCode } from "../../runtime/core/decoder.js";
import { decryptCcm } from "../../runtime/io/aes-ccm.js";

export interface AdvertVector {
  readonly name: string;
  readonly source: string;
  readonly uuid?: string;
  readonly companyId?: number;
  readonly address: string;
  readonly data: string;
  readonly key?: string;
  /** One of these three. */
  readonly expected?: Decoded;
  readonly error?: DecodeErrorCode;
  readonly otherFormat?: true;
}

interface VectorFile {
  readonly decoder: string;
  readonly vectors: readonly AdvertVector[];
}

const folder = new URL("../vectors/adverts/", import.meta.url);

/** @throws Error when the decoder has no file of vectors. */
export function advertVectors(decoderId: string): readonly AdvertVector[] {
  const file = JSON.parse(readFileSync(new URL(`${decoderId}.json`, folder), "utf8")) as VectorFile;
  if (file.decoder !== decoderId) throw new Error(`${decoderId}.json is for ${file.decoder}`);
  return file.vectors;
}

export function contextOf(vector: AdvertVector): DecodeContext {
  return {
    address: hexToBytes(vector.address.replaceAll(":", "")),
    key: vector.key === undefined ? undefined : hexToBytes(vector.key),
    decryptCcm,
  };
}

/** Without the fields that are undefined, so that a comparison may be strict. */
export function plain(decoded: Decoded | undefined): unknown {
  return decoded === undefined ? undefined : JSON.parse(JSON.stringify(decoded));
}
