/** The machines that can be driven. */
import type { MachineKind } from "../machine.js";
import { flood } from "./flood.js";
import { node } from "./node.js";
import { pinger } from "./pinger.js";

const KINDS: readonly MachineKind[] = [node, flood, pinger];

export const MACHINES: ReadonlyMap<string, MachineKind> = new Map(KINDS.map((kind) => [kind.name, kind]));
export const MACHINE_DEFAULT = "node";

/** @throws RangeError that names what there is. */
export function machineOf(name: string): MachineKind {
  const found = MACHINES.get(name);
  if (found !== undefined) return found;
  throw new RangeError(`no machine "${name}"; there are: ${[...MACHINES.keys()].join(", ")}`);
}
