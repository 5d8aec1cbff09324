import fc from "fast-check";
import { expect, test } from "vitest";
import { MEMBERSHIP_CRYPTO } from "../../../runtime/io/home/home-keys.js";
import { homeCode, parseHomeCode } from "../../../runtime/mesh/admission/home-code.js";

const { sha256 } = MEMBERSHIP_CRYPTO;
const anyKey = fc.uint8Array({ minLength: 32, maxLength: 32 });

test("a home's code is 56 letters in eight groups, and says the key again in any case and grouping", () => {
  fc.assert(
    fc.property(anyKey, (key) => {
      const code = homeCode(key, sha256);
      expect(code).toMatch(/^mindos-home(-[a-z2-7]{7}){8}$/);
      for (const text of [code, code.toUpperCase(), ` ${code.replaceAll("-", " ")}\n`])
        expect(parseHomeCode(text, sha256)).toEqual(key);
    }),
  );
});

test("a wrong letter, a missing one and any other text are no code", () => {
  fc.assert(
    fc.property(anyKey, fc.nat(55), (key, at) => {
      const code = homeCode(key, sha256).replace("mindos-home-", "").replaceAll("-", "");
      const bent = `${code.slice(0, at)}${code[at] === "a" ? "b" : "a"}${code.slice(at + 1)}`;
      expect(parseHomeCode(`mindos-home-${bent}`, sha256)).toBeUndefined();
      expect(parseHomeCode(`mindos-home-${code.slice(1)}`, sha256)).toBeUndefined();
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => parseHomeCode(text, sha256) === undefined));
});
