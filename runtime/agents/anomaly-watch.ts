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
/** How far back the summary compares. Readings of one quantity, at one in 5 s: two minutes. */
const HISTORY_MAX = 24;
/** Finished events kept for answers, per hub. */
const FINISHED_MAX = 64;
/** "Recent" is the last hour of the sensors' own time (replayed data have their historical one). Unit: ms. */
const RECENT_MS = 3_600_000;

interface Watch {
  readonly history: { readonly temperature: Ring<Reading>; readonly humidity: Ring<Reading> };
  place: string | undefined;
  over: number;
  under: number;
  /** Wall time of the first window of the present run over the threshold. */
  overSinceMs: number;
  open: Detection | undefined;
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
    return [];
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
    const sensors = new Set(watched.map(([sensor]) => sensor));
    const open = watched.flatMap(([, watch]) => (watch.open ? [watch.open] : []));
    const finished = this.#finished
      .toArray()
      .filter(
        (detection) => sensors.has(detection.sensor) && newestMs - (detection.endedWallMs ?? newestMs) <= RECENT_MS,
      );
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
    if (watch.open !== undefined && score <= watch.open.score) return [];
    const opening = watch.open === undefined;
    watch.open = {
      ...(watch.open ?? this.#opened(watch, prediction, context)),
      score: Math.max(score, watch.open?.score ?? 0),
    };
    // A rising score is kept for the end of the event, not announced each time.
    return opening ? [{ type: "detection", detection: watch.open }] : [];
  }

  #under(watch: Watch, prediction: Prediction): readonly AgentEffect[] {
    watch.over = 0;
    watch.under += 1;
    if (watch.open === undefined || watch.under < WINDOWS_TO_END) return [];
    const ended: Detection = { ...watch.open, endedWallMs: prediction.wallMs };
    watch.open = undefined;
    this.#finished.push(ended);
    return [{ type: "detection", detection: ended }];
  }

  #opened(watch: Watch, prediction: Prediction, context: AgentContext): Detection {
    const { sensor, place, model, threshold, origin } = prediction;
    const changes = (["temperature", "humidity"] as const).map((quantity) =>
      changeOf(watch.history[quantity].toArray()),
    );
    return {
      id: `${context.hub.slice(0, 8)}-${sensor.slice(4)}-${watch.overSinceMs}`,
      kind: "anomaly",
      sensor,
      place,
      score: 0,
      threshold,
      model,
      startedWallMs: watch.overSinceMs,
      origin,
      summary: `unusual climate at ${place ?? sensor}: ${changes.filter((change) => change !== "").join(", ")}`,
      evidence: (["temperature", "humidity"] as const).flatMap((quantity) => {
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

/** @returns "humidity 45.9 → 61.2 %RH in 60 s" */
function changeOf(readings: readonly Reading[]): string {
  const first = readings[0];
  const last = readings.at(-1);
  if (first === undefined || last === undefined) return "";
  const unit = last.quantity === "temperature" ? "°C" : "%RH";
  const seconds = Math.round((last.wallMs - first.wallMs) / 1000);
  return `${last.quantity} ${first.value.toFixed(1)} → ${last.value.toFixed(1)} ${unit} in ${seconds} s`;
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
    const lines = events.slice(0, 5).map((event) => `${event.summary}${event.ongoing ? " (going on now)" : " (over)"}`);
    const more = events.length > lines.length ? `; and ${events.length - lines.length} more` : "";
    return `Yes: ${lines.join("; ")}${more}.`;
  },
});

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
