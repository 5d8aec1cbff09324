/**
 * `npm run bench -- mesh [--only PART,…] [--hubs N] [--hours H] [--seed K] [--no-namespaces] [--limit MINUTES]`: the mesh with production hubs in
 * processes of their own, each in a network namespace, and its peers in the same run: serf, babeld, yggdrasil, bridged Mosquittos. Needs root
 * and iproute2; `--no-namespaces` runs what can be measured without. A figure that is short of what is asked says so; what could not be
 * measured is null in the JSON, and `notes` says why. A part that fails, or takes longer than `--limit` (30 min), leaves the others their turn.
 * PART: sizes, home, hops, throughput, memory, cold-start, cuts, detection, stalls, delivery, agreement, day; all of them take about an hour.
 */
import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { messageOf } from "../../runtime/core/errors.js";
import { whyNoLab } from "../lab/namespaces.js";
import { agreement } from "./mesh/agreement.js";
import { coldStart } from "./mesh/cold-start.js";
import { cuts } from "./mesh/cuts.js";
import { day } from "./mesh/day.js";
import { delivery } from "./mesh/delivery.js";
import { detection } from "./mesh/detection.js";
import { home } from "./mesh/home.js";
import { hops } from "./mesh/hops.js";
import { memory } from "./mesh/memory.js";
import type { Figures, MeshBenchPart, Wanted } from "./mesh/part.js";
import { sizes } from "./mesh/sizes.js";
import { stalls } from "./mesh/stalls.js";
import { throughput } from "./mesh/throughput.js";
import { FigureSheet, type SheetJson } from "./report/figure-sheet.js";

const PARTS: readonly MeshBenchPart[] = [
  sizes,
  home,
  hops,
  throughput,
  memory,
  coldStart,
  cuts,
  detection,
  stalls,
  delivery,
  agreement,
  day,
];

/** What the last line of a whole run has in it, at the least. */
export const keys: readonly string[] = PARTS.flatMap(keysOf);

export async function run(argv: readonly string[]): Promise<SheetJson> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: "string" },
      hubs: { type: "string" },
      hours: { type: "string" },
      seed: { type: "string", default: "1" },
      limit: { type: "string", default: "30" },
      "no-namespaces": { type: "boolean", default: false },
    },
  });
  const limitMs = Number(values.limit) * 60_000;
  if (!(limitMs > 0)) throw new RangeError("--limit is a number of minutes");
  const parts = chosen(values.only);
  const withLab = !values["no-namespaces"];
  requireLab(withLab ? parts : []);
  const sheet = new FigureSheet(parts.flatMap(keysOf));
  for (const part of parts) {
    if (part.needsLab && !withLab) {
      for (const key of keysOf(part)) sheet.missing(key, "needs network namespaces");
      continue;
    }
    console.error(`${part.name}: ${part.about}`);
    const context = {
      seed: Number(values.seed),
      ...(values.hubs === undefined ? {} : { hubs: Number(values.hubs) }),
      ...(values.hours === undefined ? {} : { hours: Number(values.hours) }),
      progress: (line: string) => console.error(`  ${(performance.now() / 1000).toFixed(0).padStart(5)} s  ${line}`),
    };
    try {
      const measured = await within(limitMs, part.run(context));
      show(part, measured);
      for (const key of keysOf(part))
        sheet.missing(key, "not measured: what it is compared with is not installed, or failed");
      for (const [key, value] of Object.entries(measured)) sheet.set(key, value);
    } catch (error) {
      console.log(`${part.name}: not measured: ${messageOf(error)}`);
      for (const key of keysOf(part)) sheet.missing(key, messageOf(error));
    }
  }
  return sheet.toJSON();
}

function keysOf({ wanted, beside = [] }: MeshBenchPart): string[] {
  return [...Object.keys(wanted), ...beside];
}

/** What goes on after that ends with this process. */
function within<T>(ms: number, run: Promise<T>): Promise<T> {
  const late = sleep(ms, undefined, { ref: false }).then(() => {
    throw new Error(`not done within ${ms / 60_000} min`);
  });
  return Promise.race([run, late]);
}

/** @throws RangeError that says which parts there are. */
function chosen(only: string | undefined): MeshBenchPart[] {
  const names = only?.split(",") ?? PARTS.map(({ name }) => name);
  return names.map((name) => {
    const part = PARTS.find((one) => one.name === name);
    if (part === undefined)
      throw new RangeError(`no part "${name}"; there are: ${PARTS.map((one) => one.name).join(", ")}`);
    return part;
  });
}

/** @throws RangeError that says what is missing. */
function requireLab(parts: readonly MeshBenchPart[]): void {
  const why = whyNoLab();
  if (why !== undefined && parts.some(({ needsLab }) => needsLab))
    throw new RangeError(`${why}; with --no-namespaces the parts run that need none`);
}

function show({ name, wanted }: MeshBenchPart, figures: Figures): void {
  const load = loadavg()[0] ?? 0;
  console.log(`${name} (load of this machine afterwards: ${load.toFixed(1)})`);
  for (const [key, value] of Object.entries(figures)) {
    const one = wanted[key];
    console.log(`  ${key.padEnd(28)} ${String(value).padStart(12)}  ${one === undefined ? "" : verdict(one, value)}`);
  }
}

function verdict({ min, max, unit = "" }: Wanted, value: number): string {
  const holds = (min === undefined || value >= min) && (max === undefined || value <= max);
  const asked = [min === undefined ? "" : `≥ ${min}`, max === undefined ? "" : `≤ ${max}`].filter(Boolean).join(", ");
  return `asked: ${asked} ${unit}${holds ? "" : "  short"}`.trimEnd();
}
