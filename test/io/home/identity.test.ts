import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bytesToHex, hexToBytes } from "../../../runtime/core/bytes.js";
import { hubIdOfKey, loadIdentity, verifySignature } from "../../../runtime/io/home/identity.js";

let root: string;
let directory: string;
let path: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mindos-identity-"));
  directory = join(root, "data");
  path = join(directory, "identity.json");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const stored = () => JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
const store = (fields: Record<string, unknown>) => writeFileSync(path, JSON.stringify(fields), { mode: 0o600 });

describe("an identity", () => {
  test("is made at the first start, is the same afterwards, and its epoch grows by one", async () => {
    const first = await loadIdentity(directory);
    const second = await loadIdentity(directory);
    const third = await loadIdentity(directory);
    expect([first.epoch, second.epoch, third.epoch]).toEqual([1, 2, 3]);
    expect(third.hub).toBe(first.hub);
    expect(third.publicKey).toEqual(first.publicKey);
    expect(stored()["epoch"]).toBe(3);
  });

  test("has its epoch on the disk before it is handed out", async () => {
    await loadIdentity(directory);
    const again = loadIdentity(directory).then((identity) => [identity.epoch, stored()["epoch"]]);
    expect(await again).toEqual([2, 2]);
  });

  test("lies in a folder and a file that only its owner can open, and leaves no other file", async () => {
    await loadIdentity(directory);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(["identity.json"]);
  });

  test("is the first 16 bytes of SHA-256 over the raw public key", async () => {
    const identity = await loadIdentity(directory);
    expect(identity.publicKey).toHaveLength(32);
    expect(identity.hub).toBe(hubIdOfKey(identity.publicKey));
    // SHA-256 of 32 zero bytes begins 66687aadf862bd776c8fc18b8e9f8e20.
    expect(hubIdOfKey(new Uint8Array(32))).toBe("66687aadf862bd776c8fc18b8e9f8e20");
  });

  test("two are different", async () => {
    const one = await loadIdentity(directory);
    const other = await loadIdentity(join(root, "other"));
    expect(other.hub).not.toBe(one.hub);
  });

  test("shows its private key to nobody: not to JSON, a log, a spread or a listing of keys", async () => {
    const identity = await loadIdentity(directory);
    const secret = String(stored()["privateKey"]);
    const shown = [
      JSON.stringify(identity),
      inspect(identity, { depth: 9, showHidden: true }),
      `${JSON.stringify({ ...identity })}`,
    ];
    for (const text of shown) {
      expect(text).toContain(identity.hub);
      expect(text).not.toContain(secret);
      expect(text).not.toContain(Buffer.from(secret, "hex").toString("base64"));
    }
  });
});

describe("signatures", () => {
  test("verify with the signer's key only, and for the very bytes only", async () => {
    const identity = await loadIdentity(directory);
    const other = await loadIdentity(join(root, "other"));
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(), (message, at) => {
        const signature = identity.sign(message);
        expect(signature).toHaveLength(64);
        expect(verifySignature(identity.publicKey, message, signature)).toBe(true);
        expect(verifySignature(other.publicKey, message, signature)).toBe(false);
        const changed = message.slice();
        changed[at % changed.length]! ^= 1 << (at % 8);
        expect(verifySignature(identity.publicKey, changed, signature)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  test("of RFC 8032, section 7.1, test 2, verify", () => {
    const publicKey = hexToBytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    const signature = hexToBytes(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );
    expect(verifySignature(publicKey, Uint8Array.of(0x72), signature)).toBe(true);
    expect(verifySignature(publicKey, Uint8Array.of(0x73), signature)).toBe(false);
  });

  test("of any bytes as key and signature are false, never a throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 70 }), (publicKey, signature) => {
        expect(verifySignature(publicKey, Uint8Array.of(1), signature)).toBe(false);
      }),
    );
    expect(verifySignature(new Uint8Array(32), Uint8Array.of(1), new Uint8Array(63))).toBe(false);
    expect(verifySignature(new Uint8Array(32).fill(255), Uint8Array.of(1), new Uint8Array(64))).toBe(false);
  });
});

describe("an identity file that cannot be trusted", () => {
  test("is IDENTITY_INVALID with one sentence that does not quote it, and stays as it is", async () => {
    await loadIdentity(directory);
    const good = stored();
    const secret = String(good["privateKey"]);
    const broken: [string, () => void][] = [
      ["not JSON", () => writeFileSync(path, `{"privateKey": "${secret}" `)],
      ["not an object", () => writeFileSync(path, `"${secret}"`)],
      ["version", () => store({ ...good, version: 2 })],
      ["algorithm", () => store({ ...good, algorithm: "rsa" })],
      ["64 hex digits", () => store({ ...good, privateKey: secret.slice(1) })],
      [
        "do not belong together",
        () => store({ ...good, privateKey: secret.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) }),
      ],
      ["do not belong together", () => store({ ...good, publicKey: undefined })],
      ["hub id does not belong", () => store({ ...good, hub: bytesToHex(new Uint8Array(16)) })],
      ["epoch", () => store({ ...good, epoch: 0 })],
      ["epoch", () => store({ ...good, epoch: 1.5 })],
      ["epoch", () => store({ ...good, epoch: "7" })],
      ["cannot grow", () => store({ ...good, epoch: 0xffffffff })],
      ["too long", () => writeFileSync(path, " ".repeat(100_000))],
      ["not", () => writeFileSync(path, "")],
      ["valid", () => writeFileSync(path, Uint8Array.of(0xff, 0xfe))],
    ];
    for (const [why, damage] of broken) {
      damage();
      const before = readFileSync(path, "hex");
      const error = await loadIdentity(directory).catch((caught: unknown) => caught);
      expect(error, why).toMatchObject({ code: "IDENTITY_INVALID", message: expect.stringContaining(why) });
      expect(inspect(error), why).not.toContain(secret);
      expect(readFileSync(path, "hex"), why).toBe(before);
    }
  });

  test("is a symbolic link, or a folder", async () => {
    await loadIdentity(directory);
    rmSync(path);
    symlinkSync("/etc/hostname", path);
    await expect(loadIdentity(directory)).rejects.toMatchObject({ code: "IDENTITY_INVALID" });
    rmSync(path);
    symlinkSync(".", path);
    await expect(loadIdentity(directory)).rejects.toMatchObject({ code: "IDENTITY_INVALID" });
  });

  test("that others could read is closed to them, and that is told without the key", async () => {
    const { hub } = await loadIdentity(directory);
    chmodSync(path, 0o644);
    const notes: string[] = [];
    const identity = await loadIdentity(directory, { onRepair: (note) => notes.push(note) });
    expect(identity.hub).toBe(hub);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(notes).toEqual([expect.stringContaining("mode 644")]);
    await loadIdentity(directory, { onRepair: (note) => notes.push(note) });
    expect(notes).toHaveLength(1);
  });
});

describe("a crash while the identity is written", () => {
  test("leaves the old one: a torn successor is ignored and replaced", async () => {
    const { hub } = await loadIdentity(directory);
    writeFileSync(`${path}.tmp`, '{"version": 1, "pri');
    const again = await loadIdentity(directory);
    expect(again).toMatchObject({ hub, epoch: 2 });
    expect(readdirSync(directory)).toEqual(["identity.json"]);
  });

  test("a folder that cannot be written is DATA_DIR_UNUSABLE", async () => {
    writeFileSync(join(root, "file"), "");
    await expect(loadIdentity(join(root, "file", "data"))).rejects.toMatchObject({
      code: expect.stringMatching(/DATA_DIR_UNUSABLE|IDENTITY_INVALID/),
    });
    await expect(loadIdentity("/proc/mindos")).rejects.toMatchObject({ code: "DATA_DIR_UNUSABLE" });
  });
});
