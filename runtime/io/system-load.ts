/**
 * How busy this machine and this process are. Not pure: reads /proc where there is one, else what Node knows.
 * Source: proc(5), MemAvailable and VmRSS.
 */
import { readFile } from "node:fs/promises";
import { availableParallelism, freemem, loadavg } from "node:os";

export interface SystemLoad {
  /** What can be had without swapping; on Linux this counts the page cache that may be dropped. */
  readonly freeMemoryMiB: number;
  /** One-minute load average divided by the number of cores; 0 where the system has none (Windows). */
  readonly cpuLoad: number;
  /** Resident memory of this process. */
  readonly rssMiB: number;
}

export interface SystemLoadSources {
  readonly readText?: (path: string) => Promise<string>;
}

export async function readSystemLoad(sources: SystemLoadSources = {}): Promise<SystemLoad> {
  const readText = sources.readText ?? ((path: string) => readFile(path, "utf8"));
  const [memory, status] = await Promise.all([
    textOrEmpty(readText, "/proc/meminfo"),
    textOrEmpty(readText, "/proc/self/status"),
  ]);
  return {
    freeMemoryMiB: kibibytesOf(memory, "MemAvailable") ?? freemem() / 1024 / 1024,
    cpuLoad: (loadavg()[0] ?? 0) / Math.max(1, availableParallelism()),
    rssMiB: kibibytesOf(status, "VmRSS") ?? process.memoryUsage.rss() / 1024 / 1024,
  };
}

async function textOrEmpty(readText: (path: string) => Promise<string>, path: string): Promise<string> {
  try {
    return await readText(path);
  } catch {
    return ""; // not Linux, or /proc is hidden: the caller falls back
  }
}

/** @returns MiB of "Name:   1234 kB", or undefined when the line is not there. */
function kibibytesOf(text: string, name: string): number | undefined {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text);
  return match ? Number(match[1]) / 1024 : undefined;
}
