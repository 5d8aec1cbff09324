import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesToHex, hexToBytes } from "../../runtime/core/bytes.js";
import { MEMBERSHIP_CRYPTO } from "../../runtime/io/home/home-keys.js";
import { readCertificate } from "../../runtime/wire/certificate.js";
import { STATE_VALUE_BYTES_MAX } from "../../runtime/wire/messages/state.js";
import {
  advertContent,
  CONTENT_BYTES_MAX,
  type ContentCodec,
  memberContent,
  readEntry,
  settingContent,
  signEntry,
} from "../../runtime/wire/registry-entry.js";
import { TestHome } from "../fakes/home.js";
import { decodeHexStrictly } from "./second-codec.js";

interface Vector {
  readonly name: string;
  readonly registry: number;
  readonly key: string;
  readonly major: number;
  readonly minor: number;
  /** COSE_Sign1. */
  readonly value: string;
  readonly says: unknown;
}

const path = new URL("../vectors/wire/registry-entries.json", import.meta.url);
const vectors = JSON.parse(readFileSync(path, "utf8")) as readonly Vector[];
const contents: Readonly<Record<number, ContentCodec<never>>> = {
  1: memberContent as ContentCodec<never>,
  2: advertContent as ContentCodec<never>,
  3: settingContent as ContentCodec<never>,
};
/** Whose key and certificate the vectors bear. */
const owner = new TestHome().admit("attic", "owner");

describe.each(vectors)("$name", ({ value, says, ...head }) => {
  const read = readEntry({ ...head, value: hexToBytes(value) });
  if ("problem" in read) throw new Error(read.problem);

  test("says what is written beside it, signed by the holder of its certificate", () => {
    expect(contents[head.registry]?.read(read.value.content)).toEqual(says);
    const certificate = readCertificate(read.value.chain[0]!);
    if (!("value" in certificate)) throw new Error("no certificate");
    const { publicKey } = certificate.value;
    expect(MEMBERSHIP_CRYPTO.verify(publicKey, read.toBeSigned, read.signature)).toBe(true);
  });

  test("is what this code writes, and another library reads", () => {
    const content = contents[head.registry]?.encode(says as never) ?? new Uint8Array();
    expect(bytesToHex(signEntry(head, { chain: owner.chain, content }, owner.sign))).toBe(value);
    expect(decodeHexStrictly(value)).toHaveLength(4);
  });

  test("is signed for its place and version alone", () => {
    for (const other of [{ registry: 9 }, { key: `${head.key}00` }, { major: head.major + 1 }, { minor: 99 }]) {
      const moved = readEntry({ ...head, ...other, value: hexToBytes(value) });
      if ("problem" in moved) throw new Error(moved.problem);
      expect(MEMBERSHIP_CRYPTO.verify(owner.publicKey, moved.toBeSigned, moved.signature)).toBe(false);
    }
  });
});

test("the longest content fits into an entry beside two of the longest certificates", () => {
  const chain = [new Uint8Array(304), new Uint8Array(304)];
  const head = { registry: 2, key: "aa", major: 1, minor: 1 };
  const value = signEntry(head, { chain, content: new Uint8Array(CONTENT_BYTES_MAX) }, owner.sign);
  expect(value.length).toBeLessThanOrEqual(STATE_VALUE_BYTES_MAX);
  const longer = { chain, content: new Uint8Array(CONTENT_BYTES_MAX + 1) };
  expect(() => signEntry(head, longer, owner.sign)).toThrow(/content/);
});

test("any bytes give an entry or a problem, and any content a value or nothing", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (value) => {
      expect(typeof readEntry({ registry: 1, key: "aa", major: 1, minor: 1, value })).toBe("object");
      for (const codec of Object.values(contents)) codec.read(value);
    }),
  );
});
