/**
 * The homes that this hub deals with: homes.json in the data folder, owner only, since whoever knows two root keys can find
 * their hubs' meeting at a broker. Written whole or not at all.
 */
import { chmod, stat } from "node:fs/promises";
import { join } from "node:path";
import { bytesToHex, hexToBytes } from "../../core/bytes.js";
import { MindosError, messageOf } from "../../core/errors.js";
import type { HomeId } from "../../core/membership.js";
import { cleanText } from "../../wire/text.js";
import { readSmallFile, writeFileAtomic } from "../files/atomic-file.js";
import { storageError } from "../store/errors.js";
import { homeIdOfKey } from "./home-keys.js";

const FILE_NAME = "homes.json";
const FILE_VERSION = 1;
/** Each costs two subscriptions, a beacon, and up to eight links at every broker. */
export const OTHER_HOMES_MAX = 8;
export const HOME_NAME_BYTES_MAX = 40;

export interface StoredHome {
  readonly home: HomeId;
  readonly name: string;
  /** Ed25519, raw, 32 bytes. */
  readonly rootKey: Uint8Array;
}

/** @throws MindosError HOMES_INVALID */
export async function readOtherHomes(directory: string, onRepair: (note: string) => void): Promise<StoredHome[]> {
  const path = join(directory, FILE_NAME);
  let fields: unknown;
  try {
    const text = await readSmallFile(path);
    if (text === undefined) return [];
    await closeToOthers(path, onRepair);
    fields = JSON.parse(text);
  } catch (cause) {
    // Not a parser's message: it quotes the text.
    throw invalid(path, cause instanceof SyntaxError ? "it is not JSON" : messageOf(cause));
  }
  const { version, homes } = (fields ?? {}) as { readonly version?: unknown; readonly homes?: unknown };
  if (version !== FILE_VERSION) throw invalid(path, `its version is not ${FILE_VERSION}`);
  if (!Array.isArray(homes) || homes.length > OTHER_HOMES_MAX)
    throw invalid(path, `it does not list up to ${OTHER_HOMES_MAX} homes`);
  return homes.map((one: unknown) => {
    const { name, rootPublicKey } = (one ?? {}) as { readonly name?: unknown; readonly rootPublicKey?: unknown };
    const isKey = typeof rootPublicKey === "string" && /^[0-9a-f]{64}$/.test(rootPublicKey);
    if (!isKey || typeof name !== "string" || name === "") throw invalid(path, "an entry is not a name and a key");
    const rootKey = hexToBytes(rootPublicKey);
    return { home: homeIdOfKey(rootKey), name: cleanText(name, HOME_NAME_BYTES_MAX), rootKey };
  });
}

/** @throws MindosError DATA_DIR_UNUSABLE | DISK_FULL */
export async function writeOtherHomes(directory: string, homes: readonly StoredHome[]): Promise<void> {
  const path = join(directory, FILE_NAME);
  const fields = {
    version: FILE_VERSION,
    homes: homes.map(({ name, rootKey }) => ({ name, rootPublicKey: bytesToHex(rootKey) })),
  };
  try {
    await writeFileAtomic(path, `${JSON.stringify(fields, null, 2)}\n`);
  } catch (error) {
    throw storageError(error, path, "DATA_DIR_UNUSABLE");
  }
}

/** Where the revocations of that home are kept. */
export function revocationsFileOf(home: HomeId): string {
  return `revocations-${home}.json`;
}

async function closeToOthers(path: string, onRepair: (note: string) => void): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return;
  await chmod(path, 0o600);
  onRepair(`other users could read ${path} (mode ${(mode & 0o777).toString(8)}); it is 600 now`);
}

function invalid(path: string, why: string): MindosError {
  return new MindosError("HOMES_INVALID", `${path} is not usable: ${why}`);
}
