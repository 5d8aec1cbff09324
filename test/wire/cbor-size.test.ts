import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MessageType } from "../../runtime/core/messages.js";
import { type CborValue, encodeCbor } from "../../runtime/wire/cbor.js";
import { cborBytes } from "../../runtime/wire/cbor-size.js";
import { MESSAGES } from "../../runtime/wire/messages.js";
import { anyMessage } from "./arbitraries.js";

const specified = MESSAGES.flatMap((message) => (message.body === undefined ? [] : [message]));
const bound = { refer: () => 24 };
const binds = { refer: () => [300, new Uint8Array(16)] };

describe("the size of CBOR", () => {
  it.each(specified)("of $name, reckoned, is that of the bytes written", ({ name, body }) => {
    fc.assert(
      fc.property(anyMessage(name as MessageType), fc.constantFrom(bound, binds), (message, writer) => {
        const written = body.write(message, writer) as unknown as CborValue;
        expect(body.size(message, writer)).toBe(encodeCbor(written).length);
        expect(cborBytes(written)).toBe(encodeCbor(written).length);
      }),
      { numRuns: 50 },
    );
  });
});
