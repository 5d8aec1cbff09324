/** What broadcast is set to, and what each number trades. */
export interface BroadcastSettings {
  /** How long announcements for lazy neighbours are gathered, give or take a half at random, so that of two lazy
   *  neighbours one hears of the other's first. Raise: fewer, fuller frames; lower: faster repair. Unit: ms. */
  readonly announceAfterMs: number;
  /** How long an announced payload may still come along the tree before it is asked for: the least, and, where the tree is seen
   *  to be slow, the most. Too low: slow paths are taken for broken ones and payloads are copied; high: slow repair. Unit: ms. */
  readonly graftAfterMs: number;
  readonly graftAfterMsMax: number;
  /** When one that was asked does not answer, the next announcer is asked. About a round trip and its jitter. Unit: ms. */
  readonly graftRetryMs: number;
  /** How often a missing payload is asked for before it is left to reconciliation. */
  readonly graftTriesMax: number;
  /** Over a link that is younger, what is reconciled too is announced before it is pushed, where older links carry it. Raise: fewer copies
   *  when a split heals over many links; lower: news crosses such a link half a second sooner. Unit: ms. */
  readonly youngMs: number;
  /** What is announced over such a link is asked for up to that much later, rather late than soon: of many hubs at the edge of the other
   *  side one asks, and the tree brings it to the others. Raise: fewer copies; lower: news crosses sooner. Unit: ms. */
  readonly youngGraftMs: number;
  /** Of the payloads that came within that time one, on average, makes a duplicate's link lazy. Raise: a tree that holds under load; lower: fewer
   *  copies. Measured, 196 hubs in a grid, 25 broadcasts a second from anywhere: where every duplicate does so, half of them take over 9 s to the
   *  last hub, with 1.25 copies each; 2 s → 0.14 s, 1.06; 8 s → 0.18 s, 1.07. Unit: ms. */
  readonly pruneOnceMs: number;
  /** A lazy neighbour that leads to the root in that many hops less replaces the tree's link. Lower: a flatter tree, and more changes. */
  readonly optimizeHops: number;
  /** An origin that was not heard for so long is no root any more. Unit: ms. */
  readonly rootMs: number;
  /** How long payloads are kept for those that missed them, and announced to a new neighbour. Unit: ms. */
  readonly keepMs: number;
  /** Payload kept at most; the oldest go first. Unit: bytes. */
  readonly keepBytesMax: number;
  /** Ids remembered so that nothing is delivered twice; the oldest go first. At 5/s they last a quarter of an hour. */
  readonly seenMax: number;
  /** Announced payloads waited for; more are left to other announcers and to reconciliation. */
  readonly missingMax: number;
  /** A broadcast with that many hops behind it is not passed on: a mesh of a million is under 40 wide. */
  readonly roundsMax: number;
  /** Broadcasts taken from one origin: sustained, and at once. Above: remembered, not delivered, not passed on. What is vital (revocations, entries of
   *  registries) has as much again for itself. Unit: per second; count. */
  readonly originRate: number;
  readonly originBurst: number;
  /** Origins whose rate is watched; the one heard of longest ago goes first. */
  readonly originsMax: number;
  /** GOSSIP messages taken from one neighbour, and payloads sent again at its wish: sustained, and at once. Each may cost a signature
   *  check, 0.1 ms on a PC: a neighbour that forges keeps a slow board busy for a part of its time, no more. Unit: per second; count. */
  readonly neighbourRate: number;
  readonly neighbourBurst: number;
}

export const BROADCAST_DEFAULTS: BroadcastSettings = {
  announceAfterMs: 200,
  graftAfterMs: 400,
  graftAfterMsMax: 3000,
  graftRetryMs: 400,
  graftTriesMax: 6,
  youngMs: 10_000,
  youngGraftMs: 1000,
  pruneOnceMs: 2000,
  optimizeHops: 2,
  rootMs: 600_000,
  keepMs: 30_000,
  keepBytesMax: 1024 * 1024,
  seenMax: 4096,
  missingMax: 1024,
  roundsMax: 64,
  originRate: 10,
  originBurst: 100,
  originsMax: 1024,
  neighbourRate: 200,
  neighbourBurst: 1000,
};
