/** When this hub says where it is, and what it says. Pure. */
import type { HubId } from "../../core/ids.js";
import type { Locator } from "../../core/mesh.js";
import type { Place } from "../../core/messages-directory.js";
import type { Rng } from "../../core/time.js";
import { fraction } from "../chance.js";
import { type Authority, signedBytes } from "./authority.js";
import type { DirectorySettings } from "./settings.js";

export class OwnPlace {
  readonly #hub: HubId;
  readonly #epoch: number;
  readonly #settings: DirectorySettings;
  readonly #authority: Authority | undefined;
  #version = 0;
  #locator: Locator = [];
  #proof: Uint8Array | undefined;
  #intervalMs: number;
  #dueMs = Number.POSITIVE_INFINITY;
  #saidMs = Number.NEGATIVE_INFINITY;
  /** When something changed last: this place, or what others must agree on to find its keepers. */
  #changedMs = Number.NEGATIVE_INFINITY;
  /** At least so long between two registrations while changes go on. */
  #gapMs: number;
  /** Until it was said for the first time: when there was a place at first, and how far within the bounds of the waits this hub is. */
  #firstMs = Number.POSITIVE_INFINITY;
  #share = 0;
  /** How often this place was said since it changed. */
  #repeats = 0;
  /** The highest regions that were told, to notice when others become responsible. */
  #told: readonly [HubId | undefined, HubId | undefined] = [undefined, undefined];

  constructor(hub: HubId, epoch: number, settings: DirectorySettings, authority: Authority | undefined) {
    this.#hub = hub;
    this.#epoch = epoch;
    this.#settings = settings;
    this.#authority = authority;
    this.#intervalMs = settings.registerMs;
    this.#gapMs = settings.changeGapMs;
  }

  /** +Infinity in a mesh of one cell, which needs no directory. */
  get dueMs(): number {
    return this.#dueMs;
  }

  moved(locator: Locator, nowMs: number, rng: Rng): void {
    this.#locator = locator;
    this.#version += 1;
    this.#proof = undefined;
    if (locator.length > 0) this.#soon(nowMs, rng);
    else {
      this.#dueMs = Number.POSITIVE_INFINITY;
      this.#firstMs = Number.POSITIVE_INFINITY;
    }
  }

  /** Others have become responsible? Then they are told soon. */
  check(regions: readonly [HubId | undefined, HubId | undefined], nowMs: number, rng: Rng): void {
    if (this.#locator.length === 0 || (regions[0] === this.#told[0] && regions[1] === this.#told[1])) return;
    this.#told = regions;
    this.#soon(nowMs, rng);
  }

  /** The regions around have changed. @param lost some are gone: what was said lately may have been lost with them. One that is new takes over
   *  from its keepers what it is to keep. */
  disturbed(lost: boolean, nowMs: number): void {
    if (lost) this.#changedMs = nowMs;
    if (this.#firstMs !== Number.POSITIVE_INFINITY) this.#dueMs = this.#firstDueMs(nowMs);
  }

  /** @returns whether it is time to register; where nothing has changed since the last time a repeat is left out. */
  isDue(nowMs: number, rng: Rng): boolean {
    if (this.#dueMs > nowMs) return false;
    const isRepeat = this.#repeats > 0 && this.#repeats <= this.#settings.repeatsMs.length;
    if (!isRepeat || this.#changedMs > this.#saidMs) return true;
    this.#repeats = this.#settings.repeatsMs.length + 1;
    this.#later(nowMs, rng);
    return false;
  }

  registered(regions: readonly [HubId | undefined, HubId | undefined], nowMs: number, rng: Rng): void {
    this.#told = regions;
    this.#saidMs = nowMs;
    this.#firstMs = Number.POSITIVE_INFINITY;
    if (this.#repeats === 0) this.#gapMs = Math.min(2 * this.#gapMs, this.#settings.changeGapMsMax);
    const repeatMs = this.#settings.repeatsMs[this.#repeats];
    this.#repeats += 1;
    if (repeatMs === undefined) this.#later(nowMs, rng);
    else this.#dueMs = nowMs + Math.max(repeatMs, this.#gapMs) * (0.9 + 0.2 * fraction(rng));
  }

  place(): Place {
    const place = { epoch: this.#epoch, version: this.#version, locator: this.#locator };
    const lifetimeS = Math.ceil((this.#intervalMs * this.#settings.lifetimeIntervals) / 1000);
    if (this.#authority === undefined) return { ...place, lifetimeS };
    this.#proof ??= this.#authority.sign(signedBytes(this.#hub, place));
    return { ...place, lifetimeS, proof: this.#proof };
  }

  #later(nowMs: number, rng: Rng): void {
    this.#dueMs = nowMs + this.#intervalMs * (0.9 + 0.2 * fraction(rng));
    this.#intervalMs = Math.min(this.#intervalMs * 2, this.#settings.registerMsMax);
  }

  #soon(nowMs: number, rng: Rng): void {
    const { registerMs, registerDelayMs, changeGapMs, changeGapMsMax } = this.#settings;
    if (nowMs - this.#saidMs > 2 * changeGapMsMax) this.#gapMs = changeGapMs;
    this.#intervalMs = registerMs;
    this.#changedMs = nowMs;
    this.#repeats = 0;
    const share = 0.5 + 0.5 * fraction(rng);
    if (this.#saidMs === Number.NEGATIVE_INFINITY) {
      this.#share = share;
      this.#firstMs = Math.min(this.#firstMs, nowMs);
      this.#dueMs = this.#firstDueMs(nowMs);
    } else this.#dueMs = Math.min(this.#dueMs, Math.max(nowMs + registerDelayMs * share, this.#saidMs + this.#gapMs));
  }

  /** Where a whole town starts at once, regions come and go for seconds: what is said then goes far, and to the wrong ones. */
  #firstDueMs(nowMs: number): number {
    const { firstQuietMs, firstLatestMs } = this.#settings;
    return Math.min(nowMs + firstQuietMs * this.#share, this.#firstMs + firstLatestMs * this.#share);
  }
}
