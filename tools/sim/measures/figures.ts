/** Named results of a run. null: it was to be measured and did not happen. */
export type Figures = Readonly<Record<string, number | null>>;

/** @returns the value below which that share of the sorted values lies; null of none. */
export function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}
