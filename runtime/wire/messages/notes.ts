/** NOTE: what a person wants another hub to have; inside a parcel only. Pure. */
import * as v from "valibot";
import { bytesToHex, hexToBytes } from "../../core/bytes.js";
import { NOTE_CONTENT_BYTES_MAX, NOTE_NAME_BYTES_MAX, type NoteBody } from "../../core/notes.js";
import { type Codec, leaf, record } from "../codec.js";
import { boundedBytes, label, uint53 } from "../fields.js";

const ID_BYTES = 8;
const ID_HEX = /^[0-9a-f]{16}$/;

const noteId: Codec<string> = leaf({
  expected: "8 bytes",
  schema: v.pipe(v.instance(Uint8Array), v.length(ID_BYTES)),
  fromWire: bytesToHex,
  toWire: (id) => (ID_HEX.test(id) ? hexToBytes(id) : id),
});

export const note = record<NoteBody>({
  id: { key: 1, codec: noteId },
  wallMs: { key: 3, codec: uint53 },
  name: { key: 5, codec: label(NOTE_NAME_BYTES_MAX), optional: true },
  content: { key: 7, codec: boundedBytes(0, NOTE_CONTENT_BYTES_MAX) },
});
