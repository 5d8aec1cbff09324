import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { decode as decodeSecond } from "cborg";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesToHex, hexToBytes } from "../../runtime/core/bytes.js";
import { AdmitReader, encodeAdmit } from "../../runtime/wire/admission-frames.js";
import {
  readCertificate,
  readRevocation,
  readTrust,
  signCertificate,
  signRevocation,
  signTrust,
} from "../../runtime/wire/certificate.js";
import { COSE1_PAYLOAD_BYTES_MAX, openCose1, readCose1, signCose1 } from "../../runtime/wire/cose.js";
import { CERTIFICATE_BYTES_MAX, REVOCATION_BYTES_MAX, TRUST_BYTES_MAX } from "../../runtime/wire/messages/admission.js";
import { HOME_WALL_MS, keyOf, TestHome } from "../fakes/home.js";

const home = new TestHome();
/** RFC 8032 §7.1, test 1. */
const seed = hexToBytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
const pkcs8 = Buffer.concat([hexToBytes("302e020100300506032b657004220420"), seed]);
const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
const signer = (message: Uint8Array) => new Uint8Array(sign(null, message, key));
const verifier = (message: Uint8Array, signature: Uint8Array) => verify(null, message, createPublicKey(key), signature);

describe("COSE_Sign1", () => {
  const payload = new TextEncoder().encode("This is the content.");

  test("is laid out and signed as RFC 9052 says, seen by another CBOR library", () => {
    const bytes = signCose1(payload, signer, "label");
    const [header, unprotected, inside, signature] = decodeSecond(bytes, { useMaps: true }) as [
      Uint8Array,
      Map<number, unknown>,
      Uint8Array,
      Uint8Array,
    ];
    expect(bytesToHex(header)).toBe("a10127");
    expect(unprotected.size).toBe(0);
    expect(inside).toEqual(payload);
    // "Signature1", the protected header, the label, the payload.
    const structure = `846a5369676e61747572653143a10127456c6162656c54${bytesToHex(payload)}`;
    expect(verifier(hexToBytes(structure), signature)).toBe(true);
  });

  test("opens with its key and label, and with nothing else", () => {
    const bytes = signCose1(payload, signer, "label");
    expect(openCose1(bytes, "label", verifier)).toEqual({ payload });
    expect(openCose1(bytes, "other", verifier)).toMatchObject({ problem: "BAD_FIELD" });
    expect(openCose1(bytes, "label", () => false)).toMatchObject({ problem: "BAD_FIELD" });
  });

  test("has one form: tags, other algorithms, unprotected headers and longer payloads are refused", () => {
    const hex = bytesToHex(signCose1(payload, signer, "label"));
    for (const other of [
      `d2${hex}`,
      hex.replace("43a10127", "43a10126"),
      hex.replace("43a10127a0", "43a10127a10401"),
      `${hex}00`,
    ])
      expect(readCose1(hexToBytes(other), "label")).toHaveProperty("problem");
    expect(readCose1(hexToBytes(hex), "label", payload.length - 1)).toHaveProperty("problem");
    expect(() => signCose1(new Uint8Array(COSE1_PAYLOAD_BYTES_MAX + 1), signer, "label")).toThrow(/at most 4096/);
  });

  test("of any bytes is a value or a problem, never a throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const read of [readCose1(bytes, "label"), readCertificate(bytes), readRevocation(bytes)])
          expect(read).toHaveProperty("problem");
      }),
    );
  });
});

describe("a certificate", () => {
  test("comes back as it was signed, whatever it says, and fits its bound", () => {
    const name = fc.string({ unit: "grapheme", maxLength: 30 }).map((text) => text.replace(/[^\p{L}\p{N} ]/gu, ""));
    const wallMs = fc.maxSafeNat();
    fc.assert(
      fc.property(
        name,
        fc.constantFrom("member" as const, "owner" as const),
        wallMs,
        wallMs,
        wallMs,
        (text, role, serial, issued, expires) => {
          const value = {
            home: home.home,
            publicKey: keyOf("x").publicKey,
            name: text,
            role,
            serial,
            issuedWallMs: issued,
            expiresWallMs: expires,
          };
          const bytes = signCertificate(value, signer);
          expect(bytes.length).toBeLessThanOrEqual(CERTIFICATE_BYTES_MAX);
          expect(readCertificate(bytes)).toMatchObject({ value });
        },
      ),
      { numRuns: 50 },
    );
    const longest = { name: "x".repeat(120), serial: Number.MAX_SAFE_INTEGER, issuedWallMs: Number.MAX_SAFE_INTEGER };
    const owner = home.admit("longest", "owner", undefined, longest);
    expect(owner.chain[0]!.length).toBeLessThanOrEqual(CERTIFICATE_BYTES_MAX);
    const revocation = home.revocation(keyOf("y").hub, owner, { reason: "stolen", wallMs: Number.MAX_SAFE_INTEGER });
    expect(revocation.length).toBeLessThanOrEqual(REVOCATION_BYTES_MAX);
    expect(readRevocation(revocation)).toMatchObject({ value: { reason: "stolen", hub: keyOf("y").hub } });
  });

  test("of a hub with a short name takes 161 bytes", () => {
    expect(home.admit("kitchen", "member", undefined, { serial: 7 }).chain[0]).toHaveLength(161);
  });

  test("is no revocation, though both are signed by the same key", () => {
    const value = { home: home.home, hub: keyOf("x").hub, wallMs: HOME_WALL_MS };
    expect(readCertificate(signRevocation(value, signer))).toHaveProperty("problem");
    const certificate = home.admit("kitchen").chain[0]!;
    expect(readRevocation(certificate)).toHaveProperty("problem");
  });
});

describe("a trust", () => {
  test("comes back as it was signed, fits its bound, and is no other statement", () => {
    const longest = { name: "x".repeat(120), serial: Number.MAX_SAFE_INTEGER, issuedWallMs: Number.MAX_SAFE_INTEGER };
    const [issuer] = home.admit("longest", "owner", undefined, longest).chain;
    const [issuedWallMs, expiresWallMs] = [HOME_WALL_MS, Number.MAX_SAFE_INTEGER];
    const short = { home: home.home, otherRootKey: keyOf("other").publicKey, issuedWallMs, expiresWallMs };
    for (const value of [short, { ...short, issuer: issuer! }]) {
      const bytes = signTrust(value, signer);
      expect(bytes.length).toBeLessThanOrEqual(TRUST_BYTES_MAX);
      expect(readTrust(bytes)).toMatchObject({ value });
      for (const read of [readCertificate, readRevocation]) expect(read(bytes)).toHaveProperty("problem");
    }
    expect(readTrust(home.admit("kitchen").chain[0]!)).toHaveProperty("problem");
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => "problem" in readTrust(bytes)));
  });
});

describe("ADMIT on a stream", () => {
  test("arrives whole, however it was cut", () => {
    const bodies = [
      { op: "confirm" } as const,
      { op: "grant", chain: home.admit("a").chain } as const,
      { op: "refuse", reason: "declined" } as const,
    ];
    const bytes = Buffer.concat(bodies.map(encodeAdmit));
    fc.assert(
      fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 6 }), (cuts) => {
        const reader = new AdmitReader();
        const ends = [...cuts.sort((a, b) => a - b), bytes.length];
        const heard = ends.flatMap((end, at) => reader.push(bytes.subarray(ends[at - 1] ?? 0, end)));
        expect(heard).toEqual(bodies);
      }),
    );
  });

  test("that declares too much, or says nonsense, is a problem", () => {
    expect(new AdmitReader().push(Uint8Array.of(0xff, 0xff))).toMatchObject([{ problem: "TOO_LARGE" }]);
    expect(new AdmitReader().push(Uint8Array.of(0, 1, 0xff))).toMatchObject([{ problem: "INDEFINITE" }]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        new AdmitReader().push(bytes);
      }),
    );
  });
});
