import { expect, test } from "vitest";
import type { NodeEffect } from "../../../runtime/mesh/node/inputs.js";
import { Simulation } from "../../../tools/sim/engine/simulation.js";
import { machineOf } from "../../../tools/sim/machines/all.js";
import { WIRE_SIZES } from "../../../tools/sim/sizes.js";
import { Topology } from "../../../tools/sim/topology/topology.js";

test("frames to a neighbour go around its own link where that is the worse way", () => {
  const good = { latencyMs: 1, loss: 0 };
  const edges = [
    { a: 0, b: 1, ...good },
    { a: 1, b: 2, ...good },
    { a: 0, b: 2, latencyMs: 150, loss: 0 },
  ];
  const topology = new Topology({ name: "triangle", hubs: 3, edges });
  const sim = new Simulation({ topology, machine: machineOf("node"), seed: 1, sizes: WIRE_SIZES });
  const echoes: Extract<NodeEffect, { type: "echo" }>[] = [];
  sim.observers.push({ effect: (_hub, effect) => void (effect.type === "echo" && echoes.push(effect)) });
  for (let hub = 0; hub < 3; hub++) sim.start(hub);
  sim.run(20_000);
  sim.input(0, { type: "ping", to: sim.idOf(2), nonce: 7 });
  sim.run(21_000);
  expect(echoes.map(({ from, hops }) => [from, hops])).toEqual([[sim.idOf(2), 1]]);
});
