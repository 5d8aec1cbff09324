/** A small simulation whose machines say what reached them. */
import type { NodeEffect, NodeInput } from "../../runtime/mesh/node/inputs.js";
import type { MediumSettings } from "../../tools/sim/engine/medium.js";
import { Simulation } from "../../tools/sim/engine/simulation.js";
import type { SimulatedMachine } from "../../tools/sim/machine.js";
import type { Edge } from "../../tools/sim/topology/topology.js";
import { Topology } from "../../tools/sim/topology/topology.js";

export interface Heard {
  readonly atMs: number;
  readonly input: NodeInput;
}

/** Does what it is told: `say` returns the effects of an input. */
export type Script = (hub: number, input: NodeInput, hubIds: readonly string[]) => readonly NodeEffect[];

export interface Scene {
  readonly sim: Simulation;
  /** By hub. */
  readonly heard: Heard[][];
  inputs(hub: number, type: NodeInput["type"]): Heard[];
}

const NOTHING: readonly NodeEffect[] = [];

/** Lower number dials; nothing else is said. */
export const dialling: Script = (hub, input, ids) =>
  input.type === "found" && ids[hub] !== undefined && hub < ids.indexOf(input.peer.hub)
    ? [{ type: "dial", hub: input.peer.hub, addresses: input.peer.addresses }]
    : NOTHING;

export function scene(hubs: number, edges: readonly Edge[], medium: Partial<MediumSettings>, script: Script): Scene {
  const heard: Heard[][] = Array.from({ length: hubs }, () => []);
  let ids: readonly string[] = [];
  let clock = (): number => 0;
  const boot = ({ index }: { readonly index: number }): SimulatedMachine => ({
    deadlineMs: undefined,
    handle(input) {
      heard[index]?.push({ atMs: clock(), input });
      return script(index, input, ids);
    },
  });
  const sim = new Simulation({
    topology: new Topology({ name: "scene", hubs, edges }),
    machine: { name: "script", about: "", boot },
    seed: 1,
    sizes: { ofLink: () => 10, ofRouted: () => 30 },
    medium: { jitter: 0, handshakeCpuMs: 0, discoveryMs: 0, ...medium },
  });
  ids = sim.hubs.ids;
  clock = () => sim.nowMs;
  for (let hub = 0; hub < hubs; hub++) sim.start(hub);
  return { sim, heard, inputs: (hub, type) => (heard[hub] ?? []).filter(({ input }) => input.type === type) };
}

/** Two hubs at 5 ms; hub 0 dials, and says `count` pings as soon as its end opens. */
export function pair(medium: Partial<MediumSettings> = {}): Scene {
  return scene(2, [{ a: 0, b: 1, latencyMs: 5, loss: 0 }], medium, dialling);
}

export function linkOf(one: Scene, hub: number): number {
  const opened = one.inputs(hub, "link-opened")[0]?.input;
  if (opened?.type !== "link-opened") throw new Error(`hub ${hub} has no link`);
  return opened.linkId;
}
