/**
 * Makes a failing run smaller while it still breaks the same invariant: fewer hubs, then fewer faults and fewer hubs in each
 * (delta debugging, Zeller and Hildebrandt 2002), then less time.
 */
import type { Fault } from "../faults.js";
import { partsOf, withParts } from "../faults.js";
import type { Plan } from "../plan.js";
import { type Outcome, planOf, type RunOptions, runScenario } from "../run.js";

/** Runs that shrinking may take; each is at most as long as the first. */
const RUNS_MAX = 200;
const HUBS_MIN = 4;

export interface Shrunk {
  readonly options: RunOptions;
  readonly runs: number;
}

export type Fails = (options: RunOptions) => boolean;

/** @param fails whether a run of these options breaks the invariant in question. */
export function shrink(options: RunOptions, fails: Fails, runsMax = RUNS_MAX): Shrunk {
  const budget = new Budget(fails, runsMax);
  const smaller = fewerHubs(options, budget);
  const { plan } = planOf(smaller);
  const faults = fewerFaults(smaller, plan, budget);
  const parts = fewerParts(smaller, { ...plan, faults }, budget);
  const shorter = lessTime(smaller, parts, budget);
  return { options: shorter === plan ? smaller : { ...smaller, plan: shorter }, runs: budget.runs };
}

/** @returns a test for the invariant that this outcome broke first. */
export function breaks(invariant: string): Fails {
  return (options) => failure(options)?.violations.some((one) => one.invariant === invariant) ?? false;
}

function failure(options: RunOptions): Outcome | undefined {
  try {
    return runScenario(options);
  } catch {
    // A plan that names hubs that are no longer there is no smaller one.
    return undefined;
  }
}

class Budget {
  runs = 0;
  readonly #fails: Fails;
  readonly #max: number;

  constructor(fails: Fails, max: number) {
    this.#fails = fails;
    this.#max = max;
  }

  holds(options: RunOptions): boolean {
    if (this.runs >= this.#max) return false;
    this.runs += 1;
    return this.#fails(options);
  }
}

/** The scenario plans anew for each size. Topologies of a fixed size stay as they are. */
function fewerHubs(options: RunOptions, budget: Budget): RunOptions {
  let best = options;
  if (options.plan !== undefined || /\d+x\d+/.test(options.topology)) return best;
  for (let step = Math.floor(best.hubs / 2); step >= 1; ) {
    const hubs = best.hubs - step;
    if (hubs >= HUBS_MIN && budget.holds({ ...best, hubs })) best = { ...best, hubs };
    else step = Math.floor(step / 2);
  }
  return best;
}

function fewerFaults(options: RunOptions, plan: Plan, budget: Budget): readonly Fault[] {
  return minimal(plan.faults, (faults) => budget.holds({ ...options, plan: { ...plan, faults } }));
}

function fewerParts(options: RunOptions, plan: Plan, budget: Budget): Plan {
  let best = plan;
  for (let at = 0; at < best.faults.length; at++) {
    const withFault = (parts: readonly unknown[]): Plan => ({
      ...best,
      faults: best.faults.map((fault, other) => (other === at ? withParts(fault, parts) : fault)),
    });
    const parts = partsOf(best.faults[at] as Fault);
    if (parts.length > 1)
      best = withFault(minimal(parts, (some) => budget.holds({ ...options, plan: withFault(some) })));
  }
  return best;
}

function lessTime(options: RunOptions, plan: Plan, budget: Budget): Plan {
  const { agreedMs: _agreed, ...rest } = plan;
  const lastMs = Math.max(0, ...plan.faults.map(({ atMs }) => atMs));
  for (const endMs of [lastMs + 5000, lastMs + 20_000]) {
    if (endMs >= plan.endMs) continue;
    const reach = plan.reach?.filter(({ toMs }) => toMs <= endMs);
    const shorter = { ...rest, ...(reach === undefined ? {} : { reach }), endMs };
    if (budget.holds({ ...options, plan: shorter })) return shorter;
  }
  return plan;
}

/** ddmin: a subset from which no single item can be left out (as far as the budget goes).
 *  @param fails is never asked about all items. */
export function minimal<T>(items: readonly T[], fails: (some: readonly T[]) => boolean): readonly T[] {
  if (items.length > 0 && fails([])) return [];
  let kept = items;
  let pieces = 2;
  while (kept.length > 1) {
    const size = Math.ceil(kept.length / pieces);
    let reduced = false;
    for (let from = 0; from < kept.length; from += size) {
      const without = [...kept.slice(0, from), ...kept.slice(from + size)];
      if (without.length === 0 || !fails(without)) continue;
      kept = without;
      pieces = Math.max(pieces - 1, 2);
      reduced = true;
      break;
    }
    if (reduced) continue;
    if (pieces >= kept.length) break;
    pieces = Math.min(pieces * 2, kept.length);
  }
  return kept;
}
