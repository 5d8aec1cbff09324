/**
 * What hardly ever changes of a sensor: its name, place and format. It is said with its first reading, with the next once it has changed, and for those that
 * came meanwhile soon after somebody came, and once a minute; between, each reader puts it in again: a reading of two values takes 36 bytes then, not 79. Pure, bounded.
 */
import { LruMap } from "../core/bounded.js";
import type { HubId, SensorId } from "../core/ids.js";
import type { ReadingBody } from "./reading-pace.js";

/** For whoever has missed it. Raise: fewer bytes; lower: a name that was lost is back sooner. Unit: ms. */
const SAY_AGAIN_MS = 60_000;
/** Whoever comes to a cell by way of others is told with the next readings (a neighbour at once): once the way for broadcasts stands, and
 *  for all that come together. Raise: fewer bytes while a cell fills; lower: names are there sooner. Unit: ms. */
const NEWCOMER_MS = 2_000;
const NEWCOMERS_EVERY_MS = 10_000;
/** Sensors of this hub: many more than one radio hears. */
const SAID_MAX = 512;
/** Sensors of others, for each hub that hears them: twice as many as are shown. */
const KNOWN_MAX = 1024;

type Description = Pick<ReadingBody, "name" | "place" | "format" | "encrypted">;

export class ReadingDescriptions {
  readonly #said = new LruMap<SensorId, Description & { readonly saidMs: number }>(SAID_MAX);
  /** What was said before is said again; the second is yet to come, or the newer. */
  #againMs: readonly [past: number, next: number] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  readonly #known = new LruMap<string, Description>(KNOWN_MAX);

  /** Somebody may not know yet what was said. */
  newcomer(nowMs: number): void {
    const [, last] = this.#againMs;
    if (last > nowMs) return; // told with those who came a moment before
    this.#againMs = [last, Math.max(nowMs + NEWCOMER_MS, last + NEWCOMERS_EVERY_MS)];
  }

  /** @returns what is to be told of a reading of this hub. */
  brief(body: ReadingBody, nowMs: number): ReadingBody {
    const { name, place, format, encrypted, ...rest } = body;
    const [past, next] = this.#againMs;
    const said = this.#said.get(body.sensor);
    const isKnown =
      said !== undefined &&
      nowMs - said.saidMs < SAY_AGAIN_MS &&
      said.saidMs >= (next > nowMs ? past : next) &&
      said.name === name &&
      said.place === place &&
      said.format === format &&
      said.encrypted === encrypted;
    if (isKnown) return rest;
    // Whoever reads a name takes all four as they are: one without cannot be told from one that says them no more.
    if (name !== undefined) this.#said.set(body.sensor, { name, place, format, encrypted, saidMs: nowMs });
    return body;
  }

  /** @returns what another hub has meant. */
  whole(hub: HubId, body: ReadingBody): ReadingBody {
    const { name, place, format, encrypted } = body;
    const key = `${hub} ${body.sensor}`;
    if (name === undefined) return { ...body, ...this.#known.get(key) };
    this.#known.set(key, { name, place, format, encrypted });
    return body;
  }
}
