/** What a plan of the simulator does to hubs and links, in words. Pure. */
import { counted } from "../../../core/mesh-words.js";

type Wording = (count: number) => string;
const hubs =
  (one: string, many: string): Wording =>
  (count) =>
    `${counted(count, "hub")} ${count === 1 ? one : many}`;
const links =
  (what: string): Wording =>
  (count) =>
    `${counted(count, "link")} ${what}`;

/** By the simulator's names (tools/sim/faults.ts). */
const WORDS: Readonly<Record<string, Wording>> = {
  start: hubs("starts", "start"),
  kill: hubs("is killed", "are killed"),
  "power-off": hubs("loses power", "lose power"),
  tear: hubs("is killed while it writes", "are killed while they write"),
  stall: hubs("stalls", "stall"),
  resume: hubs("goes on", "go on"),
  "fill-disk": hubs("has a full disk", "have a full disk"),
  "free-disk": hubs("has room on its disk again", "have room on their disks again"),
  "new-disk": hubs("gets an empty disk", "get an empty disk"),
  partition: hubs("parted from the rest", "parted from the rest"),
  cut: links("cut"),
  mend: links("mended"),
  "one-way": links("carry one way only"),
  "mend-all": () => "all links mended",
  discover: () => "discovery sees all hubs anew",
  loss: () => "packet loss changes",
  clock: hubs("has its clock set", "have their clocks set"),
};

/** @param type of a later simulator, perhaps. */
export function faultText(type: string, count: number): string {
  const known = Object.hasOwn(WORDS, type) ? WORDS[type] : undefined;
  return known === undefined ? `${type.slice(0, 20)} (${count})` : known(count);
}
