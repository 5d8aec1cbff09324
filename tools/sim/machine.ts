/**
 * What the simulator drives: a hub's machine behind the same door as `runtime/mesh/node`, and how to start one. The production
 * node, a reference that floods, and a stub that only pings all fit.
 */
import type { HubId } from "../../runtime/core/ids.js";
import type { HubAddress, MemberState } from "../../runtime/core/mesh.js";
import type { Rng } from "../../runtime/core/time.js";
import type { NodeEffect, NodeInput } from "../../runtime/mesh/node/inputs.js";

export interface SimulatedMachine {
  /** The effects are carried out before the machine is called again. */
  handle(input: NodeInput, nowMs: number, rng: Rng): readonly NodeEffect[];
  /** As in `runtime/core/machine.ts`; +Infinity and undefined are the same. Unit: ms of this hub's clock. */
  readonly deadlineMs: number | undefined;
  /** What invariants and measures look at. Absent: they skip what they cannot see. */
  inspect?(): Inspection;
}

export interface Inspection {
  /** Fill levels of every bounded table. */
  readonly tables: readonly TableFill[];
  /** Those that this hub says are in its cell, itself among them. */
  readonly cell?: readonly HubId[];
  readonly members?: ReadonlyMap<HubId, MemberState>;
}

export interface TableFill {
  readonly table: string;
  readonly size: number;
  readonly max: number;
}

/** How a hub comes to life. */
export interface Birth {
  readonly hub: HubId;
  /** Its number in the simulation. */
  readonly index: number;
  /** From 1, one more with each start. */
  readonly epoch: number;
  readonly boot: Uint8Array;
  readonly addresses: readonly HubAddress[];
  /** The wall clock at a time of this hub's own clock. May be skewed, and may jump. */
  readonly wallMs: (clockMs: number) => number;
}

export interface MachineKind {
  readonly name: string;
  readonly about: string;
  boot(birth: Birth): SimulatedMachine;
}
