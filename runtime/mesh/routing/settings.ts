/** What routing and segmentation are set to, and what each number trades. The bounds of tables are at the end. */
import { LOCATOR_LEVELS_MAX } from "../../core/mesh.js";

export interface RoutingSettings {
  /** From a change that costs reachability to the message about it: what arrives within is said together. Unit: ms. */
  readonly flushDelayMs: number;
  /** The same for a metric that merely changed. Higher: fewer messages under churn, longer detours. Unit: ms. */
  readonly relaxedDelayMs: number;
  /** Least time between two rounds of messages, while fewer than `flushBurst` came in a row. Unit: ms. */
  readonly flushGapMs: number;
  /** The same under lasting churn: the gap doubles up to this. Lower: faster healing after large losses, more traffic. Unit: ms. */
  readonly flushGapMaxMs: number;
  /** Rounds in a row at the short gap: the news of a cut, and of the split or merge after it, comes in for about a second. Fewer: what
   *  has not yet spread by then goes on at `flushGapMaxMs` a hop, and frames wait for it. More: under churn that never ends more messages. */
  readonly flushBurst: number;
  /** More hubs than this in a cell split it. Higher: fewer landmarks, larger tables everywhere. */
  readonly cellMax: number;
  /** Fewer hubs than this in a cell, and a sibling with room, merge it away. */
  readonly cellMin: number;
  /** Hubs that two cells may have together to be merged: well below `cellMax`, so that neither undoes the other. */
  readonly cellRoom: number;
  /** As `cellMax`, for the regions in a region. */
  readonly unitsMax: number;
  readonly unitsMin: number;
  readonly unitsRoom: number;
  /** How long a region with a landmark must be crowded before it splits. Lower: faster growth, splits that a passing crowd causes. Unit: ms. */
  readonly splitHoldMs: number;
  /** Who may raise itself does so in an order, one after the other by this. More than a crowded region needs to hear of the one
   *  before (20 hops, a few ms each), else several do. Unit: ms. */
  readonly raiseStepMs: number;
  /** A child that would split the region badly waits this much longer for a better one. Unit: ms. */
  readonly badSplitMs: number;
  /** As `splitHoldMs`, where there is no landmark at all: a mesh that starts cold. Unit: ms. */
  readonly electHoldMs: number;
  /** How long a region must be sparse before it merges; half as much again is added at random. Unit: ms. */
  readonly mergeHoldMs: number;
  /** After a merge the same hub does not raise itself again for this long. Unit: ms. */
  readonly raiseBackoffMs: number;
  /** A landmark that cannot be reached keeps its region for this long: most routes come back within. Unit: ms. */
  readonly landmarkHoldMs: number;
  /** A hub whose region above the cell has become another keeps its cell for this long, though the way to its landmark leads through hubs that are not of that
   *  region yet: most are within. Longer: it stays longer in a cell that remains in the other region, and is not found by its new place meanwhile. Unit: ms. */
  readonly regionHoldMs: number;
  /** A landmark tells a new size of its region at most this often. Unit: ms. */
  readonly sizeHoldMs: number;
  /** Between two digests to a neighbour, jittered by a quarter. Unit: ms. */
  readonly digestMs: number;
  /** How long the feasibility distance of a lost destination is kept: longer than any ghost of it can live, that is, than a link
   *  may stall before it is cut: four times `DOUBT_MS`. RFC 8966 appendix B: 3 minutes. Longer: after a crowd (a cold start, a split) each hub
   *  holds some 200 rows that it needs no more, 25 kB, for so long. Unit: ms. */
  readonly sourceHoldMs: number;
  /** A sequence number request that brought nothing is repeated after this, doubling up to 32 times. Unit: ms. */
  readonly requestRetryMs: number;
  /** One's own sequence number grows at most this often, whatever is asked. Unit: ms. */
  readonly raiseGapMs: number;
  /** Entries of updates taken from one neighbour. A full table is 256; more than some of these a second is a flood. Unit: 1/s. */
  readonly entriesPerSecond: number;
}

export const ROUTING_DEFAULTS: RoutingSettings = {
  flushDelayMs: 2,
  relaxedDelayMs: 100,
  flushGapMs: 10,
  flushGapMaxMs: 100,
  flushBurst: 120,
  cellMax: 64,
  cellMin: 16,
  cellRoom: 48,
  unitsMax: 32,
  unitsMin: 8,
  unitsRoom: 24,
  splitHoldMs: 1000,
  raiseStepMs: 250,
  badSplitMs: 5000,
  electHoldMs: 250,
  mergeHoldMs: 30_000,
  raiseBackoffMs: 300_000,
  landmarkHoldMs: 250,
  regionHoldMs: 500,
  sizeHoldMs: 5000,
  digestMs: 45_000,
  sourceHoldMs: 60_000,
  requestRetryMs: 250,
  raiseGapMs: 50,
  entriesPerSecond: 4000,
};

/** Ranks 0 … 6: a hub of rank r is the landmark of a region at each level 1 … r. */
export const RANK_MAX = LOCATOR_LEVELS_MAX;
/** Longest way. 4095 (the greatest cost of a link) times 4096 hops: no mesh is that wide. More is out of reach. */
export const METRIC_MAX = 0xff_ffff;
/** No route. */
export const INFINITE = 0xffff_ffff;
/** A suspicion is over before: a silence of 12.6 s is a death, whatever the link loses. Unit: ms. */
export const DOUBT_MS = 15_000;
/** Added to the cost of a neighbour that swallows frames: more than any one link costs, so that any other way is preferred. */
export const PENALTY_COST = 8192;
/** Destinations with a route, of all ranks together: four cells, since a crowd comes before its split. `room.ts` tells which go when there are more. */
export const ENTRIES_MAX = 256;
/** Of rank 0 while there is no landmark, where everybody hears of everybody: enough to see that a split is due. */
export const UNSPLIT_ENTRIES_MAX = 80;
/** Destinations of each higher rank: four times what a settled region has. */
export const UNIT_ENTRIES_MAX = 128;
/** Rows in all, lost destinations with remembered distances among them; past it the longest lost is forgotten. */
export const SLOTS_MAX = 1024;
/** Updates, withdrawals and requests together in one message: within the 1,024 items of a control frame, whatever they are. */
export const ENTRIES_PER_MESSAGE_MAX = 64;
/** As the hop limit of frames: a request that goes further has lost its way. */
export const REQUEST_HOPS_MAX = 127;
/** Neighbours that are asked at once for a newer sequence number: the three nearest to the destination. */
export const REQUEST_FANOUT = 3;
/** Requests that wait for one neighbour until the next round: one for each destination of a settled table. */
export const REQUESTS_QUEUED_MAX = 256;
/** How often lost rows are looked through. Unit: ms. */
export const COLLECT_MS = 15_000;
/** A neighbour whose digest does not fit is asked for everything at most this often. Unit: ms. */
export const AGAIN_GAP_MS = 10_000;
/** How often one neighbour is told everything again at its wish, up to 256 entries or 8 kB: it asks after a digest that does not fit, which comes every
 *  45 s, and whenever a crowd that found no room has thinned. Who was refused asks again after the next digest. Unit: per second; count. */
export const REPEATS_PER_SECOND = 1 / 2;
export const REPEATS_BURST = 8;
/** Of `entriesPerSecond`, what a message itself takes: rounds are 10 ms apart at the least, each of one message and one more for every 64 entries. One that
 *  says where its hub is, or compares, has this one go through its whole table. */
export const MESSAGE_COST = 1;
export const TABLE_COST = 8;
