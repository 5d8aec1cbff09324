/** What the outbox is set to, and what each number trades. */
export interface OutboxSettings {
  /** What waits here, of this hub's own and of others', in memory and on disk. Beyond it the lowest priority goes first, of that the
   *  oldest. An eighth of the memory of the smallest board. Unit: bytes. */
  readonly bytesMax: number;
  /** The same, in parcels: a parcel without content still costs about 300 bytes. */
  readonly parcelsMax: number;
  /** Of that at most so much for others who have left. Unit: bytes. */
  readonly custodyBytesMax: number;
  readonly custodyParcelsMax: number;
  /** Hubs (and, for those that left, pairs of hubs) that parcels wait for at once. */
  readonly streamsMax: number;
  /** Of them for others, so that nobody's parcels bar this hub's own. */
  readonly custodyStreamsMax: number;
  /** The longest life of a parcel: a long weekend without power. Unit: ms. */
  readonly ttlMsMax: number;
  /** Origins whose parcels are told apart from repeats; 200 bytes each, on disk too. The one silent longest is forgotten first. */
  readonly windowsMax: number;
  /** Parcels for this hub that only a later version can read, on disk until an update: of a mesh that is updated hub by hub, days of news. Whoever has
   *  most here loses its oldest. Memory: 150 bytes each. Unit: parcels; bytes. */
  readonly unreadParcelsMax: number;
  readonly unreadBytesMax: number;
  /** What the outbox puts on the mesh, so that a split that heals is not flooded with what waited. Unit: bytes per second. */
  readonly bytesPerSecond: number;
  /** At least one parcel of the greatest size. Unit: bytes. */
  readonly burstBytes: number;
  /** Parcels under way to one hub: at first, and at most. Grows by one with each acknowledgement. */
  readonly windowFirst: number;
  readonly windowMax: number;
  /** How long to wait for an acknowledgement: at first, and the bounds of what is learnt (RFC 6298). Unit: ms. */
  readonly timeoutMs: number;
  readonly timeoutMsMin: number;
  readonly timeoutMsMax: number;
  /** Acknowledgements wait this long for one another; one frame then serves for many. Unit: ms. */
  readonly ackDelayMs: number;
}

export const OUTBOX_DEFAULTS: OutboxSettings = {
  bytesMax: 64 * 1_048_576,
  parcelsMax: 16_384,
  custodyBytesMax: 16 * 1_048_576,
  custodyParcelsMax: 4096,
  streamsMax: 1024,
  custodyStreamsMax: 512,
  ttlMsMax: 72 * 3_600_000,
  windowsMax: 1024,
  unreadParcelsMax: 1024,
  unreadBytesMax: 4 * 1_048_576,
  bytesPerSecond: 262_144,
  burstBytes: 65_536,
  windowFirst: 4,
  windowMax: 64,
  timeoutMs: 1000,
  timeoutMsMin: 200,
  timeoutMsMax: 60_000,
  ackDelayMs: 20,
};
