/** Programs of other projects that are run for comparison, where they are installed. */
import { spawnSync } from "node:child_process";

/** Whether this command exists here. */
export function hasProgram(command: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${command}`], { stdio: "ignore" }).status === 0;
}

/** @param sorted ascending @param fraction 0.99 for the 99th percentile @returns NaN of nothing */
export function percentile(sorted: readonly number[], fraction: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(fraction * sorted.length) - 1)] ?? Number.NaN;
}
