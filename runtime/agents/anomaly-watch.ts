/**
 * anomaly-watch: watches each climate sensor through the climate-anomaly model and raises detections with evidence.
 * A detection opens after two windows in a row at or above the model's threshold, grows while they last, and ends after
 * a minute of windows below it.
 */
import { type AgentContext, type AgentEffect, type AgentInstance, defineAgent } from "../core/agent.js";
import { LruMap, Ring } from "../core/bounded.js";
import type { Detection, Evidence } from "../core/detection.js";
import type { SensorId } from "../core/ids.js";
import type { PartialAnswer } from "../core/intent.js";
import type { Prediction } from "../core/model.js";
import type { Reading } from "../core/reading.js";

const MODEL = "climate-anomaly";
const SENSORS_MAX = 512;
/** One window over the threshold is a glitch of the radio or the sensor; two are 10 s of something. */
const WINDOWS_TO_OPEN = 2;
/** A minute of calm at the model's period of 5 s ends an event. */
const WINDOWS_TO_END = 12;
/** Windows between two announcements of one event: a minute. */
const WINDOWS_TO_ANNOUNCE = 12;
/** How far back the summary compares. Readings of one quantity, at one in 5 s: two minutes. */
const HISTORY_MAX = 24;
/** Finished events kept for answers, per hub. */
const FINISHED_MAX = 64;
/** "Recent" is the last hour of the sensors' own time (replayed data have their historical one). Unit: ms. */
const RECENT_MS = 3_600_000;

type ClimateQuantity = "temperature" | "humidity";
const CLIMATE = ["temperature", "humidity"] as const satisfies readonly ClimateQuantity[];
const UNIT_TEXT = { temperature: "°C", humidity: "%RH" } as const satisfies Record<ClimateQuantity, string>;

/** What a quantity was before an event, and the farthest it has gone since. */
interface Swing {
  readonly before: number;
  readonly farthest: number;
}

interface Watch {
  readonly history: { readonly temperature: Ring<Reading>; readonly humidity: Ring<Reading> };
  place: string | undefined;
  over: number;
  under: number;
  /** Wall time of the first window of the present run over the threshold. */
  overSinceMs: number;
  open: Detection | undefined;
  /** Of the open event. */
  swings: { [Q in ClimateQuantity]?: Swing };
  /** Windows since the open event was last announced. */
  unannounced: number;
  announced: string;
  /** Wall time of the newest window; absent until one has been scored. */
  lastMs: number | undefined;
}

function createWatch(): Watch {
  return {
    history: { temperature: new Ring(HISTORY_MAX), humidity: new Ring(HISTORY_MAX) },
    place: undefined,
    over: 0,
    under: 0,
    overSinceMs: 0,
    open: undefined,
    swings: {},
    unannounced: 0,
    announced: "",
    lastMs: undefined,
  };
}

class AnomalyWatch implements AgentInstance {
  readonly #watches = new LruMap<SensorId, Watch>(SENSORS_MAX);
  readonly #finished = new Ring<Detection>(FINISHED_MAX);

  onReading(reading: Reading): readonly AgentEffect[] {
    if (reading.quantity !== "temperature" && reading.quantity !== "humidity") return [];
    const watch = this.#watch(reading.sensor);
    watch.place = reading.place;
    watch.history[reading.quantity].push(reading);
    if (watch.open !== undefined) {
      follow(watch, reading.quantity, reading.value);
      watch.open = { ...watch.open, summary: summaryOf(watch, reading.sensor) };
    }
    return [];
  }

  restore(detections: readonly Detection[]): void {
    for (const detection of detections) this.#finished.push(detection);
  }

  onPrediction(prediction: Prediction, context: AgentContext): readonly AgentEffect[] {
    // Four digits: a float32 says no more, and a person reads less.
    const score = Math.round((prediction.output[0] ?? Number.NaN) * 1e4) / 1e4;
    if (prediction.model !== MODEL || !Number.isFinite(score)) return [];
    const watch = this.#watch(prediction.sensor);
    watch.lastMs = prediction.wallMs;
    watch.place = prediction.place;
    return score >= prediction.threshold
      ? this.#over(watch, prediction, score, context)
      : this.#under(watch, prediction);
  }

  answer(_topic: string, args: { readonly place?: unknown }, context: AgentContext): PartialAnswer {
    const watched = [...this.#watches.entries()].filter(
      ([sensor, watch]) =>
        watch.lastMs !== undefined && (args.place === undefined || (watch.place ?? sensor) === args.place),
    );
    const newestMs = Math.max(0, ...watched.map(([, watch]) => watch.lastMs ?? 0));
    const open = watched.flatMap(([, watch]) => (watch.open ? [watch.open] : []));
    const finished = this.#finished
      .toArray()
      .filter(({ place, sensor }) => args.place === undefined || (place ?? sensor) === args.place)
      .filter(({ endedWallMs = newestMs }) => newestMs - endedWallMs <= RECENT_MS);
    const detections = [...finished, ...open];
    const quiet = watched.filter(([sensor]) => !detections.some((detection) => detection.sensor === sensor));
    return {
      hub: context.hub,
      facts: [...detections.map(factOf), ...watched.map(([sensor]) => ({ watched: sensor }))],
      evidence: [
        ...detections.flatMap((detection) => detection.evidence),
        ...quiet.map(
          ([sensor, watch]): Evidence => ({ hub: context.hub, sensor, place: watch.place, wallMs: watch.lastMs }),
        ),
      ],
    };
  }

  #over(watch: Watch, prediction: Prediction, score: number, context: AgentContext): readonly AgentEffect[] {
    if (watch.over === 0) watch.overSinceMs = prediction.wallMs;
    watch.over += 1;
    watch.under = 0;
    if (watch.open === undefined && watch.over < WINDOWS_TO_OPEN) return [];
    if (watch.open === undefined) {
      watch.open = this.#opened(watch, prediction, score, context);
      return announce(watch, watch.open);
    }
    if (score > watch.open.score) watch.open = { ...watch.open, score };
    return this.#grown(watch, watch.open);
  }

  #under(watch: Watch, prediction: Prediction): readonly AgentEffect[] {
    watch.over = 0;
    watch.under += 1;
    if (watch.open === undefined) return [];
    if (watch.under < WINDOWS_TO_END) return this.#grown(watch, watch.open);
    const ended: Detection = { ...watch.open, endedWallMs: prediction.wallMs };
    watch.open = undefined;
    this.#finished.push(ended);
    return [{ type: "detection", detection: ended }];
  }

  /** An event that has gone farther is announced again, but not at every reading. */
  #grown(watch: Watch, open: Detection): readonly AgentEffect[] {
    watch.unannounced += 1;
    if (watch.unannounced < WINDOWS_TO_ANNOUNCE || open.summary === watch.announced) return [];
    return announce(watch, open);
  }

  #opened(watch: Watch, prediction: Prediction, score: number, context: AgentContext): Detection {
    const { sensor, place, model, threshold, origin } = prediction;
    watch.swings = {};
    for (const quantity of CLIMATE) {
      const readings = watch.history[quantity].toArray();
      const first = readings[0];
      if (first === undefined) continue;
      watch.swings[quantity] = { before: first.value, farthest: first.value };
      for (const { value } of readings) follow(watch, quantity, value);
    }
    return {
      id: `${context.hub.slice(0, 8)}-${sensor.slice(4)}-${watch.overSinceMs}`,
      kind: "anomaly",
      sensor,
      place,
      score,
      threshold,
      model,
      startedWallMs: watch.overSinceMs,
      origin,
      summary: summaryOf(watch, sensor),
      evidence: CLIMATE.flatMap((quantity) => {
        const reading = watch.history[quantity].newest;
        return reading
          ? [{ hub: context.hub, sensor, place, quantity, value: reading.value, wallMs: reading.wallMs }]
          : [];
      }),
    };
  }

  #watch(sensor: SensorId): Watch {
    const known = this.#watches.get(sensor);
    if (known !== undefined) return known;
    const fresh = createWatch();
    this.#watches.set(sensor, fresh);
    return fresh;
  }
}

function announce(watch: Watch, detection: Detection): readonly AgentEffect[] {
  watch.unannounced = 0;
  watch.announced = detection.summary;
  return [{ type: "detection", detection }];
}

function follow(watch: Watch, quantity: ClimateQuantity, value: number): void {
  const swing = watch.swings[quantity] ?? { before: value, farthest: value };
  const isFarther = Math.abs(value - swing.before) > Math.abs(swing.farthest - swing.before);
  watch.swings[quantity] = isFarther ? { ...swing, farthest: value } : swing;
}

/** @returns "unusual climate at cellar: temperature 27.8 → 56.6 °C, humidity 44.5 → 91.6 %RH" */
function summaryOf(watch: Watch, sensor: SensorId): string {
  const parts = CLIMATE.flatMap((quantity) => {
    const swing = watch.swings[quantity];
    if (swing === undefined) return [];
    return [`${quantity} ${swing.before.toFixed(1)} → ${swing.farthest.toFixed(1)} ${UNIT_TEXT[quantity]}`];
  });
  return `unusual climate at ${watch.place ?? sensor}: ${parts.join(", ")}`;
}

function factOf(detection: Detection): Readonly<Record<string, string | number | boolean>> {
  return {
    detection: detection.id,
    sensor: detection.sensor,
    place: detection.place ?? detection.sensor,
    score: detection.score,
    startedWallMs: detection.startedWallMs,
    ongoing: detection.endedWallMs === undefined,
    summary: detection.summary,
  };
}

interface Event {
  readonly sensor: string;
  readonly startedWallMs: number;
  readonly ongoing: boolean;
  readonly summary: string;
}

/** Two hubs that hear one sensor open the same event within this of each other. Unit: ms. */
const SAME_EVENT_MS = 60_000;

/** Facts came over the wire: only well-formed ones count; one event heard by two hubs is one. Newest first. */
function eventsOf(facts: PartialAnswer["facts"]): Event[] {
  const heard: Event[] = [];
  for (const { sensor, startedWallMs, ongoing, summary } of facts) {
    if (typeof sensor !== "string" || typeof startedWallMs !== "number" || typeof ongoing !== "boolean") continue;
    if (typeof summary === "string") heard.push({ sensor, startedWallMs, ongoing, summary });
  }
  heard.sort((a, b) => b.startedWallMs - a.startedWallMs);
  return heard.filter((event, index) =>
    heard
      .slice(0, index)
      .every((other) => other.sensor !== event.sensor || other.startedWallMs - event.startedWallMs > SAME_EVENT_MS),
  );
}

export const agent = defineAgent({
  id: "anomaly-watch",
  title: "Unusual temperature or humidity",
  topics: [{ verb: "detect", topic: "anomaly.recent", example: "Is anything unusual?" }],
  models: [MODEL],
  create: () => new AnomalyWatch(),
  merge(_topic, args, partials) {
    const facts = partials.flatMap((partial) => partial.facts);
    const watched = new Set(facts.flatMap((fact) => (typeof fact["watched"] === "string" ? [fact["watched"]] : [])));
    const events = eventsOf(facts);
    const where = typeof args["place"] === "string" ? ` at ${args["place"]}` : "";
    if (watched.size === 0 && events.length === 0) return `No climate sensor is being watched${where} yet.`;
    if (events.length === 0)
      return `Nothing unusual${where} in the last hour: ${count(watched.size, "sensor")} watched.`;
    const now = events.filter((event) => event.ongoing);
    const over = events.filter((event) => !event.ongoing);
    const earlier = over.length === 0 ? "" : `${now.length === 0 ? "Not now. Earlier" : " Earlier"}: ${told(over)}.`;
    return `${now.length === 0 ? "" : `Yes, now: ${told(now)}.`}${earlier}`;
  },
});

function told(events: readonly Event[]): string {
  const lines = events.slice(0, 4).map((event) => event.summary);
  const more = events.length > lines.length ? `; and ${events.length - lines.length} more` : "";
  return `${lines.join("; ")}${more}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
