/** What a simulation is made of, and who may watch it. */
import type { HubId } from "../../../runtime/core/ids.js";
import type { NodeEffect, NodeInput } from "../../../runtime/mesh/node/inputs.js";
import type { MachineKind } from "../machine.js";
import type { Topology } from "../topology/topology.js";
import type { MediumSettings } from "./medium.js";
import type { FrameSizes } from "./traffic.js";

export interface SimulationOptions {
  readonly topology: Topology;
  /** Instead of random ones: those of hubs with keys of their own. One for each hub. */
  readonly ids?: readonly HubId[];
  readonly machine: MachineKind;
  readonly seed: number;
  readonly sizes: FrameSizes;
  readonly medium?: Partial<MediumSettings>;
  /** Clocks that err by up to 100 ppm. */
  readonly skewedClocks?: boolean;
  /** Frames travel as bytes. */
  readonly wire?: boolean;
  /** Changes a hub's effects before they are carried out: hostile hubs. */
  readonly bend?: (hub: number, input: NodeInput, effects: readonly NodeEffect[]) => readonly NodeEffect[];
}

/** Sees what happens; changes nothing. */
export interface Observer {
  /** Everything but frames that are sent. */
  effect?(hub: number, effect: NodeEffect): void;
  /** A hub's write is done; what its machine asked for up to this serial is on its disk. */
  written?(hub: number, serial: number): void;
  routedFrame?(hub: number, hops: number): void;
  link?(a: number, b: number, open: boolean): void;
  hubState?(hub: number, state: number): void;
  /** A machine threw, or spins. */
  broken?(hub: number, what: string): void;
}
