/** The brokers that this hub meets others at: backbone.json in the data folder, owner only, since it holds passwords. */
import { chmod, stat } from "node:fs/promises";
import { join } from "node:path";
import type { NewBackbone } from "../../core/backbone.js";
import { MindosError, messageOf } from "../../core/errors.js";
import { cleanText } from "../../wire/text.js";
import { readSmallFile, writeFileAtomic } from "../files/atomic-file.js";
import { storageError } from "../store/errors.js";
import { parseBrokerUrl } from "./address.js";
import type { BrokerAccount } from "./client.js";

const FILE_NAME = "backbone.json";
const FILE_VERSION = 1;
/** Each costs a connection, and links of its own. */
export const BACKBONES_MAX = 4;
const TEXT_BYTES_MAX = 256;
const NAME_BYTES_MAX = 40;
/** One certificate, or a short chain. */
const CA_BYTES_MAX = 6 * 1024;

export interface StoredBackbone extends BrokerAccount {
  readonly name?: string;
}

/** @throws MindosError BAD_INPUT; its message holds no password. */
export function checkBackbone(given: NewBackbone): StoredBackbone {
  const { user: urlUser, password: urlPassword, ...address } = parseBrokerUrl(given.url);
  const user = given.user ?? urlUser;
  const password = given.password ?? urlPassword;
  if (user !== undefined) requireText(user, "the user");
  if (password !== undefined) requireText(password, "the password");
  if (password !== undefined && user === undefined) throw new MindosError("BAD_INPUT", "a password needs a user");
  const { ca } = given;
  if (ca !== undefined && (ca.length > CA_BYTES_MAX || !ca.includes("-----BEGIN CERTIFICATE-----"))) {
    throw new MindosError("BAD_INPUT", `the authority is not a PEM certificate of up to ${CA_BYTES_MAX} bytes`);
  }
  const name = given.name === undefined ? "" : cleanText(given.name, NAME_BYTES_MAX);
  return {
    ...address,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { ca }),
    ...(name === "" ? {} : { name }),
  };
}

/** @throws MindosError BACKBONE_INVALID */
export async function readBackbones(directory: string, onRepair: (note: string) => void): Promise<StoredBackbone[]> {
  const path = join(directory, FILE_NAME);
  let text: string | undefined;
  try {
    text = await readSmallFile(path);
    if (text === undefined) return [];
    await closeToOthers(path, onRepair);
  } catch (cause) {
    throw invalid(path, messageOf(cause));
  }
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    // Not the parser's message: it quotes the text, and with it a password.
    throw invalid(path, "it is not JSON");
  }
  const { version, backbones } = (fields ?? {}) as { readonly version?: unknown; readonly backbones?: unknown };
  if (version !== FILE_VERSION) throw invalid(path, `its version is not ${FILE_VERSION}`);
  if (!Array.isArray(backbones) || backbones.length > BACKBONES_MAX) {
    throw invalid(path, `it does not list up to ${BACKBONES_MAX} brokers`);
  }
  return backbones.map((one) => {
    if (!isNewBackbone(one)) throw invalid(path, "an entry has a field that is no text");
    try {
      return checkBackbone(one);
    } catch (cause) {
      throw invalid(path, messageOf(cause));
    }
  });
}

/** @throws MindosError DATA_DIR_UNUSABLE | DISK_FULL */
export async function writeBackbones(directory: string, backbones: readonly StoredBackbone[]): Promise<void> {
  const path = join(directory, FILE_NAME);
  const fields = {
    version: FILE_VERSION,
    backbones: backbones.map(({ url, name, user, password, ca }) => ({ url, name, user, password, ca })),
  };
  try {
    await writeFileAtomic(path, `${JSON.stringify(fields, null, 2)}\n`);
  } catch (error) {
    throw storageError(error, path, "DATA_DIR_UNUSABLE");
  }
}

function isNewBackbone(value: unknown): value is NewBackbone {
  if (typeof value !== "object" || value === null) return false;
  const { url, ...rest } = value as Readonly<Record<string, unknown>>;
  const optional = [rest["name"], rest["user"], rest["password"], rest["ca"]];
  return typeof url === "string" && optional.every((text) => text === undefined || typeof text === "string");
}

function requireText(text: string, what: string): void {
  const bytes = new TextEncoder().encode(text).length;
  if (text !== "" && bytes <= TEXT_BYTES_MAX && !text.includes("\0")) return;
  throw new MindosError("BAD_INPUT", `${what} is not a text of 1 to ${TEXT_BYTES_MAX} bytes`);
}

async function closeToOthers(path: string, onRepair: (note: string) => void): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return;
  await chmod(path, 0o600);
  onRepair(`other users could read the passwords in ${path} (mode ${(mode & 0o777).toString(8)}); it is 600 now`);
}

function invalid(path: string, why: string): MindosError {
  return new MindosError("BACKBONE_INVALID", `${path} is not usable: ${why}`);
}
