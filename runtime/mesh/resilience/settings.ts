/** How the mesh learns from a cut, and what each number trades. */
export interface ResilienceSettings {
  /** Losses no farther apart than this are one episode: detection of one cut by several observers spreads by about a second. Raise: groups
   *  a slow collapse; lower: fewer strangers in one group. Unit: ms. */
  readonly episodeGapMs: number;
  /** An episode ends after this, whatever follows. Unit: ms. */
  readonly episodeMaxMs: number;
  /** Two hubs are one risk when they were lost together in at least this part of the episodes that took either (Jaccard). */
  readonly sharedMin: number;
  /** What an episode weighs halves in this time. Raise: remembers longer; lower: forgives a repaired power line sooner. Unit: ms. */
  readonly halfLifeMs: number;
  /** A hub back sooner was never gone: its link flaps. Unit: ms. */
  readonly flapMs: number;
  /** So many flaps within `flapWindowMs` before patience grows. */
  readonly flapsMin: number;
  readonly flapWindowMs: number;
  /** Patience with a flapping neighbour grows by this for each flap above, up to `patienceMax`. Raise: fewer false deaths; lower: faster failover. */
  readonly flapPatience: number;
  readonly patienceMax: number;
  /** With a neighbour that was lost in an episode of three or more. Lower: a second cut is noticed sooner; costs pings in proportion. */
  readonly watchfulPatience: number;
  /** Watchful over so many neighbours at once, those whose loss is likely and would cost most ways: a bound on the pings that it costs. */
  readonly watchfulMax: number;
  /** With a neighbour whose group is falling: two of it lost within `alarmMs`. */
  readonly alarmPatience: number;
  readonly alarmMs: number;
  /** Routes avoid such a neighbour for so long: it either answers the probe by then or is dead. Unit: ms. */
  readonly avoidMs: number;
  /** Destinations lost with a neighbour that make it a bridge. */
  readonly bridgeMin: number;
  /** Standby links for one bridge, and in all: each costs a heartbeat. */
  readonly standbyPerBridge: number;
  readonly standbyMax: number;
  /** Weights and standby links are looked at anew so often. Unit: ms. */
  readonly reviewMs: number;
  /** What was learnt is kept so long after an episode began. Unit: ms. */
  readonly keepAfterMs: number;
}

const HOUR_MS = 3_600_000;

export const RESILIENCE_DEFAULTS: ResilienceSettings = {
  episodeGapMs: 3000,
  episodeMaxMs: 15_000,
  sharedMin: 0.5,
  halfLifeMs: 7 * 24 * HOUR_MS,
  flapMs: 5000,
  flapsMin: 3,
  flapWindowMs: HOUR_MS,
  flapPatience: 0.25,
  patienceMax: 2,
  watchfulPatience: 0.5,
  watchfulMax: 6,
  alarmPatience: 0.35,
  alarmMs: 5000,
  avoidMs: 800,
  bridgeMin: 2,
  standbyPerBridge: 2,
  standbyMax: 4,
  reviewMs: HOUR_MS,
  keepAfterMs: 20_000,
};
