/**
 * Small files that are either the old one or the new one, whatever the power does: write beside, fsync, rename, fsync
 * the folder. A leftover "….tmp" of an interrupted write is overwritten by the next one and read by nobody.
 */
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isSystemError } from "../store/errors.js";

/** Most of what the hub keeps in such files comes nowhere near. */
export const ATOMIC_FILE_BYTES_MAX = 64 * 1024;

/** @param mode permission bits of the file; owner only unless said otherwise. */
export async function writeFileAtomic(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    await rm(temporary, { force: true });
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** @param bytesMax a longer one is refused. @returns undefined when there is no such file.
 *  @throws the system's error; ELOOP for a symbolic link; RangeError when it is not a plain file or is too long. */
export async function readSmallFile(path: string, bytesMax = ATOMIC_FILE_BYTES_MAX): Promise<string | undefined> {
  let file: FileHandle;
  try {
    // A pipe in this place must not block the start.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
  try {
    const { size } = await requirePlain(file, path, bytesMax);
    const bytes = new Uint8Array(size);
    const { bytesRead } = await file.read(bytes, 0, size, 0);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

async function requirePlain(file: FileHandle, path: string, bytesMax: number): Promise<{ readonly size: number }> {
  const stat = await file.stat();
  if (!stat.isFile()) throw new RangeError(`${path} is not a plain file`);
  if (stat.size > bytesMax) throw new RangeError(`${path} has ${stat.size} bytes: too long`);
  return stat;
}

/** Makes the names in a folder survive a power cut: a new file's own fsync does not cover its name everywhere. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** `mkdir -p`, owner only. Node's own recursive mkdir never returns where the kernel answers ENOENT, as /proc does.
 *  @returns whether the folder was made now. */
export async function makeDirectory(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (isSystemError(error, "EEXIST") && (await stat(path)).isDirectory()) return false;
    const parent = dirname(path);
    if (!isSystemError(error, "ENOENT") || parent === path) throw error;
    // When the parent was there all along, this path can never be made.
    if (!(await makeDirectory(parent))) throw error;
  }
  await mkdir(path, { mode: 0o700 });
  return true;
}
