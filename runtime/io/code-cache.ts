/**
 * A script that starts from what V8 compiled of it in an earlier run: bytecode of every function that this run has called, instead of
 * parsing and compiling a megabyte again (`createCachedData`, https://v8.dev/blog/code-caching-for-devs).
 *
 * Whoever writes such a file runs code as the user who reads it, and V8 looks at nothing but the source's length, its own version
 * and flags: a flipped bit ends the process. So a file is believed when it lies in a folder of this user that nobody else may
 * write, belongs to this user and is closed to all others (0600), and begins with the digest of its name, the script and the
 * rest of the file. What is not believed is not there: the script is compiled, and the file is written anew.
 */
import { createHash, type Hash } from "node:crypto";
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, type Stats, statSync } from "node:fs";
import { lstat, readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";
import { makeDirectory, writeFileAtomic } from "./files/atomic-file.js";

/** The hub's has 1.6 MB. A longer one is neither written nor read. */
const FILE_BYTES_MAX = 8 * 2 ** 20;
/** Of one user: several checkouts or versions of Node take turns. The oldest go. */
const FILES_MAX = 4;
const DIGEST = "sha512";
const DIGEST_BYTES = 64;
const SUFFIX = ".v8";
/** A hub has done by then all that it does at a start, and its neighbours know it. Unit: ms. */
const SETTLED_MS = 10_000;

/** What a script's text is: a function in parentheses. */
type Main = (require: NodeJS.Require, url: string) => void;

/** @returns `$XDG_CACHE_HOME/mindos`, else `~/.cache/mindos`; undefined where no file has an owner, or nobody a home. */
export function codeCacheFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (process.geteuid === undefined) return undefined;
  const given = env["XDG_CACHE_HOME"];
  if (given !== undefined && isAbsolute(given)) return join(given, "mindos");
  try {
    // Relative to nothing: with HOME empty, what lies in the working folder is anybody's.
    const home = homedir();
    return isAbsolute(home) ? join(home, ".cache", "mindos") : undefined;
  } catch {
    return undefined;
  }
}

/** As `loadScript`, and keeps its code once it has settled; what ends before keeps nothing. */
export function runScript(path: string, folder: string | undefined): void {
  const keep = loadScript(path, folder);
  // Without kept code the next start is slower, and nothing else.
  if (keep !== undefined) setTimeout(() => keep().catch(() => undefined), SETTLED_MS).unref();
}

/**
 * Runs a script that `tools/build.ts` wrote.
 * @param folder where code is kept; undefined: nowhere.
 * @returns what keeps the code, when none was found, to be called once the script has run for a while: it occupies the processor
 *  for some 25 ms, and rejects with the system's error. Undefined when there is nothing to keep.
 * @throws what the script throws, and the system's error when it cannot be read
 */
export function loadScript(path: string, folder: string | undefined): (() => Promise<void>) | undefined {
  const source = readFileSync(path);
  const name = nameOf(path);
  const seed = createHash(DIGEST).update(name).update("\0").update(source);
  const cachedData = folder === undefined ? undefined : readCode(folder, name, seed);
  // No import() in it would find its way: V8 forgets in cached code whom to ask. The build makes a require() of each.
  const script = new Script(source.toString(), { filename: path, cachedData });
  const isKept = cachedData !== undefined && script.cachedDataRejected === false;
  const file = folder === undefined || isKept ? undefined : join(folder, name);
  const foundMs = file === undefined ? undefined : writtenMs(file);
  (script.runInThisContext() as Main)(createRequire(path), pathToFileURL(path).href);
  return file === undefined ? undefined : () => keepCode(file, { seed, script, foundMs });
}

/** One file for each script, Node and set of flags: they would only drive each other out. Code points into V8's snapshot, which a
 *  distribution's new build of the same version may have arranged anew, and V8 of Node 20 does not notice. */
function nameOf(path: string): string {
  const { version, arch, execArgv, execPath, env } = process;
  const what = JSON.stringify([path, version, arch, execPath, buildOf(execPath), execArgv, env["NODE_OPTIONS"] ?? ""]);
  return `${basename(path)}-${createHash(DIGEST).update(what).digest("hex").slice(0, 16)}${SUFFIX}`;
}

/** What tells one build from the next, without reading 100 MB. */
function buildOf(execPath: string): readonly number[] {
  try {
    const { size, mtimeMs } = statSync(execPath);
    return [size, mtimeMs];
  } catch {
    return []; // it was replaced or taken away since this process began
  }
}

/** @param seed of the name and the script as it was read: it may have been replaced since. */
function digestOf(seed: Hash, code: Uint8Array): Buffer {
  return seed.copy().update(code).digest();
}

function readCode(folder: string, name: string, seed: Hash): Buffer | undefined {
  try {
    if (!isOwn(lstatSync(folder), 0o022)) return undefined;
    // A pipe in this place must not block the start.
    const file = openSync(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile() || !isOwn(stats, 0o077) || stats.size > FILE_BYTES_MAX) return undefined;
      const bytes = readFileSync(file);
      const code = bytes.subarray(DIGEST_BYTES);
      return digestOf(seed, code).equals(bytes.subarray(0, DIGEST_BYTES)) ? code : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

function isOwn({ uid, mode }: Stats, bitsWithout: number): boolean {
  return uid === process.geteuid?.() && (mode & bitsWithout) === 0;
}

interface Kept {
  readonly seed: Hash;
  readonly script: Script;
  /** When what was not believed had been written. */
  readonly foundMs: number | undefined;
}

async function keepCode(file: string, { seed, script, foundMs }: Kept): Promise<void> {
  const folder = dirname(file);
  if (!(await isOurPlace(folder))) return;
  await makeDirectory(folder);
  if (!isOwn(await lstat(folder), 0o022)) return;
  // Of several hubs that were started together one writes it; should two write at once, the digest tells.
  if (writtenMs(file) !== foundMs) return;
  // Not needed by a start that finds its code: node:v8 takes 3 ms.
  const { withFlagsOfStart } = await import("./young-heap.js");
  const code = withFlagsOfStart(() => script.createCachedData());
  if (DIGEST_BYTES + code.length > FILE_BYTES_MAX) return;
  await writeFileAtomic(file, Buffer.concat([digestOf(seed, code), code]));
  await removeOldest(folder);
}

function writtenMs(file: string): number | undefined {
  try {
    return lstatSync(file).mtimeMs;
  } catch {
    return undefined;
  }
}

/** As root with another's HOME (sudo), nothing is made in that home. */
async function isOurPlace(folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    const stats = await lstat(at).catch(() => undefined);
    if (stats !== undefined) return isOwn(stats, 0);
    if (at === dirname(at)) return false;
  }
}

async function removeOldest(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.includes(SUFFIX));
  const found = await Promise.all(
    names.map(async (name) => ({ name, mtimeMs: (await lstat(join(folder, name))).mtimeMs })),
  );
  found.sort((a, b) => b.mtimeMs - a.mtimeMs);
  for (const { name } of found.slice(FILES_MAX)) await rm(join(folder, name), { force: true });
}
