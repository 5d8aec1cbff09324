/** What the network for the liveness part is made of, and what it can be asked for. Types only. */
import type { HubId } from "../../../runtime/core/ids.js";
import type { Liveness } from "../../../runtime/mesh/liveness/liveness.js";
import type { LivenessSettings } from "../../../runtime/mesh/liveness/settings.js";
import type { StatementCrypto } from "../../../runtime/mesh/liveness/statement.js";
import type { MeshNotice } from "../../../runtime/mesh/part.js";

export interface NetOptions {
  readonly seed: number;
  readonly hubs: number;
  /** Pairs of indices; left out: a random graph with 4 to 6 links a hub. */
  readonly links?: readonly (readonly [number, number])[];
  /** Round trips are drawn from this range. */
  readonly rttMs?: readonly [number, number];
  /** Of each packet. */
  readonly loss?: number;
  /** Of each packet on single links, by their ends. */
  readonly lossOf?: Readonly<Record<number, Readonly<Record<number, number>>>>;
  /** Beside the links, each lost for itself. Left out: none. */
  readonly datagrams?: boolean;
  readonly settings?: Partial<LivenessSettings>;
  readonly crypto?: (hub: HubId) => StatementCrypto;
}

export interface Told {
  readonly atMs: number;
  readonly at: number;
  readonly notice: MeshNotice;
}

export interface Hub {
  readonly index: number;
  readonly id: HubId;
  machine: Liveness;
  epoch: number;
  down: "no" | "stalled" | "dead";
  /** When it was killed: nobody sends again what it has sent. */
  deadMs: number;
  /** What waits in the sockets of a stalled hub. */
  held: (() => void)[];
  /** The other end → the link. */
  readonly links: Map<number, Link>;
  /** When its next tick is in the queue. */
  tickMs: number;
  after: (() => void)[];
}

/** One direction of a connection. */
export interface Pipe {
  readonly from: Hub;
  readonly to: Hub;
  cut: boolean;
  /** `to` still reads: it has neither closed its end nor come to the other's. */
  isRead: boolean;
  lastMs: number;
  seq: number;
  waiting: (() => void)[];
}

export interface Link {
  readonly pipes: readonly [Pipe, Pipe];
  readonly latencyMs: number;
  /** Beside what all links lose. */
  readonly loss: number;
  isUp: boolean;
  /** No datagram passes beside it. */
  isDeafBeside: boolean;
  /** Connections made so far: what was sent on an older one is gone with it. */
  generation: number;
}
