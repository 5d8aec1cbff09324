/** What replication is set to, and what each number trades. */
export interface StateSettings {
  /** A stamp that far ahead of the own wall clock is refused. Raise: worse clocks are borne with (boards without a battery, off the grid); lower: a wrong one does
   *  less harm. Within it a clock that runs ahead does none: the next write by anyone who has seen its stamp is later. Unit: ms. */
  readonly driftMaxMs: number;
  /** How long writes of one's own are gathered into one broadcast. Unit: ms. */
  readonly deltaAfterMs: number;
  /** What a healed link taught is broadcast after up to that long, at random: of several hubs that learn the same, one speaks. Unit: ms. */
  readonly relayAfterMs: number;
  /** Broadcast of entries, sustained and at once: bounds what a rewrite of everything costs each hub. Unit: bytes per second; bytes. */
  readonly deltaBytesPerSecond: number;
  readonly deltaBurstBytes: number;
  /** Entries that wait to be broadcast; the rest is left to reconciliation. */
  readonly deltaEntriesMax: number;
  /** A random neighbour is compared with about so often, since whatever broadcast and healing missed must come to light. An
   *  agreeing comparison takes 42 bytes with MQTT. Unit: ms. */
  readonly compareEveryMs: number;
  /** A hub that was settled compares with a new neighbour within this time, rather late than soon (see `NewLinks`): where a split heals
   *  over many links, one teaches and the others find nothing new. Raise: fewer teach the same; lower: a split is healed sooner. Unit: ms. */
  readonly newLinkMs: number;
  /** While news comes in, new links wait until none has come for so long, but not longer than `newLinkMsMax`. Unit: ms. */
  readonly quietMs: number;
  readonly newLinkMsMax: number;
  /** Once both ends of a new link have agreed, either end that learns something tells the other within this time after the quiet, rather late than soon.
   *  Raise: fewer of many links to an island carry the same; lower: islands that only other islands can reach learn sooner. Unit: ms. */
  readonly newsMs: number;
  /** So long after its first comparison a hub is a newcomer, that compares with each new neighbour soon: while a mesh starts, all
   *  links are new. Unit: ms. */
  readonly newcomerMs: number;
  /** A newcomer's comparisons, and what it passes on of them or writes itself, wait up to this long, mostly at random. While a whole mesh starts, ways come first, and
   *  the entries of many hubs go on together. Raise: fewer messages then; lower: whoever joins a home knows it sooner. Unit: ms. */
  readonly newcomerLinkMs: number;
  readonly newcomerRelayMs: number;
  /** When hubs have come to the cell or left it, what the cell holds is compared with its neighbours once none has for so long, a half of it at the least; at
   *  `cellQuietMsMax` in any case. Raise: fewer comparisons while a mesh starts; lower: cells that grow together hear of each other's offers sooner. Unit: ms. */
  readonly cellQuietMs: number;
  readonly cellQuietMsMax: number;
  /** Reconciliations at once: what is learned twice at once is carried twice. */
  readonly sessionsMax: number;
  /** A session that hears nothing for so long is over: the longest turn and some round trips. Unit: ms. */
  readonly sessionIdleMs: number;
  /** The same time is all that a session has in which nothing comes of it; what is learned in it, and what is given once, earns more at this rate, as a web
   *  server expects of a request (Apache httpd, mod_reqtimeout, MinRate). Else a neighbour that answers a little now and then would hold a newcomer, which
   *  compares with one at a time. Raise: such a one is left sooner; lower: worse links are borne with. Unit: bytes per second. */
  readonly progressBytesPerSecond: number;
  /** No session lasts longer, however busy: 64 MiB at the rate below. Unit: ms. */
  readonly sessionMs: number;
  /** A range is answered in at most so many parts. Raise: fewer round trips, more bytes. Measured, 10,000 entries, 200 differing
   *  in 21.6 kB, link of 40 ms round trip: 8 → 49.5 kB, 180 ms; 16 → 51.1 kB, 170 ms; 32 → 51.6 kB, 170 ms. */
  readonly branching: number;
  /** A range with at most so many entries is listed, not split. */
  readonly listMax: number;
  /** How many entries a part holds when it is the last split. */
  readonly leafEntries: number;
  /** One message at most, so that a slow link still carries heartbeats in between. Unit: bytes. */
  readonly messageBytesMax: number;
  /** Of reconciliation, all links together: sustained, and at once. Unit: bytes per second; bytes. */
  readonly bytesPerSecond: number;
  readonly burstBytes: number;
  /** How long a removed element of an observed-remove map is remembered. A hub that was away for longer must forget those
   *  maps before it links, or what was removed comes back with it. Unit: ms. */
  readonly tombstoneMs: number;
}

export const STATE_DEFAULTS: StateSettings = {
  driftMaxMs: 86_400_000,
  deltaAfterMs: 50,
  relayAfterMs: 20,
  deltaBytesPerSecond: 32 * 1024,
  deltaBurstBytes: 64 * 1024,
  deltaEntriesMax: 16_384,
  compareEveryMs: 300_000,
  newLinkMs: 1500,
  quietMs: 500,
  newLinkMsMax: 15_000,
  newsMs: 600,
  newcomerMs: 30_000,
  newcomerLinkMs: 1000,
  newcomerRelayMs: 800,
  cellQuietMs: 500,
  cellQuietMsMax: 3000,
  sessionsMax: 4,
  sessionIdleMs: 10_000,
  progressBytesPerSecond: 4096,
  sessionMs: 300_000,
  branching: 16,
  listMax: 8,
  leafEntries: 5,
  messageBytesMax: 8 * 1024,
  bytesPerSecond: 256 * 1024,
  burstBytes: 128 * 1024,
  tombstoneMs: 30 * 24 * 3_600_000,
};
