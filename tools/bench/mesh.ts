/**
 * `npm run bench -- mesh [--only PART,…] [--hubs N] [--seed K] [--no-namespaces]`: the mesh with production hubs in processes of their
 * own, each in a network namespace, and its peers in the same run: serf, babeld, yggdrasil, bridged Mosquittos. Needs root
 * and iproute2; `--no-namespaces` runs what can be measured without. A figure that is short of what is asked says so; the
 * exit status tells only whether it could be measured.
 * PART: sizes, home, hops, throughput, memory, cold-start, detection, stalls, delivery, agreement; all of them take about half an hour.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { whyNoLab } from "../lab/namespaces.js";
import { agreement } from "./mesh/agreement.js";
import { coldStart } from "./mesh/cold-start.js";
import { delivery } from "./mesh/delivery.js";
import { detection } from "./mesh/detection.js";
import { home } from "./mesh/home.js";
import { hops } from "./mesh/hops.js";
import { memory } from "./mesh/memory.js";
import type { Figures, MeshBenchPart, Wanted } from "./mesh/part.js";
import { sizes } from "./mesh/sizes.js";
import { stalls } from "./mesh/stalls.js";
import { throughput } from "./mesh/throughput.js";

const PARTS: readonly MeshBenchPart[] = [
  sizes,
  home,
  hops,
  throughput,
  memory,
  coldStart,
  detection,
  stalls,
  delivery,
  agreement,
];

export async function run(argv: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: "string" },
      hubs: { type: "string" },
      seed: { type: "string", default: "1" },
      "no-namespaces": { type: "boolean", default: false },
    },
  });
  const figures: Record<string, number> = {};
  for (const part of chosen(values.only, values["no-namespaces"])) {
    console.error(`${part.name}: ${part.about}`);
    const measured = await part.run({
      seed: Number(values.seed),
      ...(values.hubs === undefined ? {} : { hubs: Number(values.hubs) }),
      progress: (line) => console.error(`  ${(performance.now() / 1000).toFixed(0).padStart(5)} s  ${line}`),
    });
    show(part, measured);
    Object.assign(figures, measured);
  }
  return figures;
}

/** @throws RangeError that says what is missing, or which parts there are. */
function chosen(only: string | undefined, withoutNamespaces: boolean): MeshBenchPart[] {
  const names = only?.split(",") ?? PARTS.map(({ name }) => name);
  const parts = names.map((name) => {
    const part = PARTS.find((one) => one.name === name);
    if (part === undefined)
      throw new RangeError(`no part "${name}"; there are: ${PARTS.map((one) => one.name).join(", ")}`);
    return part;
  });
  if (withoutNamespaces) return parts.filter(({ needsLab }) => !needsLab);
  const why = whyNoLab();
  if (why !== undefined && parts.some(({ needsLab }) => needsLab))
    throw new RangeError(`${why}; with --no-namespaces the parts run that need none`);
  return parts;
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
