/**
 * What hardly ever changes of a sensor: its name, place and format. It is said with its first reading, with the next once it has changed, and once a minute for
 * those that came meanwhile; between, each reader puts it in again: a reading of two values takes 36 bytes then, not 79. Pure, bounded.
 */
import { LruMap } from "../core/bounded.js";
import type { HubId, SensorId } from "../core/ids.js";
import type { ReadingBody } from "./reading-pace.js";

/** Raise: fewer bytes; lower: who comes to a cell by way of others knows sooner what a sensor is called (a neighbour is told at once). Unit: ms. */
const SAY_AGAIN_MS = 60_000;
/** Sensors of this hub: many more than one radio hears. */
const SAID_MAX = 512;
/** Sensors of others, for each hub that hears them: twice as many as are shown. */
const KNOWN_MAX = 1024;

type Description = Pick<ReadingBody, "name" | "place" | "format" | "encrypted">;

export class ReadingDescriptions {
  readonly #said = new LruMap<SensorId, Description & { readonly saidMs: number }>(SAID_MAX);
  readonly #known = new LruMap<string, Description>(KNOWN_MAX);

  /** @returns what is to be told of a reading of this hub. */
  brief(body: ReadingBody, nowMs: number): ReadingBody {
    const { name, place, format, encrypted, ...rest } = body;
    const said = this.#said.get(body.sensor);
    const isKnown =
      said !== undefined &&
      nowMs - said.saidMs < SAY_AGAIN_MS &&
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
