/** Where things lie on this machine: the data folder, a hub's handle, the list of a running swarm. */
import { chmod, mkdir, mkdtemp, open, readFile, rename, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { MindosError, messageOf } from "../core/errors.js";

type Env = Readonly<Record<string, string | undefined>>;

/** XDG Base Directory Specification: state belongs to $XDG_STATE_HOME, which must be absolute to count. */
export function stateDir(env: Env): string {
  const xdg = env["XDG_STATE_HOME"];
  const base = xdg?.startsWith("/") === true ? xdg : join(env["HOME"] || homedir(), ".local", "state");
  return join(base, "mindos");
}

/** @param chosen --data, or `dataDir` of the configuration file. */
export function dataDirOf(chosen: string | undefined, env: Env): string {
  return resolve(chosen || env["MINDOS_DATA"] || stateDir(env));
}

export function handlePath(dataDir: string): string {
  return join(dataDir, "hub.json");
}

/** What a running swarm leaves for `mindos ask` and its like. */
export interface SwarmRecord {
  readonly version: 1;
  readonly pid: number;
  readonly hubs: readonly { readonly name: string; readonly dataDir: string }[];
  /** A folder that goes with the swarm; should the swarm be killed, the next one removes it. */
  readonly temporary?: string;
}

const SWARM_FOLDER_PREFIX = "mindos-swarm-";
const SWARM_RECORD_BYTES_MAX = 64 * 1024;

export function swarmPath(env: Env): string {
  return join(stateDir(env), "swarm.json");
}

/** @throws MindosError DATA_DIR_UNUSABLE */
export async function writeSwarmRecord(path: string, record: SwarmRecord): Promise<void> {
  const draft = `${path}.${record.pid}`;
  try {
    await makeFolder(dirname(path));
    const file = await open(draft, "w", 0o600);
    try {
      await file.writeFile(`${JSON.stringify(record)}\n`);
    } finally {
      await file.close();
    }
    await chmod(draft, 0o600);
    await rename(draft, path);
  } catch (cause) {
    throw new MindosError("DATA_DIR_UNUSABLE", `${path} cannot be written: ${messageOf(cause)}`, { cause });
  }
}

/** Not `recursive: true`: below /proc, Node's own never returns. */
export async function makeFolder(path: string): Promise<void> {
  const make = (): Promise<void> => mkdir(path, { mode: 0o700 });
  try {
    await make();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await make();
  }
}

/** @returns undefined when no swarm of this user runs. */
export async function readSwarmRecord(path: string): Promise<SwarmRecord | undefined> {
  const record = await readRecord(path);
  return record !== undefined && isAlive(record.pid) ? record : undefined;
}

async function readRecord(path: string): Promise<SwarmRecord | undefined> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > SWARM_RECORD_BYTES_MAX) return undefined;
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return isSwarmRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export async function makeSwarmFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), SWARM_FOLDER_PREFIX));
  } catch (cause) {
    throw new MindosError("DATA_DIR_UNUSABLE", `${tmpdir()} takes no temporary folder`, { cause });
  }
}

/** A swarm that was killed could not tidy up. Only a folder that `makeSwarmFolder` can have made is removed. */
export async function removeAbandonedSwarm(path: string): Promise<void> {
  const record = await readRecord(path);
  if (record === undefined || isAlive(record.pid)) return;
  const { temporary } = record;
  const ours =
    temporary !== undefined && dirname(temporary) === tmpdir() && basename(temporary).startsWith(SWARM_FOLDER_PREFIX);
  if (ours) await rm(temporary, { recursive: true, force: true });
  await rm(path, { force: true });
}

/** Removes it only if it is still this swarm's: a later one may have taken its place. */
export async function removeSwarmRecord(path: string, pid: number): Promise<void> {
  const record = await readSwarmRecord(path);
  if (record === undefined || record.pid === pid) await rm(path, { force: true });
}

function isSwarmRecord(value: unknown): value is SwarmRecord {
  if (typeof value !== "object" || value === null) return false;
  const { version, pid, hubs, temporary } = value as Partial<Record<keyof SwarmRecord, unknown>>;
  const isHub = (hub: unknown): boolean => {
    const { name, dataDir } = (hub ?? {}) as { name?: unknown; dataDir?: unknown };
    return typeof name === "string" && typeof dataDir === "string";
  };
  if (temporary !== undefined && typeof temporary !== "string") return false;
  return version === 1 && Number.isSafeInteger(pid) && Array.isArray(hubs) && hubs.every(isHub);
}

export function isAlive(pid: number): boolean {
  if (!(Number.isSafeInteger(pid) && pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not ours to signal, but there.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
