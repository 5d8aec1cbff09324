/**
 * When a sensor has been silent for too long: the interval is learnt from what it does, since neither BTHome nor the
 * owner says it. After habluetooth's advertisement tracker, which takes the longest of 15 gaps. Pure.
 */

/**
 * Adverts less than this apart are one hearing: copies, other adapters, bursts. Without it a sensor that sends twenty
 * copies once a minute would seem to send ten times a second. Unit: ms.
 */
const SAME_HEARING_MS = 1_000;

/** As habluetooth: 16 hearings. Enough to hold several cycles of a sensor that alternates short and long pauses. */
const GAPS_MAX = 15;

/** Below this many gaps one lucky pair would set the interval. */
const GAPS_MIN = 5;

/** Until the interval is known. As habluetooth: battery sensors may send every ten minutes. Unit: ms. */
export const FALLBACK_MS = 15 * 60_000;

/**
 * Intervals that may be missed. A receiver loses one advert in ten even nearby (three channels, scan windows, Wi-Fi in
 * the same band); behind two walls one in three, and then four in a row once in eighty hearings.
 */
const MISSED_MAX = 4;

/** Scanners deliver in batches (habluetooth allows 5 s), and an adapter's reset takes up to 30 s. Unit: ms. */
const SLACK_MS = 30_000;

export class Staleness {
  readonly #gapsMs: number[] = [];
  #next = 0;
  #lastMs: number | undefined;
  #triggered = false;

  hear(nowMs: number, triggered: boolean): void {
    this.#triggered = triggered;
    const lastMs = this.#lastMs;
    if (lastMs !== undefined && nowMs - lastMs < SAME_HEARING_MS) return;
    this.#lastMs = nowMs;
    if (lastMs === undefined) return;
    this.#gapsMs[this.#next] = nowMs - lastMs;
    this.#next = (this.#next + 1) % GAPS_MAX;
  }

  /** @returns undefined until enough was heard. The second-longest gap: one outage of ours must not teach patience. */
  get intervalMs(): number | undefined {
    if (this.#gapsMs.length < GAPS_MIN) return undefined;
    let longest = 0;
    let second = 0;
    for (const gapMs of this.#gapsMs) {
      if (gapMs > longest) {
        second = longest;
        longest = gapMs;
      } else if (gapMs > second) second = gapMs;
    }
    return second;
  }

  /** A sensor that sends only when something happens is never stale: nothing may happen for weeks. */
  isStale(nowMs: number): boolean {
    if (this.#triggered || this.#lastMs === undefined) return false;
    const intervalMs = this.intervalMs;
    const silentMsMax = intervalMs === undefined ? FALLBACK_MS : MISSED_MAX * intervalMs + SLACK_MS;
    return nowMs - this.#lastMs > silentMsMax;
  }
}
