/**
 * The folder in which one hub keeps everything: identity.json, hub.json while it runs, the lock, and the store.
 * The lock names a process by pid, start time and boot, so that neither a crash nor a reused pid leaves it standing.
 * Across containers, where a pid means another process, the store's own lock decides: the kernel holds that one.
 */
import { createHash, randomBytes } from "node:crypto";
import { chmod, link, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { MindosError } from "../../core/errors.js";
import { isHubId } from "../../core/ids.js";
import type { HubHandle } from "../../core/status.js";
import { printable } from "../../core/text.js";
import { isSystemError, storageError } from "../store/errors.js";
import { makeDirectory, readSmallFile, writeFileAtomic } from "./atomic-file.js";

const LOCK_NAME = "lock";
const HANDLE_NAME = "hub.json";
const TOKEN_NAME = "token";
const TOKEN_BYTES = 24;
const STORE_NAME = "store";
/** Any of these makes a folder ours. */
const OUR_NAMES = new Set([LOCK_NAME, HANDLE_NAME, STORE_NAME, "identity.json"]);
const HOLDER_DEFAULT = "the hub";
const HOLDER_CHARS_MAX = 40;
const CLAIM_ATTEMPTS_MAX = 5;
/** Starters that died in the middle of taking over from one that died, and so on. */
const CLAIM_DEPTH_MAX = 4;

export interface DataDir {
  /** Absolute. */
  readonly path: string;
  /** For `openStore`. */
  readonly storePath: string;
  /** Opens the page and the API. Made once and kept (0600), so that an open page and a scraper outlive a restart. */
  token(): Promise<string>;
  /** Tells the command line where this hub listens: hub.json, owner only. */
  writeHandle(handle: HubHandle): Promise<void>;
  /** Removes hub.json and the lock. */
  close(): Promise<void>;
}

export interface DataDirOptions {
  /** Told in one sentence what was mended: permissions, or the lock of a hub that died. */
  readonly onRepair?: (note: string) => void;
  /** Who opens it, for whoever finds it in use. Default: "the hub". */
  readonly holder?: string;
}

/** @throws MindosError DATA_DIR_IN_USE | DATA_DIR_UNUSABLE | DISK_FULL */
export async function openDataDir(path: string, options: DataDirOptions = {}): Promise<DataDir> {
  const directory = resolve(path);
  const onRepair = options.onRepair ?? (() => undefined);
  try {
    if (!(await makeDirectory(directory))) await closeToOthers(directory, onRepair);
    const token = await lock(directory, options.holder ?? HOLDER_DEFAULT, onRepair);
    // What a crashed hub left must not point the command line at whoever took its port.
    await rm(join(directory, HANDLE_NAME), { force: true });
    return {
      path: directory,
      storePath: join(directory, STORE_NAME),
      token: () => keptToken(join(directory, TOKEN_NAME)),
      writeHandle: (handle) => writeHandle(directory, handle),
      close: () => unlock(directory, token),
    };
  } catch (error) {
    throw storageError(error, directory, "DATA_DIR_UNUSABLE");
  }
}

/** A damaged one is replaced: whoever had it signs in again. */
async function keptToken(path: string): Promise<string> {
  const kept = (await readSmallFile(path).catch(() => undefined))?.trim();
  if (kept !== undefined && /^[A-Za-z0-9_-]{32,64}$/.test(kept)) {
    await chmod(path, 0o600);
    return kept;
  }
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  await writeFileAtomic(path, `${token}\n`);
  return token;
}

/** @returns undefined when no hub runs in this folder: no file, a damaged one, or its process is gone. */
export async function readHandle(path: string): Promise<HubHandle | undefined> {
  const text = await readSmallFile(join(path, HANDLE_NAME)).catch(() => undefined);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const handle = parseHandle(value);
  const owner = parseOwner(value);
  return handle && owner && (await isAlive(owner)) ? handle : undefined;
}

async function writeHandle(directory: string, handle: HubHandle): Promise<void> {
  const path = join(directory, HANDLE_NAME);
  const owner = await ownerOf(handle.pid);
  try {
    await writeFileAtomic(path, `${JSON.stringify({ ...handle, ...owner }, null, 2)}\n`);
  } catch (error) {
    throw storageError(error, path, "DATA_DIR_UNUSABLE");
  }
}

function parseHandle(value: unknown): HubHandle | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { pid, hub, name, url, token, mqttPort } = value as Readonly<Record<string, unknown>>;
  if (typeof pid !== "number" || typeof hub !== "string" || !isHubId(hub)) return undefined;
  if (typeof name !== "string" || typeof token !== "string" || token.length === 0) return undefined;
  if (typeof url !== "string" || !/^https?:\/\/[^\s]+$/.test(url) || !URL.canParse(url)) return undefined;
  if (typeof mqttPort !== "number" || !Number.isInteger(mqttPort) || mqttPort < 0 || mqttPort > 65_535)
    return undefined;
  return { pid, hub, name, url, token, mqttPort };
}

/** Names one process for ever: pids are used again, start times within one boot are not. */
interface Owner {
  readonly pid: number;
  /** Clock ticks since boot; "" where there is no /proc. */
  readonly startTicks: string;
  readonly boot: string;
}

async function ownerOf(pid: number): Promise<Owner> {
  return { pid, startTicks: await startTicksOf(pid), boot: await bootId() };
}

async function isAlive(owner: Owner): Promise<boolean> {
  if (owner.boot !== (await bootId())) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it lives, as another user.
    if (!isSystemError(error, "EPERM")) return false;
  }
  return owner.startTicks === (await startTicksOf(owner.pid));
}

/** proc(5): field 22 of /proc/pid/stat; the name in field 2 may hold spaces and brackets. A zombie counts as dead. */
async function startTicksOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? "gone" : (fields[19] ?? "");
}

async function bootId(): Promise<string> {
  return (await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "")).trim();
}

function parseOwner(value: unknown): Owner | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { pid, startTicks, boot } = value as Readonly<Record<string, unknown>>;
  // Zero and below would ask about process groups.
  if (typeof pid !== "number" || !Number.isInteger(pid) || pid < 1) return undefined;
  return typeof startTicks === "string" && typeof boot === "string" ? { pid, startTicks, boot } : undefined;
}

/** @returns the lock's token. */
async function lock(directory: string, holder: string, onRepair: (note: string) => void): Promise<string> {
  const token = randomBytes(8).toString("hex");
  const own = join(directory, `${LOCK_NAME}.${token}`);
  const words = { ...(await ownerOf(process.pid)), token, holder };
  await writeFile(own, `${JSON.stringify(words)}\n`, { mode: 0o600, flag: "wx" });
  try {
    const dead = await claim(join(directory, LOCK_NAME), own, directory);
    if (dead) onRepair(`the hub that last used ${directory} was not stopped properly; its lock was taken over`);
    return token;
  } finally {
    await rm(own, { force: true });
  }
}

/** Makes `path` a link to `own`, unless a living process holds it. Whoever would replace a dead holder must first claim
 *  a name made of that holder's words: so only one can, and it looks again before it does.
 *  @returns whether there was a dead holder. @throws MindosError DATA_DIR_IN_USE */
async function claim(path: string, own: string, directory: string, depth = 0): Promise<boolean> {
  for (let attempt = 0; attempt < CLAIM_ATTEMPTS_MAX && depth < CLAIM_DEPTH_MAX; attempt++) {
    // A link appears whole or not at all, and never replaces what is there.
    if (await linked(own, path)) return false;
    const holder = await readLock(path);
    if (holder === undefined) continue;
    if (holder.owner && (await isAlive(holder.owner))) {
      const who = `${holderIn(holder.text)} with process id ${holder.owner.pid}`;
      throw new MindosError("DATA_DIR_IN_USE", `${who} uses ${directory}`);
    }
    const succession = `${path}.${createHash("sha256").update(holder.text).digest("hex").slice(0, 16)}`;
    await claim(succession, own, directory, depth + 1);
    if ((await readLock(path))?.text === holder.text) {
      await rename(succession, path);
      return true;
    }
    await rm(succession, { force: true });
  }
  throw new MindosError("DATA_DIR_IN_USE", `several hubs start in ${directory} at once`);
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (isSystemError(error, "EEXIST")) return false;
    throw error;
  }
}

/** @returns undefined when there is none; no owner when it cannot be read: a power cut may leave an empty lock. */
async function readLock(path: string): Promise<{ readonly text: string; readonly owner?: Owner } | undefined> {
  const text = await readSmallFile(path);
  if (text === undefined) return undefined;
  try {
    return { text, owner: parseOwner(JSON.parse(text)) };
  } catch {
    return { text };
  }
}

/** Who said so when the lock was taken; a lock of an earlier version says nothing. */
function holderIn(lockText: string): string {
  const { holder } = JSON.parse(lockText) as { readonly holder?: unknown };
  return typeof holder === "string" ? printable(holder, HOLDER_CHARS_MAX) : HOLDER_DEFAULT;
}

async function unlock(directory: string, token: string): Promise<void> {
  const path = join(directory, LOCK_NAME);
  if (!(await readLock(path).catch(() => undefined))?.text.includes(token)) return;
  await rm(join(directory, HANDLE_NAME), { force: true });
  await rm(path, { force: true });
}

/** Only on a folder that is ours: nobody wants /tmp or a home folder closed because it was named by mistake. */
async function closeToOthers(directory: string, onRepair: (note: string) => void): Promise<void> {
  const { mode } = await stat(directory);
  if ((mode & 0o077) === 0) return;
  const names = await readdir(directory);
  const ours = names.length === 0 || names.some((name) => OUR_NAMES.has(name));
  const sticky = (mode & 0o1000) !== 0;
  if (!ours || sticky) return;
  try {
    await chmod(directory, 0o700);
    onRepair(`other users could open ${directory} (mode ${(mode & 0o777).toString(8)}); it is 700 now`);
  } catch (error) {
    if (!isSystemError(error, "EPERM") && !isSystemError(error, "EROFS")) throw error;
  }
}
