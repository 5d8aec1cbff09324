/**
 * Who this hub is: an Ed25519 key (RFC 8032) that is made at the first start and never leaves this machine.
 * The epoch grows by one at every start and is on the disk before it is used: with it, no frame of an earlier run can
 * be replayed as a new one. The file is written whole or not at all, owner only.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { join } from "node:path";
import { LruMap } from "../../core/bounded.js";
import { bytesEqual, bytesToHex, concatBytes, hexToBytes } from "../../core/bytes.js";
import { MindosError } from "../../core/errors.js";
import { HUB_ID_BYTES, type HubId, hubIdFromBytes } from "../../core/ids.js";
import { makeDirectory, writeFileAtomic } from "../files/atomic-file.js";
import { storageError } from "../store/errors.js";
import { readSecretFile } from "./secret-file.js";

const FILE_NAME = "identity.json";
const FILE_VERSION = 1;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** The epoch is an unsigned 32-bit number on the wire; a start every second lasts 136 years. */
const EPOCH_MAX = 0xffffffff;
/** DER before the raw 32 bytes. RFC 8410 §4 and §7. */
const SPKI_PREFIX = hexToBytes("302a300506032b6570032100");
const PKCS8_PREFIX = hexToBytes("302e020100300506032b657004220420");
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

export interface Identity {
  readonly hub: HubId;
  /** 32 bytes, raw. */
  readonly publicKey: Uint8Array;
  /** Which start of this hub it is, from 1. */
  readonly epoch: number;
  /** @returns 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
  /** The private key as PEM (PKCS #8). The one door through which it leaves: OpenSSL signs TLS handshakes by itself and
   *  takes nothing but the key. For `loadTlsIdentity` alone. */
  exportTlsKey(): string;
}

export interface IdentityOptions {
  /** Told in one sentence what was wrong with the file's permissions and has been mended. */
  readonly onRepair?: (note: string) => void;
}

interface IdentityFile {
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly epoch: number;
}

/** Makes the identity at the first start; later ones read it and raise the epoch.
 *  @throws MindosError IDENTITY_INVALID | DATA_DIR_UNUSABLE | DISK_FULL */
export async function loadIdentity(directory: string, options: IdentityOptions = {}): Promise<Identity> {
  const path = join(directory, FILE_NAME);
  const known = await readIdentity(path, options.onRepair ?? (() => undefined));
  if (known && known.epoch >= EPOCH_MAX) throw invalid(path, "its epoch cannot grow any more");
  const file = known ? { ...known, epoch: known.epoch + 1 } : newIdentity();
  try {
    await makeDirectory(directory);
    await writeFileAtomic(path, serialise(file));
  } catch (error) {
    throw storageError(error, path, "DATA_DIR_UNUSABLE");
  }
  return new KeptIdentity(file.epoch, file.publicKey, privateKeyOf(file.seed));
}

/** Others have met this hub at a later start than its folder tells of: the file is of an old backup. On disk when it resolves.
 *  @param epoch from now on; the next start counts on from it.
 *  @throws MindosError IDENTITY_INVALID | DATA_DIR_UNUSABLE | DISK_FULL */
export async function raiseEpoch(directory: string, epoch: number): Promise<void> {
  const path = join(directory, FILE_NAME);
  const known = await readIdentity(path, () => undefined);
  if (known === undefined) throw invalid(path, "it is gone");
  if (epoch > EPOCH_MAX || epoch <= known.epoch) throw new RangeError(`epoch ${epoch} after ${known.epoch}`);
  try {
    await writeFileAtomic(path, serialise({ ...known, epoch }));
  } catch (error) {
    throw storageError(error, path, "DATA_DIR_UNUSABLE");
  }
}

/** Keys of those who sign, ready for use: reading one takes as long as checking what it has signed. As many as speak in four full cells. */
const KEYS_KEPT_MAX = 256;
const keysKept = new LruMap<string, KeyObject>(KEYS_KEPT_MAX);

let verified = 0;

/** By this process so far, whether they held or not: what a call has cost is the difference. */
export function signaturesVerified(): number {
  return verified;
}

/** Never throws: a malformed key or signature does not verify. */
export function verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  verified += 1;
  try {
    return verify(null, message, readyKey(publicKey), signature);
  } catch {
    return false;
  }
}

/** @throws Error for bytes that are no key. */
function readyKey(publicKey: Uint8Array): KeyObject {
  const name = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.length).toString("latin1");
  const kept = keysKept.get(name);
  if (kept !== undefined) return kept;
  const key = createPublicKey({ key: Buffer.from(concatBytes(SPKI_PREFIX, publicKey)), format: "der", type: "spki" });
  keysKept.set(name, key);
  return key;
}

export function hubIdOfKey(publicKey: Uint8Array): HubId {
  return hubIdFromBytes(hash("sha256", publicKey, "buffer").subarray(0, HUB_ID_BYTES));
}

class KeptIdentity implements Identity {
  readonly hub: HubId;
  /** Private to the language: neither a log nor JSON can reach it. */
  readonly #privateKey: KeyObject;

  constructor(
    readonly epoch: number,
    readonly publicKey: Uint8Array,
    privateKey: KeyObject,
  ) {
    this.hub = hubIdOfKey(publicKey);
    this.#privateKey = privateKey;
  }

  sign(message: Uint8Array): Uint8Array {
    return new Uint8Array(sign(null, message, this.#privateKey));
  }

  exportTlsKey(): string {
    return this.#privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  }

  toJSON(): Record<string, string | number> {
    return { hub: this.hub, publicKey: bytesToHex(this.publicKey), epoch: this.epoch };
  }

  [INSPECT](): string {
    return `Identity ${this.hub} epoch ${this.epoch}`;
  }
}

function newIdentity(): IdentityFile {
  const { privateKey } = generateKeyPairSync("ed25519");
  const der = privateKey.export({ format: "der", type: "pkcs8" });
  const seed = new Uint8Array(der.subarray(der.length - KEY_BYTES));
  return { seed, publicKey: publicKeyOf(seed), epoch: 1 };
}

function privateKeyOf(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(concatBytes(PKCS8_PREFIX, seed)), format: "der", type: "pkcs8" });
}

function publicKeyOf(seed: Uint8Array): Uint8Array {
  const der = createPublicKey(privateKeyOf(seed)).export({ format: "der", type: "spki" });
  return new Uint8Array(der.subarray(der.length - KEY_BYTES));
}

function serialise(file: IdentityFile): string {
  const fields = {
    version: FILE_VERSION,
    algorithm: "ed25519",
    hub: hubIdOfKey(file.publicKey),
    publicKey: bytesToHex(file.publicKey),
    privateKey: bytesToHex(file.seed),
    epoch: file.epoch,
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

async function readIdentity(path: string, onRepair: (note: string) => void): Promise<IdentityFile | undefined> {
  const fields = await readSecretFile({
    ...{ path, secret: `the private key in ${path}`, onRepair },
    invalid: (why, cause) => invalid(path, why, cause),
  });
  if (fields === undefined) return undefined;
  return parse(fields, path);
}

function parse(value: unknown, path: string): IdentityFile {
  if (typeof value !== "object" || value === null) throw invalid(path, "it is not an object");
  const { version, algorithm, hub, publicKey, privateKey, epoch } = value as Readonly<Record<string, unknown>>;
  if (version !== FILE_VERSION) throw invalid(path, `its version is not ${FILE_VERSION}`);
  if (algorithm !== "ed25519") throw invalid(path, "its algorithm is not ed25519");
  const seed = keyBytes(privateKey);
  if (!seed) throw invalid(path, "its private key is not 64 hex digits");
  const derived = publicKeyOf(seed);
  const stored = keyBytes(publicKey);
  if (!stored || !bytesEqual(stored, derived)) throw invalid(path, "its two keys do not belong together");
  if (hub !== hubIdOfKey(derived)) throw invalid(path, "its hub id does not belong to its key");
  if (typeof epoch !== "number" || !Number.isSafeInteger(epoch) || epoch < 1) {
    throw invalid(path, "its epoch is not a whole number from 1");
  }
  return { seed, publicKey: derived, epoch };
}

function keyBytes(value: unknown): Uint8Array | undefined {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? hexToBytes(value) : undefined;
}

function invalid(path: string, why: string, cause?: unknown): MindosError {
  return new MindosError("IDENTITY_INVALID", `${path} is not a usable identity: ${why}`, { cause });
}
