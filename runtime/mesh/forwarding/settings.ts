/** What forwarding is set to, and what each number trades. */
export interface ForwardingSettings {
  /** Origins whose frames are told apart from repeats, at the destination. One costs about 150 bytes. Raise: a hub that talks to more
   *  others at once still refuses replays of all of them; the origin that was silent longest is forgotten first. */
  readonly originsMax: number;
  /** Of what no source has proven to say: a number that far from the newest is taken as a new beginning. Raise: replays are refused for longer; lower: after
   *  a forged number the true ones are refused for fewer frames. */
  readonly hearsayJumpMax: number;
  /** Frames in transit that are remembered, to notice one that comes by again. A power of two, 8 bytes each. What passes within a
   *  loop's round trip (tens of ms) must fit: at 25,000 frames a second, 1,024 are 40 ms. */
  readonly transitsMax: number;
  /** How often one frame may come by. Two visits happen while routes change; more are a loop that the hop limit would end later and dearer. */
  readonly visitsMax: number;
  /** Sources a hub tells that a destination cannot be reached. Per second, for all; each costs a routed frame and may cost a lookup. */
  readonly errorsPerSecond: number;
  /** Destinations whose first hop is remembered until their acknowledgement comes. */
  readonly attemptsMax: number;
  /** Tries over one neighbour before it may be judged. Fewer: a black hole is found sooner, and an unlucky neighbour more often blamed. */
  readonly triesMin: number;
  /** A neighbour is penalised when less than this share of the tries over it are acknowledged … */
  readonly successMin: number;
  /** … while over the others at least this share is: when all fail it is not this neighbour's doing. */
  readonly othersSuccessMin: number;
  /** How long; doubled with every time in a row, up to 16 times. Unit: ms. */
  readonly penaltyMs: number;
}

export const FORWARDING_DEFAULTS: ForwardingSettings = {
  originsMax: 1024,
  hearsayJumpMax: 4096,
  transitsMax: 1024,
  visitsMax: 4,
  errorsPerSecond: 20,
  attemptsMax: 256,
  triesMin: 6,
  successMin: 0.2,
  othersSuccessMin: 0.5,
  penaltyMs: 60_000,
};
