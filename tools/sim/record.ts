/**
 * What happened, for the page to replay: one JSON object a line, described in tools/sim/README.md. Frames are left out; what a
 * person would see is in: hubs that come and go, links, cells, faults, who is held for dead.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import type { NodeEffect } from "../../runtime/mesh/node/inputs.js";
import { KILLED, OFF, RUNNING, STALLED } from "./engine/hub-rows.js";
import type { Simulation } from "./engine/simulation.js";
import type { Observer } from "./engine/simulation-options.js";
import { partsOf } from "./faults.js";
import type { Plan } from "./plan.js";

export const RECORD_VERSION = 1;
const BUFFER_CHARACTERS = 64 * 1024;
/** Hubs of a fault that are named; more are counted only. */
const PARTS_NAMED_MAX = 5000;
const STATE_NAMES: Readonly<Record<number, string>> = {
  [OFF]: "off",
  [RUNNING]: "running",
  [STALLED]: "stalled",
  [KILLED]: "killed",
};

export class Recorder implements Observer {
  readonly #file: number;
  #sim: Simulation | undefined;
  #buffer: string[] = [];
  #buffered = 0;

  /** @throws RangeError when it cannot be written there. */
  constructor(path: string) {
    try {
      this.#file = openSync(path, "w");
    } catch (error) {
      throw new RangeError(
        `the recording cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  attach(sim: Simulation, plan: Plan, scenario: string, seed: number): void {
    this.#sim = sim;
    const { topology } = sim;
    const edges: [number, number][] = [];
    for (let a = 0; a < topology.hubs; a++) for (const b of topology.neighboursOf(a)) if (a < b) edges.push([a, b]);
    this.#write({
      type: "mindos-sim",
      version: RECORD_VERSION,
      scenario,
      seed,
      topology: topology.name,
      endMs: plan.endMs,
      hubs: sim.hubs.ids.map((id, hub) => {
        const place = topology.places?.[hub];
        return place === undefined
          ? { id }
          : { id, x: Math.round(place.x * 100) / 100, y: Math.round(place.y * 100) / 100 };
      }),
      edges,
    });
    for (const fault of plan.faults) {
      const { type, atMs } = fault;
      const parts = partsOf(fault);
      sim.at(atMs, () => this.#event({ e: "fault", type, count: parts.length, on: parts.slice(0, PARTS_NAMED_MAX) }));
    }
    sim.observers.push(this);
  }

  /** The run has come to its end: a reader knows from the last line that nothing is missing. */
  close(): void {
    this.#event({ e: "end" });
    this.#flush();
    closeSync(this.#file);
  }

  hubState(hub: number, state: number): void {
    this.#event({ e: "hub", h: hub, s: STATE_NAMES[state] });
  }

  link(a: number, b: number, open: boolean): void {
    this.#event({ e: open ? "up" : "down", a, b });
  }

  effect(hub: number, effect: NodeEffect): void {
    if (effect.type !== "notice") return;
    const { notice } = effect;
    switch (notice.type) {
      case "hub-state":
        this.#event({ e: "held", h: hub, of: this.#indexOf(notice.hub), s: notice.state });
        return;
      case "cut":
        this.#event({ e: "cut", h: hub, of: notice.hubs.map((id) => this.#indexOf(id)) });
        return;
      case "locator":
        this.#event({ e: "place", h: hub, in: notice.locator.map((id) => this.#indexOf(id)) });
        return;
      case "isolated":
        this.#event({ e: "isolated", h: hub, is: notice.isolated });
        return;
      default:
    }
  }

  #indexOf(id: string): number {
    return this.#sim?.hubs.indexOf.get(id as never) ?? -1;
  }

  #event(event: object): void {
    this.#write({ t: this.#sim?.nowMs ?? 0, ...event });
  }

  #write(line: object): void {
    const text = `${JSON.stringify(line)}\n`;
    this.#buffer.push(text);
    this.#buffered += text.length;
    if (this.#buffered >= BUFFER_CHARACTERS) this.#flush();
  }

  #flush(): void {
    writeSync(this.#file, this.#buffer.join(""));
    this.#buffer = [];
    this.#buffered = 0;
  }
}
