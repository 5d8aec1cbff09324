/**
 * How busy this machine and this process are. Not pure: reads /proc where there is one, else what Node knows.
 * Source: proc(5), MemAvailable.
 */
import { readFileSync } from "node:fs";
import { availableParallelism, freemem, loadavg } from "node:os";

export interface SystemLoad {
  /** What can be had without swapping; on Linux this counts the page cache that may be dropped. */
  readonly freeMemoryMiB: number;
  /** One-minute load average divided by the number of cores; 0 where the system has none (Windows). */
  readonly cpuLoad: number;
}

export interface SystemLoadSources {
  readonly readText?: (path: string) => string;
}

/** Waits for no disk: what /proc says is made as it is read, which costs a third of a way through the thread pool. */
export function readSystemLoad(sources: SystemLoadSources = {}): SystemLoad {
  const readText = sources.readText ?? ((path: string) => readFileSync(path, "utf8"));
  const memory = textOrEmpty(readText, "/proc/meminfo");
  return {
    freeMemoryMiB: kibibytesOf(memory, "MemAvailable") ?? freemem() / 1024 / 1024,
    cpuLoad: (loadavg()[0] ?? 0) / Math.max(1, availableParallelism()),
  };
}

function textOrEmpty(readText: (path: string) => string, path: string): string {
  try {
    return readText(path);
  } catch {
    return ""; // not Linux, or /proc is hidden: the caller falls back
  }
}

/** @returns MiB of "Name:   1234 kB", or undefined when the line is not there. */
function kibibytesOf(text: string, name: string): number | undefined {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text);
  return match ? Number(match[1]) / 1024 : undefined;
}
