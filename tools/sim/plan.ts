/** What a scenario asks of a run: faults, work, and what is to be measured and demanded. Data, so that it can be kept and made smaller. */
import type { MediumSettings } from "./engine/medium.js";
import type { Random } from "./engine/random.js";
import type { Fault } from "./faults.js";
import type { HostileHub } from "./hostile.js";
import type { Topology } from "./topology/topology.js";

export interface ReachWindow {
  /** Prefix of its figures. */
  readonly name: string;
  /** The blow falls here; pings go on for two seconds before, so that what is known then is known. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Hubs that are no longer there, or cannot be expected to answer. */
  readonly without: readonly number[];
  /** Pairs are drawn by this number: windows with the same one ask the same pairs. */
  readonly draw: number;
  /** What is cut is mended when it begins: pairs that did not hear each other until then are asked as well. */
  readonly mended?: boolean;
  /** A pair that is still lost at the end breaks an invariant. */
  readonly demanded?: boolean;
}

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface RegistryPlan {
  readonly entries: number;
  /** Written by all hubs in turn, within this time. */
  readonly filled: Span;
  /** So many of them are written anew on each side of the split, within this time. */
  readonly changes: number;
  readonly changed: Span;
  /** The hubs of one side. */
  readonly side: readonly number[];
  /** When both sides hear each other again. */
  readonly healMs: number;
}

export interface Plan {
  /** Hubs start within this time; 0: all at once. */
  readonly startWithinMs: number;
  /** Those that a fault starts. */
  readonly lateHubs?: readonly number[];
  readonly faults: readonly Fault[];
  readonly endMs: number;
  readonly medium?: Partial<MediumSettings>;
  readonly skewedClocks?: boolean;
  readonly hostile?: readonly HostileHub[];
  readonly reach?: readonly ReachWindow[];
  /** Control traffic is counted here. */
  readonly quiet?: Span;
  /** Something is published to everyone each `everyMs`; from `steadyMs` on (absent: from the first) its copies count. */
  readonly broadcasts?: Span & { readonly everyMs: number; readonly steadyMs?: number };
  /** Something is sent reliably between two random hubs each `everyMs`; all of it has arrived by the end. */
  readonly parcels?: Span & { readonly everyMs: number };
  /** A registry is filled, changed on both sides of a split, and compared when it has healed. */
  readonly registry?: RegistryPlan;
  /** From here on no fault: membership agrees everywhere by then. */
  readonly agreedMs?: number;
}

export interface Scenery {
  readonly topology: Topology;
  readonly random: Random;
  /** Simulated time that was asked for; a scenario may need more. */
  readonly minutes: number;
}

export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly topology: string;
  readonly hubs: number;
  readonly minutes: number;
  /** Small sizes at which a search runs it. */
  readonly search?: { readonly topology: string; readonly hubs: number };
  plan(scenery: Scenery): Plan;
}
