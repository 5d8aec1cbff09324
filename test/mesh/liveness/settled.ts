/** What several tests of the liveness part begin with, and ask. */
import type { HubId } from "../../../runtime/core/ids.js";
import type { StatementCrypto } from "../../../runtime/mesh/liveness/statement.js";
import { LivenessNet } from "./liveness-net.js";
import type { NetOptions } from "./net-types.js";

export const LINE_OF_4 = [
  [0, 1],
  [1, 2],
  [2, 3],
] as const;

/** Two triangles and the link between them. */
export const BARBELL = [
  [0, 1],
  [1, 2],
  [0, 2],
  [2, 3],
  [3, 4],
  [4, 5],
  [3, 5],
] as const;

export function settled(options: NetOptions): LivenessNet {
  const net = new LivenessNet(options);
  net.run(5000);
  net.told.length = 0;
  return net;
}

/** All pairs of an all-to-all mesh. */
export function full(hubs: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let a = 0; a < hubs; a++) for (let b = a + 1; b < hubs; b++) pairs.push([a, b]);
  return pairs;
}

export function statesOf(net: LivenessNet, hub: number): unknown[] {
  return net.hubs.filter(({ index }) => index !== hub).map(({ index }) => net.stateOf(index, hub));
}

export function deaths(net: LivenessNet): unknown[] {
  return net.told.filter(({ notice }) => notice.type === "hub-state" && notice.state === "dead");
}

export function everybodyLives(net: LivenessNet): boolean {
  return net.hubs.every(({ index }) => statesOf(net, index).every((state) => state === "alive"));
}

/** A proof that only the hub itself can make: in these tests, its name. */
export function fakeCrypto(self: HubId): StatementCrypto {
  const proofOf = (hub: HubId, epoch: number, incarnation: number): Uint8Array =>
    new Uint8Array(96).fill(Number.parseInt(hub.slice(0, 6), 16) + epoch * 31 + incarnation * 7);
  return {
    prove: ({ epoch, incarnation }) => proofOf(self, epoch, incarnation),
    holds: ({ hub, epoch, incarnation }, proof) => proof[0] === proofOf(hub, epoch, incarnation)[0],
  };
}
