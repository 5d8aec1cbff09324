/** What `mindos doctor` can see with Node alone: the program, memory, folder, ports, clock. Changes nothing. */
import { access, constants, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { freemem, totalmem } from "node:os";
import { dirname } from "node:path";
import { messageOf } from "../../core/errors.js";
import type { Probe, ProbeResult } from "../../core/tools.js";

const MIB = 1024 * 1024;
const NODE_MIN = [20, 12] as const;
/** A hub with its inference process needs about this much; below it a board is still good for routing and sensing. */
const MEMORY_MIB_STANDARD = 900;
const MEMORY_MIB_MIN = 200;
const DISK_MIB_MIN = 32;
const DISK_MIB_GOOD = 256;

export function nodeProbe(version: string): Probe {
  return probe("node", "Node.js", async () => {
    const [major = 0, minor = 0] = version.split(".").map(Number);
    const fits = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
    if (fits) return ok(version);
    return { state: "fail", found: version, remedy: `Install Node.js ${NODE_MIN.join(".")} or newer.` };
  });
}

export function memoryProbe(totalMiB = totalmem() / MIB, freeMiB = freemem() / MIB): Probe {
  return probe("memory", "Memory", async () => {
    const found = `${Math.round(totalMiB)} MiB, ${Math.round(freeMiB)} free`;
    if (totalMiB < MEMORY_MIB_MIN) return { state: "fail", found, remedy: "Use a machine with at least 256 MB." };
    if (totalMiB < MEMORY_MIB_STANDARD) return { state: "warn", found, remedy: "Run the hub with --profile small." };
    if (freeMiB < MEMORY_MIB_MIN)
      return { state: "warn", found, remedy: "Stop what else runs here, or use --profile small." };
    return ok(found);
  });
}

export function diskProbe(dataDir: string): Probe {
  return probe("disk", "Data folder", async () => {
    const folder = await nearestFolder(dataDir);
    const remedy = "Choose another folder with --data or $MINDOS_DATA.";
    try {
      await access(folder, constants.W_OK | constants.X_OK);
    } catch {
      return { state: "fail", found: `${dataDir} cannot be written`, remedy };
    }
    const { bavail, bsize } = await statfs(folder);
    const freeMiB = Math.round((bavail * bsize) / MIB);
    const found = `${dataDir}, ${freeMiB} MiB free`;
    if (freeMiB < DISK_MIB_MIN) return { state: "fail", found, remedy: "Free some space on this disk." };
    if (freeMiB < DISK_MIB_GOOD)
      return { state: "warn", found, remedy: "Free some space, or lower store.readingsMax." };
    return ok(found);
  });
}

/** The folder may not exist yet: then its nearest ancestor counts. */
async function nearestFolder(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    try {
      await access(folder);
      return folder;
    } catch {
      if (dirname(folder) === folder) return folder;
    }
  }
}

/** @param ownPorts ports that a running hub of this folder holds. */
export function portProbe(id: string, title: string, port: number, ownPorts: readonly number[], option: string): Probe {
  return probe(id, title, async () => {
    if (ownPorts.includes(port)) return ok(`${port}, held by the hub that runs here`);
    const problem = await listenError(port);
    if (problem === undefined) return ok(`${port} is free`);
    return {
      state: "warn",
      found: `${port}: ${problem}`,
      remedy: `Choose another with ${option}; 0 takes any free one.`,
    };
  });
}

function listenError(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code === "EADDRINUSE" ? "another program holds it" : messageOf(error)),
    );
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(undefined)));
  });
}

/** Readings carry wall times: a clock that starts in 1970 (boards without a battery) spoils the history. */
export function clockProbe(wallMs: () => number, nowMs: () => number): Probe {
  return probe("clock", "Clock", async () => {
    const year = new Date(wallMs()).getUTCFullYear();
    const beforeMs = nowMs();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const passedMs = nowMs() - beforeMs;
    const remedy = "Set the clock, or install an NTP client such as systemd-timesyncd.";
    if (!(year >= 2025 && year < 2100)) return { state: "warn", found: `the year is ${year}`, remedy };
    if (!(passedMs > 0 && passedMs < 5_000))
      return {
        state: "warn",
        found: `20 ms took ${passedMs.toFixed(1)} ms`,
        remedy: "Check what stalls this machine.",
      };
    return ok(new Date(wallMs()).toISOString());
  });
}

function probe(id: string, title: string, run: () => Promise<ProbeResult>): Probe {
  return { id, title, run };
}

function ok(found: string): ProbeResult {
  return { state: "ok", found };
}
