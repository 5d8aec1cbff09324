/**
 * What a hub knows of its home: home.json in the data folder (owner only). The root's public key, the hub's own chain of
 * certificates, and on the hub that made the home the root's private key, which signs owners. Written whole or not at all.
 */
import { createHash, createHmac, createPrivateKey, createPublicKey, randomBytes, sign } from "node:crypto";
import { join } from "node:path";
import { bytesEqual, bytesToHex, concatBytes, hexToBytes } from "../../core/bytes.js";
import { MindosError } from "../../core/errors.js";
import { isHubId } from "../../core/ids.js";
import type { Certificate, HomeId } from "../../core/membership.js";
import type { HubAddress, PeerRecord } from "../../core/mesh.js";
import { readCertificate, readRevocation, readTrust, signCertificate } from "../../wire/certificate.js";
import { CHAIN_MAX } from "../../wire/messages/admission.js";
import { ADDRESSES_MAX, isHost } from "../../wire/messages/overlay.js";
import { writeFileAtomic } from "../files/atomic-file.js";
import { storageError } from "../store/errors.js";
import { hubIdOfKey, type Identity, verifySignature } from "./identity.js";
import { readSecretFile } from "./secret-file.js";

const FILE_NAME = "home.json";
const FILE_VERSION = 1;
const KEY_BYTES = 32;
/** DER before the raw 32 bytes of a private key. RFC 8410 §7. */
const PKCS8_PREFIX = hexToBytes("302e020100300506032b657004220420");
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

export interface HomePapers {
  readonly home: HomeId;
  /** What people call it. */
  readonly name: string;
  readonly rootKey: Uint8Array;
  /** Own certificate first. */
  readonly chain: readonly Uint8Array[];
  /** The root's private key, where this hub has it. */
  readonly root?: RootKey;
  /** The serial that this hub gave last. */
  readonly serial: number;
  /** Who has let this hub in, and where its links came in then: for a start of a hub that remembers nobody. */
  readonly inviter?: PeerRecord;
}

/** The root's private key. Private to the language: neither a log nor JSON can reach it. */
export class RootKey {
  readonly publicKey: Uint8Array;
  readonly #seed: Uint8Array;

  constructor(seed: Uint8Array) {
    if (seed.length !== KEY_BYTES) throw new RangeError(`a root key is ${KEY_BYTES} bytes`);
    this.#seed = seed.slice();
    const der = createPublicKey(this.#key()).export({ format: "der", type: "spki" });
    this.publicKey = new Uint8Array(der.subarray(der.length - KEY_BYTES));
  }

  static generate(): RootKey {
    return new RootKey(new Uint8Array(randomBytes(KEY_BYTES)));
  }

  sign(message: Uint8Array): Uint8Array {
    return new Uint8Array(sign(null, message, this.#key()));
  }

  /** For home.json alone. */
  reveal(): string {
    return bytesToHex(this.#seed);
  }

  toJSON(): string {
    return "[secret]";
  }

  [INSPECT](): string {
    return "RootKey [secret]";
  }

  #key() {
    const der = Buffer.from(concatBytes(PKCS8_PREFIX, this.#seed));
    return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  }
}

/** The formats and the cryptography that mesh/admission is given. */
export const MEMBERSHIP_CRYPTO = {
  hubIdOf: hubIdOfKey,
  verify: verifySignature,
  readCertificate,
  readRevocation,
  readTrust,
  sha256: (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest()),
  hmacSha256: (key: Uint8Array, bytes: Uint8Array): Uint8Array =>
    new Uint8Array(createHmac("sha256", key).update(bytes).digest()),
};

export function homeIdOfKey(rootKey: Uint8Array): HomeId {
  return hubIdOfKey(rootKey) as string as HomeId;
}

export interface NewHome {
  readonly name: string;
  readonly hubName: string;
  readonly wallMs: number;
  readonly lifeMs: number;
}

/** A home of one hub: its root's key, and the first owner's certificate. Not written yet. */
export function makeHome(
  identity: Pick<Identity, "publicKey">,
  { name, hubName, wallMs, lifeMs }: NewHome,
): HomePapers {
  const root = RootKey.generate();
  const certificate: Certificate = {
    home: homeIdOfKey(root.publicKey),
    publicKey: identity.publicKey,
    name: hubName,
    role: "owner",
    serial: 1,
    issuedWallMs: wallMs,
    expiresWallMs: wallMs + lifeMs,
  };
  const chain = [signCertificate(certificate, (message) => root.sign(message))];
  return { home: certificate.home, name, rootKey: root.publicKey, chain, root, serial: 1 };
}

/** @returns undefined when this hub has no home.
 *  @throws MindosError HOME_INVALID */
export async function readHome(directory: string, onRepair: (note: string) => void = () => undefined) {
  const path = join(directory, FILE_NAME);
  const fields = await readSecretFile({
    ...{ path, secret: path, onRepair },
    invalid: (why, cause) => invalid(path, why, cause),
  });
  if (fields === undefined) return undefined;
  return parse(fields, path);
}

/** @throws MindosError DATA_DIR_UNUSABLE | DISK_FULL */
export async function writeHome(directory: string, papers: HomePapers): Promise<void> {
  const path = join(directory, FILE_NAME);
  const fields = {
    version: FILE_VERSION,
    home: papers.home,
    name: papers.name,
    rootPublicKey: bytesToHex(papers.rootKey),
    ...(papers.root === undefined ? {} : { rootPrivateKey: papers.root.reveal() }),
    chain: papers.chain.map(bytesToHex),
    serial: papers.serial,
    ...(papers.inviter === undefined ? {} : { inviter: papers.inviter }),
  };
  try {
    await writeFileAtomic(path, `${JSON.stringify(fields, null, 2)}\n`);
  } catch (error) {
    throw storageError(error, path, "DATA_DIR_UNUSABLE");
  }
}

function parse(value: unknown, path: string): HomePapers {
  if (typeof value !== "object" || value === null) throw invalid(path, "it is not an object");
  const { version, home, name, rootPublicKey, rootPrivateKey, chain, serial, inviter } = value as Record<
    string,
    unknown
  >;
  if (version !== FILE_VERSION) throw invalid(path, `its version is not ${FILE_VERSION}`);
  if (typeof name !== "string" || name.length > 120) throw invalid(path, "its name is not a text");
  const rootKey = keyBytes(rootPublicKey);
  if (!rootKey) throw invalid(path, "its root key is not 64 hex digits");
  if (home !== homeIdOfKey(rootKey)) throw invalid(path, "its home id does not belong to its root key");
  if (!isChain(chain)) throw invalid(path, "its chain is not one or two certificates");
  if (typeof serial !== "number" || !Number.isSafeInteger(serial) || serial < 0) {
    throw invalid(path, "its serial is not a whole number");
  }
  const found = peerOf(inviter);
  const papers = {
    ...{ home: homeIdOfKey(rootKey), name, rootKey, chain: chain.map(hexToBytes), serial },
    ...(found === undefined ? {} : { inviter: found }),
  };
  if (rootPrivateKey === undefined) return papers;
  const seed = keyBytes(rootPrivateKey);
  if (!seed) throw invalid(path, "its private key is not 64 hex digits");
  const root = new RootKey(seed);
  if (!bytesEqual(root.publicKey, rootKey)) throw invalid(path, "its two keys do not belong together");
  return { ...papers, root };
}

function isChain(value: unknown): value is readonly string[] {
  const isHex = (item: unknown): boolean => typeof item === "string" && /^([0-9a-f]{2}){1,1024}$/.test(item);
  return Array.isArray(value) && value.length >= 1 && value.length <= CHAIN_MAX && value.every(isHex);
}

/** A hint where to link first, told to other hubs too: what no frame can carry is left out, and no hub stays away for it. */
function peerOf(value: unknown): PeerRecord | undefined {
  const { hub, addresses } = (value ?? {}) as Record<string, unknown>;
  if (typeof hub !== "string" || !isHubId(hub) || !Array.isArray(addresses)) return undefined;
  return { hub, addresses: addresses.slice(0, ADDRESSES_MAX).flatMap(addressOf) };
}

function addressOf(value: unknown): HubAddress[] {
  const { host, port } = (value ?? {}) as Record<string, unknown>;
  const isPort = typeof port === "number" && Number.isInteger(port) && port >= 1 && port <= 65_535;
  return typeof host === "string" && isHost(host) && isPort ? [{ host, port }] : [];
}

function keyBytes(value: unknown): Uint8Array | undefined {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? hexToBytes(value) : undefined;
}

function invalid(path: string, why: string, cause?: unknown): MindosError {
  return new MindosError("HOME_INVALID", `${path} is not usable: ${why}`, { cause });
}
