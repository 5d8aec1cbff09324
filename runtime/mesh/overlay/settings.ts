/** What the overlay is set to, and what each number trades. Names follow HyParView (Leitão et al. 2007) where it has one. */
export interface OverlaySettings {
  /** Links to the nearest hubs. Raise: shorter routes, more observers; lower: less idle traffic (9 bytes/s a link). */
  readonly nearLinks: number;
  /** Links to hubs drawn at random, which hold the whole together. Below 2 a mesh of near links falls into clusters. */
  readonly randomLinks: number;
  /** Fewer links than this, and a hub is needy: it is not turned away, and looks for more at once. */
  readonly linksMin: number;
  /** More links than this, and hubs that are not needy are turned away unless they are near. */
  readonly linksMax: number;
  /** Whatever others need. Memory and heartbeats of the hub that everybody hangs on: 128 × 9 bytes/s. */
  readonly linksLimit: number;
  /** Up to so many hubs, all in all or found by discovery on this hub's own segment, everybody links with everybody. */
  readonly fullMeshMax: number;
  /** How long there must have been more than that before links are given up. Raise: calmer; lower: idle links go sooner. Unit: ms. */
  readonly relaxAfterMs: number;
  /** Up to so many hubs found by discovery, this one among them, each is linked with, or has a common neighbour. Raise: no chain of segments
   *  falls apart, however many hubs meet in one; lower: fewer links on a large segment, where random ones hold all together (100 hubs on one:
   *  up to 13 more each). */
  readonly straysOfMax: number;
  /** A hub that has come up looks for such after this: by then it knows whom its neighbours have links with. Lower: meshes that start apart are one
   *  sooner; raise: fewer dials in vain while a house wakes (49 hubs on two processors, each in sight of all and in reach of four: with 3 s twice
   *  the processor time of all else). Unit: ms. */
  readonly straySettleMs: number;
  /** Between two looks while there are some. Unit: ms. */
  readonly strayPauseMs: number;
  /** How long a link that neither end wants stays; also the pace at which such links go. Unit: ms. */
  readonly releaseAfterMs: number;
  /** A candidate must be nearer by this factor to take the place of a near link (X-BOT). Lower: calmer. */
  readonly nearerFactor: number;
  /** Hubs remembered. 512 cover a town's worth of acquaintances in about 100 kB. The least useful goes first. */
  readonly peersMax: number;
  /** Dials at once: each costs a handshake, 100 ms of a slow board's time. */
  readonly dialsMax: number;
  /** A dial that has not brought a link by then has failed. Unit: ms. */
  readonly dialTimeoutMs: number;
  /** A dial of a hub that discovery sees meanwhile begins anew when it has had no answer for so long. Above a round trip to anywhere; lower than the second
   *  after which TCP asks again by itself (RFC 6298 §2). Unit: ms. */
  readonly redialAfterMs: number;
  /** So long for a hub that was asked, through a neighbour, to dial this one: it may decline, and does not say so. Unit: ms. */
  readonly meetTimeoutMs: number;
  /** Where both ends want a link the lower id dials; the higher waits this long, then dials too. Unit: ms. */
  readonly politeMs: number;
  /** First pause after a failed dial; doubled each time. Unit: ms. */
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  /** For hubs that discovery has found and nobody reached yet: it tells once, and who did not answer then was busy starting, or is off for now. Unit: ms. */
  readonly localRetryMaxMs: number;
  /** A link that ended sooner is brief: after each in a row the pause doubles, up to `briefRetryMsMax`. Whoever opens its door and shuts it again
   *  has something against this hub, which knocking does not mend. Unit: ms. */
  readonly briefMs: number;
  readonly briefRetryMsMax: number;
  /** Who turned this hub away is left alone for so long. Unit: ms. */
  readonly busyMs: number;
  /** Of hubs that are neighbours and have lost others, one tries one of these so often, for as long as `trickleAfterMs`: each of
   *  five goes five times slower. Raise: less idle traffic; lower: that a split has healed is noticed sooner. A dial in vain is
   *  some TCP SYNs of 60 bytes. Unit: ms. */
  readonly healIntervalMs: number;
  /** The slowest that one hub goes, however many share its pace. Unit: ms. */
  readonly healIntervalMaxMs: number;
  readonly trickleAfterMs: number;
  /** After that it goes on at this pace. Unit: ms. */
  readonly trickleMs: number;
  /** Without any link for so long: isolated. Unit: ms. */
  readonly isolatedAfterMs: number;
  /** How often an isolated hub tries again, at first; doubled up to `healIntervalMs`. Unit: ms. */
  readonly isolatedRetryMs: number;
  /** This part of the hubs ever linked with being out of reach counts as isolation too. */
  readonly isolatedShare: number;
  /** Pause between two shuffles of a hub that has just come up; doubled up to the greatest. Unit: ms. */
  readonly shuffleMinMs: number;
  /** Raise: less idle traffic (about 600 bytes a shuffle and its answer); lower: fresher candidates. Unit: ms. */
  readonly shuffleMaxMs: number;
  /** Pause between two attempts at a nearer link; half as much again after each, up to the greatest, and short again when a link
   *  was lost. An attempt costs about a kilobyte in all, and each is less likely to gain anything than the one before. Unit: ms. */
  readonly improveMinMs: number;
  readonly improveMaxMs: number;
  /** Records in a shuffle, own included. */
  readonly shuffleRecords: number;
  /** Hops of a newcomer's random walk (ARWL), and the hop at which its record is remembered (PRWL). */
  readonly walkTtl: number;
  readonly walkRememberTtl: number;
  /** Changes of the own view are gathered for so long. Raise: fewer messages in a storm; lower: fresher two-hop knowledge. Unit: ms. */
  readonly viewDelayMs: number;
  /** Pause between two looks at the round trips of the links while the coordinate is unsure; doubled up to the greatest. Unit: ms. */
  readonly sampleMinMs: number;
  readonly sampleMaxMs: number;
  /** The coordinate is told again when it has moved by this part of a link's mean round trip. */
  readonly coordinateDrift: number;
  /** The memory is kept so long after it has changed; while it goes on changing after twice as long each time, up to the greatest. Raise: less
   *  flash wear (3 kB in a home of ten hubs, 30 kB in a town); lower: what a sudden restart forgets is less. Unit: ms. */
  readonly keepFirstMs: number;
  readonly keepEveryMs: number;
}

const HOUR_MS = 3_600_000;

export const OVERLAY_DEFAULTS: OverlaySettings = {
  nearLinks: 4,
  randomLinks: 2,
  linksMin: 5,
  linksMax: 8,
  linksLimit: 128,
  fullMeshMax: 16,
  relaxAfterMs: 60_000,
  straysOfMax: 64,
  straySettleMs: 15_000,
  strayPauseMs: 1000,
  releaseAfterMs: 10_000,
  nearerFactor: 0.8,
  peersMax: 512,
  dialsMax: 8,
  dialTimeoutMs: 10_000,
  redialAfterMs: 500,
  meetTimeoutMs: 2500,
  politeMs: 700,
  retryMinMs: 1000,
  retryMaxMs: 600_000,
  localRetryMaxMs: 60_000,
  briefMs: 3000,
  briefRetryMsMax: 60_000,
  busyMs: 60_000,
  healIntervalMs: 2000,
  healIntervalMaxMs: 20_000,
  trickleAfterMs: 72 * HOUR_MS,
  trickleMs: 600_000,
  isolatedAfterMs: 3000,
  isolatedRetryMs: 1000,
  isolatedShare: 0.6,
  shuffleMinMs: 2000,
  shuffleMaxMs: 120_000,
  improveMinMs: 2000,
  improveMaxMs: 600_000,
  shuffleRecords: 5,
  walkTtl: 6,
  walkRememberTtl: 3,
  viewDelayMs: 100,
  sampleMinMs: 2000,
  sampleMaxMs: 60_000,
  coordinateDrift: 0.1,
  keepFirstMs: 5000,
  keepEveryMs: HOUR_MS / 2,
};
