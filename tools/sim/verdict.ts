/**
 * What is asked of the mesh, beside what a run has measured, in words. What is asked does not depend on the topology: a ring of hubs may be short
 * of what a city reaches, and says so.
 */
import { ASKED, secondCutRatio } from "./asked.js";
import type { Outcome } from "./run.js";

interface Demand {
  /** The scenarios that it is asked of. */
  readonly of: RegExp;
  readonly figure: string;
  /** At most. */
  readonly max?: number;
  /** At least. */
  readonly min?: number;
  readonly unit: "ms" | "" | "B/s a hub" | "%" | "copies" | "x";
  /** "@" stands for the bound. */
  readonly asked: string;
}

export interface Verdict {
  readonly asked: string;
  readonly measured: string;
  readonly isMet: boolean;
}

/** As `npm run bench -- sim` asks it. */
const DEMANDS: readonly Demand[] = [
  {
    of: /^cold-start$/,
    figure: "coldStartMs",
    max: ASKED.coldStartMs,
    unit: "ms",
    asked: "all pings are answered for good within @",
  },
  {
    of: /^replug$/,
    figure: "replugMs",
    max: ASKED.coldStartMs,
    unit: "ms",
    asked: "all pings are answered for good within @",
  },
  ...([30, 60, 80] as const).flatMap((percent): Demand[] => {
    const common = {
      of: new RegExp(`^city-off-the-grid-${percent}`),
      max: ASKED[`reach${percent}Ms`],
      unit: "ms" as const,
    };
    const asked = (pairs: string) => `${percent} % of the hubs gone, 99.9 % of the pairs ${pairs} again within @`;
    return [
      { ...common, figure: "reachMs", asked: asked("that are still connected reach each other") },
      { ...common, figure: "reachGoodMs", asked: asked("that still have a way without bad links reach each other") },
    ];
  }),
  {
    of: /^second-cut/,
    figure: "secondCutRatio",
    max: ASKED.secondCutRatio,
    unit: "x",
    asked: "of pairs lost for over 1 s the same cut takes at most @ as many the second time",
  },
  {
    of: /^second-cut/,
    figure: "secondCutGoodRatio",
    max: ASKED.secondCutRatio,
    unit: "x",
    asked: "of those that still have a way without bad links at most @ as many",
  },
  { of: /^split-/, figure: "healMs", max: ASKED.healMs, unit: "ms", asked: "both sides hold the same again within @" },
  {
    of: /^split-/,
    figure: "healBytesRatio",
    max: ASKED.healBytesRatio,
    unit: "x",
    asked: "at most @ bytes cross for each that differs",
  },
  {
    of: /^(rolling|flapping|one-way|stalls|clock|bad|mass|churn)/,
    figure: "healUnreached",
    max: 0,
    unit: "",
    asked: "no pair is out of reach at the end",
  },
  {
    of: /^hostile-/,
    figure: "reachUnreached",
    max: 0,
    unit: "",
    asked: "no pair of honest hubs is out of reach at the end",
  },
  {
    of: /^idle$/,
    figure: "controlBytesPerSecond",
    max: ASKED.controlBytesPerSecond,
    unit: "B/s a hub",
    asked: "a hub says at most @ while nothing is asked",
  },
  {
    of: /^broadcast$/,
    figure: "broadcastCopies",
    max: ASKED.broadcastCopies,
    unit: "copies",
    asked: "at most @ copies are sent for each that arrives",
  },
  {
    of: /^churn-1$/,
    figure: "broadcastCopies",
    max: ASKED.broadcastCopiesChurn,
    unit: "copies",
    asked: "at most @ copies are sent for each that arrives",
  },
  { of: /./, figure: "broadcastDelivered", min: 1, unit: "%", asked: "every broadcast arrives wherever it can" },
  { of: /./, figure: "parcelsDelivered", min: 1, unit: "%", asked: "every parcel arrives" },
  { of: /./, figure: "falseDead", max: 0, unit: "", asked: "no hub that lives is held for dead" },
];

/** @returns one for each thing that was asked of the scenario and measured, the last one for the invariants. */
export function verdictsOf({
  scenario,
  figures,
  violationCount,
}: Pick<Outcome, "scenario" | "figures" | "violationCount">): Verdict[] {
  const all: Readonly<Record<string, number | null | undefined>> = {
    ...figures,
    secondCutRatio: secondCutRatio(figures),
    secondCutGoodRatio: secondCutRatio(figures, "Good"),
  };
  const verdicts = DEMANDS.flatMap((demand): Verdict[] => {
    const value = all[demand.figure];
    return demand.of.test(scenario) && value !== undefined ? [verdictOf(demand, value)] : [];
  });
  const invariants = {
    asked: "no invariant is broken",
    measured: violationCount === 0 ? "none" : String(violationCount),
  };
  return [...verdicts, { ...invariants, isMet: violationCount === 0 }];
}

/** The one line that says it all: "churn-1: met, all 5 things that were asked." */
export function summaryOf(scenario: string, verdicts: readonly Verdict[]): string {
  const short = verdicts.filter(({ isMet }) => !isMet).length;
  return short === 0
    ? `${scenario}: MET, all ${verdicts.length} things that were asked.`
    : `${scenario}: NOT MET, ${short} of ${verdicts.length} things that were asked.`;
}

function verdictOf({ asked, max, min, unit }: Demand, value: number | null): Verdict {
  const isMet =
    value !== null && value <= (max ?? Number.POSITIVE_INFINITY) && value >= (min ?? Number.NEGATIVE_INFINITY);
  const measured = value === null ? "never" : inWords(value, unit);
  return { asked: asked.replace("@", inWords(max ?? min ?? 0, unit)), measured, isMet };
}

function inWords(value: number, unit: Demand["unit"]): string {
  if (unit === "ms") return value === 0 ? "at once" : `${Number((value / 1000).toPrecision(3))} s`;
  // Rounded down: 99.99 % is not all.
  if (unit === "%") return `${Math.floor(value * 10_000) / 100} %`;
  if (unit === "") return value === 0 ? "none" : String(value);
  const number = Number(value.toPrecision(3));
  return unit === "B/s a hub" ? `${number} ${unit}` : String(number);
}
