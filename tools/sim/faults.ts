/**
 * What goes wrong, as data: a plan is a list of faults with their times, so that a failing one can be kept, replayed and made
 * smaller. Everything a fault touches may not be blamed for what it does not answer meanwhile.
 */
import { RUNNING } from "./engine/hub-rows.js";
import type { Simulation } from "./engine/simulation.js";
import { TICKS_PER_MS } from "./engine/wheel.js";

export type Fault = { readonly atMs: number } & (
  | {
      readonly type: "start" | "kill" | "power-off" | "stall" | "resume" | "fill-disk" | "free-disk";
      readonly hubs: readonly number[];
    }
  /** Power loss in the middle of a write. */
  | { readonly type: "tear"; readonly hubs: readonly number[] }
  /** These hubs no longer hear the others, nor the others them. `group` from 1. */
  | { readonly type: "partition"; readonly hubs: readonly number[]; readonly group: number }
  | { readonly type: "cut" | "mend"; readonly links: readonly (readonly [a: number, b: number])[] }
  /** Nothing passes from a to b. */
  | { readonly type: "one-way"; readonly links: readonly (readonly [a: number, b: number])[] }
  | { readonly type: "mend-all" }
  /** Discovery tells every hub of its neighbours again, as when an interface comes up. */
  | { readonly type: "discover" }
  /** For packets of all links. 0 … 1. */
  | { readonly type: "loss"; readonly share: number }
  /** Wall clocks jump. */
  | { readonly type: "clock"; readonly hubs: readonly number[]; readonly byMs: number }
  /** An empty disk in place of the old one. */
  | { readonly type: "new-disk"; readonly hubs: readonly number[] }
);

/** The parts of a fault that can be left out one by one. */
export function partsOf(fault: Fault): readonly unknown[] {
  if ("hubs" in fault) return fault.hubs;
  return "links" in fault ? fault.links : [];
}

export function withParts(fault: Fault, parts: readonly unknown[]): Fault {
  if ("hubs" in fault) return { ...fault, hubs: parts as readonly number[] };
  return "links" in fault ? { ...fault, links: parts as readonly (readonly [number, number])[] } : fault;
}

export function applyFault(sim: Simulation, fault: Fault): void {
  switch (fault.type) {
    case "start":
      for (const hub of fault.hubs) sim.start(hub);
      return;
    case "kill":
      for (const hub of fault.hubs) sim.kill(hub);
      return;
    case "power-off":
    case "tear":
      for (const hub of fault.hubs) sim.powerOff(hub, fault.type === "tear");
      return;
    case "stall":
      for (const hub of fault.hubs) sim.stall(hub);
      return;
    case "resume":
      for (const hub of fault.hubs) sim.resume(hub);
      return;
    case "fill-disk":
    case "free-disk":
      for (const hub of fault.hubs) sim.hubs.diskFull[hub] = fault.type === "fill-disk" ? 1 : 0;
      return;
    case "new-disk":
      for (const hub of fault.hubs) sim.hubs.replaceDisk(hub);
      return;
    case "clock":
      for (const hub of fault.hubs) sim.hubs.wallOffsetMs[hub] = (sim.hubs.wallOffsetMs[hub] ?? 0) + fault.byMs;
      return;
    case "discover":
      for (let hub = 0; hub < sim.hubs.count; hub++) sim.discover(hub);
      return;
    case "loss":
      sim.medium.settings.loss = fault.share;
      return;
    default:
      applyToPaths(sim, fault);
  }
}

function applyToPaths(
  sim: Simulation,
  fault: Extract<Fault, { type: "partition" | "cut" | "mend" | "one-way" | "mend-all" }>,
): void {
  const { medium } = sim;
  switch (fault.type) {
    case "partition":
      medium.partition(fault.hubs, fault.group);
      for (const hub of fault.hubs) troubleAround(sim, hub);
      break;
    case "mend-all":
      medium.mendAll();
      for (let hub = 0; hub < sim.hubs.count; hub++) sim.trouble(hub);
      break;
    default:
      for (const [a, b] of fault.links) {
        if (fault.type === "mend") medium.mend(a, b);
        else medium.cut(a, b);
        if (fault.type === "mend") medium.mend(b, a);
        else if (fault.type === "cut") medium.cut(b, a);
        sim.trouble(a);
        sim.trouble(b);
      }
  }
  sim.connections.mended();
}

function troubleAround(sim: Simulation, hub: number): void {
  sim.trouble(hub);
  for (const other of sim.topology.neighboursOf(hub)) sim.trouble(other);
}

/** Whether a live, answering hub is nobody's victim: running and well connected, and so for `graceMs`. */
export function isHealthy(sim: Simulation, hub: number, graceMs: number): boolean {
  if (sim.hubs.state(hub) !== RUNNING) return false;
  if (sim.wheel.nowTick - sim.hubs.troubleTick(hub) < graceMs * TICKS_PER_MS) return false;
  if (!sim.medium.broken) return true;
  for (const other of sim.topology.neighboursOf(hub)) {
    if (!sim.medium.hears(hub, other) || !sim.medium.hears(other, hub)) return false;
  }
  return true;
}
