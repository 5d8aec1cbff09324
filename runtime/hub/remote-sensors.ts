/**
 * What other hubs' sensors have said: the newest values and a short history in memory, for the page. Bounded; nothing
 * of it is stored, since the hub that hears a sensor keeps its history.
 */
import { LruMap, Ring } from "../core/bounded.js";
import type { HubId, SensorId } from "../core/ids.js";
import type { MessageOf } from "../core/messages.js";
import type { Quantity } from "../core/quantity.js";
import type { HistoryPoint, SensorView } from "../core/status.js";

const SENSORS_MAX = 512;
/** A quarter of an hour at one reading in 5 s, for a sparkline. */
const POINTS_MAX = 180;
const SERIES_MAX = 2048;
const LATEST_MAX = 32;
/** As the bridge assumes of a sensor whose interval it has not learnt. Unit: ms. */
const STALE_AFTER_MS = 900_000;

interface Remote {
  readonly hub: HubId;
  readonly body: MessageOf<"READING">;
  readonly latest: Map<string, SensorView["latest"][number]>;
  readonly heardMs: number;
}

export class RemoteSensors {
  readonly #sensors = new LruMap<SensorId, Remote>(SENSORS_MAX);
  readonly #history = new LruMap<string, Ring<HistoryPoint>>(SERIES_MAX);

  /** @returns true when the sensor is new here. */
  onReading(hub: HubId, body: MessageOf<"READING">, nowMs: number): boolean {
    const known = this.#sensors.get(body.sensor);
    const latest = known?.latest ?? new Map();
    for (const { quantity, value, index } of body.readings) {
      if (latest.size < LATEST_MAX || latest.has(`${quantity} ${index}`))
        latest.set(`${quantity} ${index}`, { quantity, value, index });
      if (index !== 0) continue;
      const series = this.#series(body.sensor, quantity);
      // A hub that links again repeats its last reading.
      if (series.newest?.[0] !== body.wallMs) series.push([body.wallMs, value]);
    }
    this.#sensors.set(body.sensor, { hub, body, latest, heardMs: nowMs });
    return known === undefined;
  }

  views(nowMs: number): SensorView[] {
    return [...this.#sensors.values()].map((remote) => viewOf(remote, nowMs));
  }

  view(sensor: SensorId, nowMs: number): SensorView | undefined {
    const remote = this.#sensors.get(sensor);
    return remote && viewOf(remote, nowMs);
  }

  history(sensor: SensorId, quantity: Quantity, limit: number): readonly HistoryPoint[] | undefined {
    return this.#history.get(`${sensor} ${quantity}`)?.toArray().slice(-limit);
  }

  #series(sensor: SensorId, quantity: Quantity): Ring<HistoryPoint> {
    const name = `${sensor} ${quantity}`;
    const known = this.#history.get(name);
    if (known !== undefined) return known;
    const fresh = new Ring<HistoryPoint>(POINTS_MAX);
    this.#history.set(name, fresh);
    return fresh;
  }
}

function viewOf({ hub, body, latest, heardMs }: Remote, nowMs: number): SensorView {
  return {
    hub,
    sensor: body.sensor,
    name: body.name ?? body.sensor,
    ...(body.place === undefined ? {} : { place: body.place }),
    format: body.format ?? "",
    origin: body.origin,
    rssiDbm: body.rssiDbm,
    encrypted: body.encrypted ?? false,
    silentMs: Math.max(0, nowMs - heardMs),
    stale: nowMs - heardMs > STALE_AFTER_MS,
    latest: [...latest.values()],
  };
}
