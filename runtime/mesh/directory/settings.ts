/** What the directory is set to, and what each number trades. */
export interface DirectorySettings {
  /** How soon a place is said again after it changed, and how seldom at last: the interval doubles from one to the other. Shorter: a
   *  place that all its keepers lost is back sooner; longer: less idle traffic. A registration is 165 bytes over 60 hops in all with 1,000
   *  hubs and short links, and over some √10 times as many with ten times the hubs: every 480 s that is 21 bytes per second and hub with
   *  1,000, every 7,200 s 1.4, and 15 with 100,000. Meanwhile changes are said at once, keepers hand on what they have, and a
   *  search finds who is kept nowhere. Unit: ms. */
  readonly registerMs: number;
  readonly registerMsMax: number;
  /** A place is kept for so many intervals: one registration may be lost. */
  readonly lifetimeIntervals: number;
  /** After a change of place, at random between half of it and the whole: a split moves many hubs at once. Unit: ms. */
  readonly registerDelayMs: number;
  /** A hub that has just started says its place when nothing around has changed for so long, at the latest so long after it had one, at random
   *  between half of it and the whole. Until then its cell knows it, and others find it by searching. Longer: fewer registrations, each of
   *  which passes hundreds of hubs in a large mesh, go to regions that are gone a second later. Unit: ms. */
  readonly firstQuietMs: number;
  readonly firstLatestMs: number;
  /** While the hierarchy still moves after a change, a place is said again so long after it was said last: the first may have gone to keepers
   *  that are none any more, or been lost with a hub that was dead already. Left out where nothing has changed since. Unit: ms. */
  readonly repeatsMs: readonly number[];
  /** Between two registrations while changes go on, at least; doubled with each, so that a place that flaps costs 20 messages in the first
   *  seconds and no more than some every `changeGapMsMax` later. Unit: ms. */
  readonly changeGapMs: number;
  readonly changeGapMsMax: number;
  /** Whom this hub tells at once that its place has changed: with whom it spoke within `correspondentMs`, the latest first. Each costs 160
   *  bytes a hop. More are worth it only to hubs that talk to many; the others ask. */
  readonly correspondentsMax: number;
  readonly correspondentMs: number;
  /** Two rounds of telling them are at least so far apart. Unit: ms. */
  readonly tellGapMs: number;
  /** So long after the regions around have changed, questions go to both regions at once, are repeated, and "nobody knows" is not believed:
   *  many keepers may be gone, and others not told yet. Unit: ms. */
  readonly unsettledMs: number;
  /** How often a hub looks whether other regions have become responsible for it. 64 hashes. Unit: ms. */
  readonly checkMs: number;
  /** Places of others kept here. With equal shares a hub holds 4; shares differ by the sizes of regions, up to about 100. A full table refuses newcomers. */
  readonly placesMax: number;
  /** A change of the cell makes its hubs hand places on, after this time, so many at once. Unit: ms. */
  readonly repairDelayMs: number;
  readonly repairBatch: number;
  /** Answers remembered. About 200 bytes each. */
  readonly cacheMax: number;
  /** How long an answer is believed when nothing speaks against it. Unit: ms. */
  readonly cacheMs: number;
  /** How long "nobody knows" is believed. Unit: ms. */
  readonly negativeMs: number;
  /** An answer so young is not asked for again: who cannot use it has no way at the moment. Unit: ms. */
  readonly freshMs: number;
  /** How long the first question waits for its answer; later ones by what answers took. Shorter: sooner at the second region when the first has
   *  just died; longer: no needless search in a mesh so wide that answers take half of it. Unit: ms. */
  readonly timeoutMs: number;
  readonly timeoutMsMin: number;
  readonly timeoutMsMax: number;
  /** How often waiting frames try whether a way has appeared meanwhile. Unit: ms. */
  readonly pollMs: number;
  /** A lookup is not given up before: routes may be settling. Unit: ms. */
  readonly patienceMs: number;
  /** Lookups at once; one more fails at once. */
  readonly lookupsMax: number;
  /** Frames that wait for one hub's place, and for all: the oldest of the same hub goes first, since newer ones are worth more. */
  readonly framesPerHubMax: number;
  readonly framesMax: number;
  /** Questions begun, per second. */
  readonly asksPerSecond: number;
  /** Searches begun or spread here, per second. One is spread to up to 32 regions. */
  readonly searchesPerSecond: number;
  /** LOOKUPs taken from one neighbour, per second: it may stand before a thousand hubs that register at once. */
  readonly messagesPerSecond: number;
  /** Signatures of places verified, sustained and at once: of a thousand hubs that register at once a keeper keeps some dozens. Each takes 0.14 ms on a PC, 0.6 on
   *  the slowest boards. Unit: per second; count. */
  readonly proofsPerSecond: number;
  readonly proofsBurst: number;
}

export const DIRECTORY_DEFAULTS: DirectorySettings = {
  registerMs: 480_000,
  registerMsMax: 7_200_000,
  lifetimeIntervals: 2.5,
  registerDelayMs: 400,
  firstQuietMs: 1000,
  firstLatestMs: 4000,
  repeatsMs: [1000, 3000],
  changeGapMs: 300,
  changeGapMsMax: 8000,
  correspondentsMax: 16,
  correspondentMs: 60_000,
  tellGapMs: 250,
  unsettledMs: 5000,
  checkMs: 10_000,
  placesMax: 4096,
  repairDelayMs: 4000,
  repairBatch: 64,
  cacheMax: 1024,
  cacheMs: 600_000,
  negativeMs: 2000,
  freshMs: 500,
  timeoutMs: 400,
  timeoutMsMin: 200,
  timeoutMsMax: 3000,
  pollMs: 200,
  patienceMs: 2000,
  lookupsMax: 64,
  framesPerHubMax: 16,
  framesMax: 256,
  asksPerSecond: 40,
  searchesPerSecond: 4,
  messagesPerSecond: 1000,
  proofsPerSecond: 200,
  proofsBurst: 1000,
};
