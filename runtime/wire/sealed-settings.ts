/** How a sealed session over a message broker behaves. */

export interface SealedSettings {
  /** Payload of one publish at most, header and seal included. Raise: fewer messages for the broker; lower: brokers that take
   *  only small ones. Brokers that say less themselves are obeyed. Unit: bytes. */
  readonly payloadBytesMax: number;
  /** Frames wait this long for company. Raise: fewer, larger messages; lower: faster frames. Unit: ms. */
  readonly batchMs: number;
  /** What may wait to be sent for the first time; past it a frame is refused. As for a direct link. Unit: bytes. */
  readonly queueBytesMax: number;
  /** An acknowledgement waits this long for a segment to travel with. Must be far below `rtoMinMs`. Unit: ms. */
  readonly ackDelayMs: number;
  /** Bounds of the retransmission timeout, and its value before the first round trip (RFC 6298). Unit: ms. */
  readonly rtoMinMs: number;
  readonly rtoMaxMs: number;
  readonly rtoInitialMs: number;
  /** Unacknowledged for so long, the other end is gone. Raise: sessions outlive longer outages of the broker. Unit: ms. */
  readonly giveUpMs: number;
  /** Silent for so long, an acknowledgement is asked for, so that the end of the other side is found. Unit: ms. */
  readonly idleMs: number;
  /** A key is replaced after so many packets or so long, whichever is first. Unit of the second: ms. */
  readonly rekeyPackets: number;
  readonly rekeyMs: number;
}

export const SEALED_DEFAULTS: SealedSettings = {
  payloadBytesMax: 32 * 1024,
  batchMs: 4,
  queueBytesMax: 1024 * 1024,
  ackDelayMs: 20,
  rtoMinMs: 200,
  rtoMaxMs: 8_000,
  rtoInitialMs: 1_000,
  giveUpMs: 30_000,
  idleMs: 15_000,
  rekeyPackets: 2 ** 32,
  rekeyMs: 24 * 3_600_000,
};
