import { wordlist } from "@scure/bip39/wordlists/english.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  invitationUrl,
  makeCode,
  parseCode,
  parseInvitation,
} from "../../../runtime/mesh/admission/invitation-code.js";
import { keyOf } from "../../fakes/home.js";

const anyCode = fc.uint8Array({ minLength: 6, maxLength: 6 }).map((bytes) => makeCode(wordlist, () => bytes));

test("a code is three words of the list, each of 2,048", () => {
  expect(makeCode(wordlist, () => Uint8Array.of(0, 0, 7, 255, 0, 1))).toBe("abandon-zoo-ability");
});

test("a code is understood in any case, with any separators, and by four letters of each word", () => {
  fc.assert(
    fc.property(anyCode, (code) => {
      const words = code.split("-");
      expect(parseCode(code.toUpperCase(), wordlist)).toBe(code);
      expect(parseCode(`  ${words.join("  ")} `, wordlist)).toBe(code);
      expect(parseCode(words.map((word) => word.slice(0, 4)).join(" "), wordlist)).toBe(code);
    }),
  );
});

test.each([
  "",
  "zoo",
  "zoo-zoo",
  "zoo-zoo-zoo-zoo",
  "zoo-zoo-zooo",
  "aban-zoo-abandoned",
  "x-y-z",
  "constructor-zoo-zoo",
])("%j is no code", (typed) => expect(parseCode(typed, wordlist)).toBeUndefined());

test("an address holds the code, the place and the inviter, and comes back as it was", () => {
  const { hub } = keyOf("inviter");
  fc.assert(
    fc.property(
      anyCode,
      fc.constantFrom("192.168.1.4", "hub.local", "::1", "fe80::1"),
      fc.integer({ min: 1, max: 65_535 }),
      (code, host, port) => {
        const invitation = { code, hub, address: { host, port } };
        expect(parseInvitation(invitationUrl(invitation), wordlist)).toEqual(invitation);
      },
    ),
  );
});

test("any text is an invitation or none, never a throw", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((rest) => `mindos:join?at=${rest}`),
      ),
      (text) => {
        parseInvitation(text, wordlist);
      },
    ),
  );
  const long = `mindos:join?at=${"a".repeat(600)}:1&hub=${"0".repeat(32)}&code=zoo-zoo-zoo`;
  expect(parseInvitation(long, wordlist)).toBeUndefined();
});
