/** The command line of the simulator. */
import { parseArgs } from "node:util";
import { nearest } from "../../runtime/core/nearest.js";
import { MACHINE_DEFAULT } from "./machines/all.js";
import { TOPOLOGY_WORDS } from "./topology/parse.js";

export const HELP = `The mesh of any number of hubs in one process, in virtual time: the same options give the same run.

npm run sim -- --scenario S [options]      one run
npm run sim -- --search COUNT [options]    many seeds, on all cores; what fails is kept in test/sim/regressions
npm run sim -- --replay FILE               a seed that was kept, again
npm run sim -- --list                      the scenarios, machines and topologies

  --scenario S     what happens: city-off-the-grid-30, cold-start, churn-5, … (--list has all)
  --hubs N         how many hubs, where the topology has no size of its own. Default: as --list says
  --seed K         what the randomness comes from. Default: 1
  --minutes M      simulated time, where the scenario leaves it open
  --topology T     who hears whom: ${TOPOLOGY_WORDS}
                   Default: as --list says
  --machine M      what runs on each hub: node (the mesh); flood and pinger to compare with. Default: ${MACHINE_DEFAULT}
  --wire           every frame goes through the wire's codecs, as bytes: slower
  --record FILE    writes the run, to be replayed on a hub's page (#replay); tools/sim/README.md tells the lines
  --json           prints one JSON object as the last line
  --from K         of a search: the first seed. Default: 1
  --help           prints this

Begin with: npm run sim -- --scenario city-off-the-grid-30 --topology grid49
The exit status is 0, or 1 when an invariant was broken, or 2 when the options are wrong.
`;

export interface CliOptions {
  readonly scenario: string | undefined;
  readonly hubs: number | undefined;
  readonly seed: number;
  readonly minutes: number | undefined;
  readonly topology: string | undefined;
  readonly machine: string;
  readonly wire: boolean;
  readonly record: string | undefined;
  readonly json: boolean;
  readonly list: boolean;
  readonly help: boolean;
  readonly search: number | undefined;
  readonly from: number;
  readonly replay: string | undefined;
  /** For the search's own processes: seeds from `from` on, one JSON object a line. */
  readonly batch: number | undefined;
}

const OPTIONS = {
  scenario: { type: "string" },
  hubs: { type: "string" },
  seed: { type: "string" },
  minutes: { type: "string" },
  topology: { type: "string" },
  machine: { type: "string" },
  wire: { type: "boolean" },
  record: { type: "string" },
  json: { type: "boolean" },
  list: { type: "boolean" },
  help: { type: "boolean" },
  search: { type: "string" },
  from: { type: "string" },
  replay: { type: "string" },
  batch: { type: "string" },
} as const;

/** @throws RangeError or TypeError that says what is wrong. */
export function parseOptions(argv: readonly string[]): CliOptions {
  for (const word of argv) {
    const name = /^--([^=]+)/.exec(word)?.[1];
    if (name === undefined || Object.hasOwn(OPTIONS, name)) continue;
    const meant = nearest(name, Object.keys(OPTIONS));
    throw new RangeError(`there is no option --${name}${meant === undefined ? "" : `; did you mean --${meant}?`}`);
  }
  const { values } = parseArgs({ args: [...argv], options: OPTIONS });
  return {
    scenario: values.scenario,
    hubs: whole("--hubs", values.hubs, 2, 2_000_000),
    seed: whole("--seed", values.seed, 0, 0xffff_ffff) ?? 1,
    minutes: number("--minutes", values.minutes, 0.1, 10_000),
    topology: values.topology,
    machine: values.machine ?? MACHINE_DEFAULT,
    wire: values.wire === true,
    record: values.record,
    json: values.json === true,
    list: values.list === true,
    help: values.help === true,
    search: whole("--search", values.search, 1, 10_000_000),
    from: whole("--from", values.from, 0, 0xffff_ffff) ?? 1,
    replay: values.replay,
    batch: whole("--batch", values.batch, 1, 10_000_000),
  };
}

function number(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || !(value >= min && value <= max))
    throw new RangeError(`${name} is a number from ${min} to ${max}, not "${text}"`);
  return value;
}

function whole(name: string, text: string | undefined, min: number, max: number): number | undefined {
  const value = number(name, text, min, max);
  if (value !== undefined && !Number.isInteger(value)) throw new RangeError(`${name} is a whole number, not "${text}"`);
  return value;
}
