/** What the parts of `bench -- mesh` have in common. */
import { messageOf } from "../../../runtime/core/errors.js";
import type { Topology } from "../../sim/topology/topology.js";

export type Figures = Readonly<Record<string, number>>;

/** What is asked of a figure. */
export interface Wanted {
  readonly min?: number;
  readonly max?: number;
  readonly unit?: string;
}

export interface MeshBenchPart {
  readonly name: string;
  readonly about: string;
  /** False: it runs without network namespaces. */
  readonly needsLab: boolean;
  readonly wanted: Readonly<Record<string, Wanted>>;
  /** Figures of others that are asked for beside: in the last line in any case, with the reason where they are not measured. */
  readonly beside?: readonly string[];
  run(context: PartContext): Promise<Figures>;
}

export interface PartContext {
  readonly seed: number;
  /** Instead of a part's own number of hubs: to try it. */
  readonly hubs?: number;
  /** Likewise, of simulated time. */
  readonly hours?: number;
  readonly progress: (line: string) => void;
}

/** What others give in the same run. Where that fails, ours stands. */
export async function beside(
  what: string,
  measure: () => Promise<Figures>,
  { progress }: PartContext,
): Promise<Figures> {
  progress(what);
  try {
    return await measure();
  } catch (error) {
    progress(`${what}: left out: ${messageOf(error)}`);
    return {};
  }
}

export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly mean: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return { p50: rounded(at(0.5)), p99: rounded(at(0.99)), max: rounded(at(1)), mean: rounded(mean) };
}

/** Three digits after the point: what a clock of this machine is good for. */
export function rounded(value: number): number {
  return Number(value.toFixed(3));
}

export function pairsOf(
  topology: Topology,
  count: number,
  random: { whole(below: number): number },
): [number, number][] {
  return Array.from({ length: count }, () => {
    const from = random.whole(topology.hubs);
    const to = (from + 1 + random.whole(topology.hubs - 1)) % topology.hubs;
    return [from, to];
  });
}
