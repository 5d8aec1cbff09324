/**
 * Which hubs of this user run on this machine, wherever their data folders are: each leaves a file named by its process, so that a command
 * which looked in the wrong folder can say where one runs. A hint only: whoever cannot write it runs all the same.
 */
import { constants } from "node:fs";
import { lstat, open, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { CommandContext } from "./command.js";
import { plain } from "./format.js";
import { isAlive, makeFolder, stateDir } from "./places.js";

type Env = Readonly<Record<string, string | undefined>>;

export interface RunningElsewhere {
  readonly name: string;
  readonly dataDir: string;
}

/** A machine runs a few, a swarm some dozens. */
const HUBS_MAX = 64;
/** As Linux has it (PATH_MAX). Unit: bytes. */
const PATH_BYTES_MAX = 4_096;
/** What a note is named by; anything else in that folder is somebody's own. */
const PID = /^[1-9]\d*$/;

function notesDir(env: Env): string {
  return join(stateDir(env), "running");
}

/** @returns what takes it back. */
export async function noteRunning(env: Env, dataDir: string, pid: number): Promise<() => Promise<void>> {
  const folder = notesDir(env);
  const path = join(folder, String(pid));
  try {
    if (!(await isOurPlace(folder))) return async () => undefined;
    await makeFolder(folder);
    for (const name of await readdir(folder))
      if (PID.test(name) && !isAlive(Number(name))) await rm(join(folder, name), { force: true });
    await rm(path, { force: true });
    // A symbolic link in this place is not followed.
    await writeFile(path, resolve(dataDir), { mode: 0o600, flag: "wx" });
  } catch {
    return async () => undefined; // a home that cannot be written to: nobody is told where this hub runs
  }
  return () => rm(path, { force: true }).catch(() => undefined);
}

/** As root with another's HOME (sudo), nothing is made in that home: its ~/.local would be root's, and closed to its owner. */
async function isOurPlace(folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    const stats = await lstat(at).catch(() => undefined);
    if (stats !== undefined) return process.geteuid === undefined || stats.uid === process.geteuid();
    if (at === dirname(at)) return false;
  }
}

/** @param looked the folders that were looked in: no hub runs there. */
export async function runningElsewhere(
  looked: readonly string[],
  { env, tools }: Pick<CommandContext, "env" | "tools">,
): Promise<readonly RunningElsewhere[]> {
  const folder = notesDir(env);
  const names = await readdir(folder).catch(() => []);
  const alive = names.filter((name) => PID.test(name) && isAlive(Number(name))).slice(0, HUBS_MAX);
  const folders = await Promise.all(alive.map((name) => readNote(join(folder, name))));
  const others = folders.filter((other) => other !== undefined && !looked.includes(other)) as string[];
  if (others.length === 0) return [];
  const { readHandle } = await tools();
  const found = await Promise.all(
    [...new Set(others)].map(async (dataDir) => ({ name: (await readHandle(dataDir))?.name, dataDir })),
  );
  return found.filter((one): one is RunningElsewhere => one.name !== undefined);
}

/** "; attic runs in /srv/attic"; "" when none does. */
export function elsewhereWords(hubs: readonly RunningElsewhere[]): string {
  const shown = hubs.slice(0, SHOWN_MAX).map(({ dataDir, name }) => `${plain(name)} runs in ${plain(dataDir)}`);
  const more = hubs.length > SHOWN_MAX ? [`${hubs.length - SHOWN_MAX} more elsewhere`] : [];
  return shown.length === 0 ? "" : `; ${[...shown, ...more].join(", ")}`;
}

/** What fits on a line or two. */
const SHOWN_MAX = 3;

async function readNote(path: string): Promise<string | undefined> {
  try {
    // A pipe in this place must not block the command.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = await file.stat();
      if (!stats.isFile() || stats.size > PATH_BYTES_MAX) return undefined;
      const text = await file.readFile("utf8");
      return isAbsolute(text) ? text : undefined;
    } finally {
      await file.close();
    }
  } catch {
    return undefined; // it has just stopped
  }
}
