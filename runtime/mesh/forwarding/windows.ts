/**
 * Which frames of each origin were taken already, at their destination. Pure.
 * A sliding window over sequence numbers (as IPsec's, RFC 4303 §3.4.3), 64 wide, for each origin's newest epoch.
 * What a source has proven to say (`proofs.ts`) and what is hearsay have windows of their own: of hearsay, a member on the way may name any
 * source and number, and must not thereby have the true one refused. So there a number far from the newest begins anew.
 */
import { LruMap } from "../../core/bounded.js";
import type { HubId } from "../../core/ids.js";

const WIDTH = 64;
/** An older epoch is refused for as long as the newer one was heard within this time: no hub runs twice, and a forged epoch must not
 *  lock its owner out for good. Unit: ms. */
const ORIGIN_IDLE_MS = 600_000;

interface Window {
  epoch: number;
  /** The newest taken. Bit n of the mask, low word first, is the number n below it. */
  newest: number;
  low: number;
  high: number;
  takenMs: number;
}

/** late: older than the window reaches, taken or not. */
export type Freshness = "fresh" | "duplicate" | "late" | "old-epoch";

export class OriginWindows {
  readonly #windows: LruMap<HubId, Window>;

  /** @param jumpMax a number further away than this begins anew. None: a number that was passed never comes again. */
  constructor(
    originsMax: number,
    readonly jumpMax = Number.POSITIVE_INFINITY,
  ) {
    this.#windows = new LruMap(originsMax);
  }

  /** @returns "fresh" exactly once for each frame, as long as its origin is remembered. */
  take(origin: HubId, epoch: number, seq: number, nowMs: number): Freshness {
    const window = this.#windows.get(origin);
    if (window === undefined) {
      this.#windows.set(origin, { epoch, newest: seq, low: 1, high: 0, takenMs: nowMs });
      return "fresh";
    }
    const isElsewhere = Math.abs(seq - window.newest) > this.jumpMax;
    if (epoch !== window.epoch || isElsewhere) {
      const isOld = epoch < window.epoch && this.jumpMax === Number.POSITIVE_INFINITY;
      if (isOld && nowMs - window.takenMs < ORIGIN_IDLE_MS) return "old-epoch";
      window.epoch = epoch;
      window.newest = seq;
      window.low = 1;
      window.high = 0;
      window.takenMs = nowMs;
      return "fresh";
    }
    const freshness = takeSeq(window, seq);
    if (freshness === "fresh") window.takenMs = nowMs;
    return freshness;
  }
}

function takeSeq(window: Window, seq: number): Freshness {
  const ahead = seq - window.newest;
  if (ahead > 0) {
    shift(window, ahead);
    window.newest = seq;
    window.low |= 1;
    return "fresh";
  }
  const behind = -ahead;
  if (behind >= WIDTH) return "late";
  if (behind < 32) {
    const bit = 1 << behind;
    if ((window.low & bit) !== 0) return "duplicate";
    window.low |= bit;
    return "fresh";
  }
  const bit = 1 << (behind - 32);
  if ((window.high & bit) !== 0) return "duplicate";
  window.high |= bit;
  return "fresh";
}

/** By two words, since a bigint would allocate. A shift by 32 is one by 0 in JavaScript: those cases stand apart. */
function shift(window: Window, by: number): void {
  if (by >= WIDTH) {
    window.low = 0;
    window.high = 0;
  } else if (by >= 32) {
    window.high = by === 32 ? window.low : window.low << (by - 32);
    window.low = 0;
  } else {
    window.high = (window.high << by) | (window.low >>> (32 - by));
    window.low <<= by;
  }
}
