/** ADMIT on the connection of an invitation: each body behind its length in two bytes (PROTOCOL.md, ADMIT). Pure. */
import { concatBytes } from "../core/bytes.js";
import type { AdmitBody } from "../core/messages-admission.js";
import { decodeCbor, encodeCbor } from "./cbor.js";
import { Reader, SKIP } from "./codec.js";
import { admit } from "./messages/admission.js";
import type { FrameProblem } from "./problems.js";

const LENGTH_BYTES = 2;
/** A grant of two certificates is 620 bytes, and addresses with long names are 1,100; nothing is larger. */
const BODY_BYTES_MAX = 2048;

/** @throws MindosError BAD_INPUT */
export function encodeAdmit(body: AdmitBody): Uint8Array {
  const bytes = encodeCbor(admit.write(body));
  return concatBytes(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes);
}

/** Puts bodies together from the pieces that a stream delivers. Holds at most one body and one piece. */
export class AdmitReader {
  #held: Uint8Array = new Uint8Array();

  /** @returns the bodies that are whole now; after a problem nothing more is to be read. */
  push(piece: Uint8Array): readonly (AdmitBody | FrameProblem)[] {
    const found: (AdmitBody | FrameProblem)[] = [];
    let bytes = concatBytes(this.#held, piece);
    while (bytes.length >= LENGTH_BYTES) {
      const length = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
      if (length > BODY_BYTES_MAX) return [...found, { problem: "TOO_LARGE", detail: `ADMIT of ${length} bytes` }];
      if (bytes.length < LENGTH_BYTES + length) break;
      found.push(decodeAdmit(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length)));
      bytes = bytes.subarray(LENGTH_BYTES + length);
    }
    this.#held = bytes.slice();
    return found;
  }
}

function decodeAdmit(bytes: Uint8Array): AdmitBody | FrameProblem {
  const decoded = decodeCbor(bytes, { bytesMax: BODY_BYTES_MAX, depthMax: 4, itemsMax: 64, textBytesMax: 256 });
  if ("problem" in decoded) return decoded;
  const reader = new Reader();
  const body = admit.read(decoded.value, reader);
  return body === undefined || body === SKIP ? reader.toProblem() : body;
}
