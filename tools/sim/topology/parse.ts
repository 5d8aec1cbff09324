/** `--topology NAME` → a topology. */
import { Random } from "../engine/random.js";
import { city, geometric, grid, home, openNetwork } from "./generated.js";
import { MEASURED, measured } from "./measured.js";
import { regionOf } from "./region.js";
import type { Topology } from "./topology.js";

export const TOPOLOGY_WORDS = `home, city, open, grid:WxH, geometric:DEGREE, ${Object.keys(MEASURED).join(", ")}; CITY:N, the N hubs around its middle`;

/** The topology's file is not on this machine. */
export class MissingData extends Error {}

/** @returns whether it is as large as it is, whatever is asked. */
export function hasOwnSize(text: string): boolean {
  return text.includes(":") ? !text.startsWith("geometric") : MEASURED[text] !== undefined;
}

/** @param hubs ignored by topologies that have a size of their own.
 *  @throws RangeError for a name that does not exist; MissingData. */
export function topologyOf(text: string, hubs: number, seed: number): Topology {
  const random = new Random(seed ^ 0x7090);
  if (text === "home") return home(hubs);
  if (text === "city") return city(hubs, random);
  if (text === "open") return openNetwork(hubs, random);
  const size = /^grid:(\d{1,4})x(\d{1,4})$/.exec(text);
  if (size !== null) return grid(Number(size[1]), Number(size[2]));
  if (text === "grid") return squareGrid(hubs);
  const degree = /^geometric(?::(\d{1,2}(?:\.\d)?))?$/.exec(text);
  if (degree !== null) return geometric(hubs, Number(degree[1] ?? 6), random);
  const region = /^([a-z]\w*):(\d{1,5})$/.exec(text);
  if (region?.[1] !== undefined && MEASURED[region[1]] !== undefined)
    return regionOf(topologyOf(region[1], hubs, seed), Number(region[2]));
  if (MEASURED[text] === undefined) throw new RangeError(`no topology "${text}"; there are: ${TOPOLOGY_WORDS}`);
  const found = measured(text, random);
  if (found === undefined) {
    throw new MissingData(
      `the topology "${text}" needs ../shared/data/topologies/${MEASURED[text]}, which is not here`,
    );
  }
  return found;
}

function squareGrid(hubs: number): Topology {
  const width = Math.max(1, Math.round(Math.sqrt(hubs)));
  return grid(width, Math.max(1, Math.round(hubs / width)));
}
