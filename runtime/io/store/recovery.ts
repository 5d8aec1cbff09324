/**
 * Opens a LevelDB folder whatever a power cut left of it.
 * LevelDB itself replays its write-ahead log up to a torn end. But it refuses a manifest with a torn end; it begins an
 * empty database when CURRENT is gone, deleting the tables; and it aborts the process when a log ends in sectors that
 * still hold an older piece of a log. Source: LevelDB doc/impl.md.
 */
import { open, readdir, readFile, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import type { MindosError } from "../../core/errors.js";
import { syncDirectory } from "../files/atomic-file.js";
import type { Engine } from "./engine.js";
import { storageError } from "./errors.js";
import { openLevel, repairLevel } from "./level.js";
import { findStaleRecord, intactLogBytes, LOG_BLOCK_BYTES } from "./log.js";

/** The engine's log is cut over at a MiB; one write may add four. */
const LOG_BYTES_MAX = 64 * 1024 * 1024;
/** A hub's manifest has some hundred bytes per table file. */
const MANIFEST_BYTES_MAX = 16 * 1024 * 1024;

/** @param onRepair is told in one sentence what was mended.
 *  @throws MindosError DATA_DIR_IN_USE | DATA_DIR_UNUSABLE | DISK_FULL | STORE_CORRUPT */
export async function openRecovered(directory: string, onRepair: (note: string) => void): Promise<Engine> {
  try {
    await blankStaleRecords(directory, onRepair);
    if (await lostCurrent(directory)) {
      await repairLevel(directory);
      onRepair("the store's CURRENT file was missing; its tables and logs were put together again");
    }
    return await openReporting(directory, onRepair);
  } catch (error) {
    const reason = storageError(error, directory, "STORE_CORRUPT");
    if (reason.code !== "STORE_CORRUPT") throw reason;
    return await openDamaged(directory, reason, onRepair);
  }
}

/** First the exact way, which loses nothing that was acknowledged; then the engine's salvage. */
async function openDamaged(directory: string, reason: MindosError, onRepair: (note: string) => void): Promise<Engine> {
  try {
    const cutBytes = await trimManifest(directory);
    if (cutBytes > 0) {
      const engine = await openReporting(directory, onRepair);
      onRepair(`the store's manifest ended in ${cutBytes} torn bytes; they were cut off`);
      return engine;
    }
  } catch (error) {
    throwUnlessCorrupt(error, directory);
  }
  try {
    await repairLevel(directory);
    const engine = await openReporting(directory, onRepair);
    onRepair(`the store was damaged (${reason.message}); what could be read was salvaged`);
    return engine;
  } catch (error) {
    throw storageError(error, directory, "STORE_CORRUPT");
  }
}

function throwUnlessCorrupt(error: unknown, directory: string): void {
  const reason = storageError(error, directory, "STORE_CORRUPT");
  if (reason.code !== "STORE_CORRUPT") throw reason;
}

async function openReporting(directory: string, onRepair: (note: string) => void): Promise<Engine> {
  const engine = await openLevel(directory);
  // The names of the files that opening made, before the first acknowledgement rests on them.
  await syncDirectory(directory);
  const droppedBytes = await droppedBytesOf(directory);
  if (droppedBytes > 0) onRepair(`${droppedBytes} unreadable bytes of the store's log were dropped`);
  return engine;
}

/** The engine tells what it dropped from its logs only in its own LOG file, which begins anew at each start. */
async function droppedBytesOf(directory: string): Promise<number> {
  const log = await readFile(join(directory, "LOG"), "utf8").catch(() => "");
  let bytes = 0;
  for (const match of log.matchAll(/: dropping (\d+) bytes;/g)) bytes += Number(match[1]);
  return bytes;
}

async function lostCurrent(directory: string): Promise<boolean> {
  const names = await readdir(directory);
  if (names.includes("CURRENT")) return false;
  for (const name of names) {
    // At the very first start a power cut may leave a manifest without CURRENT; no data exists then.
    if (/^\d+\.(ldb|sst|log)$/.test(name) && (await stat(join(directory, name))).size > 0) return true;
  }
  return false;
}

/** Every prefix of a manifest is a state that the store once had, and the files of that state are removed only after
 *  the next record is synced: so cutting a torn end off loses nothing. */
async function trimManifest(directory: string): Promise<number> {
  const current = await readFile(join(directory, "CURRENT"), "utf8").catch(() => "");
  const name = /^(MANIFEST-\d+)\n$/.exec(current)?.[1];
  if (!name) return 0;
  const path = join(directory, name);
  const { size } = await stat(path);
  if (size > MANIFEST_BYTES_MAX) return 0;
  const intact = intactLogBytes(await readFile(path));
  if (intact === 0 || intact === size) return 0;
  await truncate(path, intact);
  return size - intact;
}

/** A flash disk that lost its newest mapping gives back what a sector held before: whole, with a valid checksum. Such
 *  records would bring deleted entries back, and a second copy of one makes LevelDB abort. LevelDB skips zeros. */
async function blankStaleRecords(directory: string, onRepair: (note: string) => void): Promise<void> {
  const logs = (await readdir(directory)).filter((name) => /^\d+\.log$/.test(name));
  let next = 0;
  for (const name of logs.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))) {
    const path = join(directory, name);
    if ((await stat(path)).size > LOG_BYTES_MAX) continue;
    const log = new Uint8Array(await readFile(path));
    let blanked = 0;
    for (let stale = findStaleRecord(log, next); ; stale = findStaleRecord(log, next)) {
      if (stale.at === undefined) {
        next = stale.next;
        break;
      }
      const end = Math.min(stale.at - (stale.at % LOG_BLOCK_BYTES) + LOG_BLOCK_BYTES, log.length);
      log.fill(0, stale.at, end);
      blanked += end - stale.at;
      await overwrite(path, stale.at, log.subarray(stale.at, end));
    }
    if (blanked > 0) onRepair(`${blanked} bytes of ${name} held older data of the disk; they were blanked`);
  }
}

async function overwrite(path: string, at: number, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.write(bytes, 0, bytes.length, at);
  } finally {
    await file.close();
  }
}
