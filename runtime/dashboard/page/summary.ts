/** What the page says in its largest letters: how the home is. Pure. */
import type { Detection } from "../../core/detection.js";
import { homeProblemOf } from "../../core/home-problem.js";
import { hubsAway } from "../../core/mesh-words.js";
import type { SensorView } from "../../core/status.js";
import { capitalise, isAlarm } from "./format.js";
import type { PageState } from "./store.js";

export interface HomeState {
  readonly tone: "calm" | "quiet" | "warn" | "alert";
  readonly headline: string;
}

export function isOngoing(detection: Detection): boolean {
  return detection.endedWallMs === undefined;
}

export function homeState(state: PageState): HomeState {
  const { phase } = state.connection;
  if (phase === "lost" || phase === "refused") return { tone: "quiet", headline: "The hub is out of reach" };
  if (!state.status) return { tone: "quiet", headline: "Looking at your home…" };
  const alarms = state.sensors.filter(hasAlarm).length;
  if (alarms > 0) return { tone: "alert", headline: alarms === 1 ? "A sensor raises an alarm" : `${alarms} alarms` };
  const ongoing = state.detections.filter(isOngoing).length;
  if (ongoing > 0) {
    return { tone: "alert", headline: ongoing === 1 ? "Something is unusual" : `${ongoing} things are unusual` };
  }
  const { homeProblem } = state.status;
  if (homeProblem !== undefined) return { tone: "warn", headline: capitalise(homeProblemOf(homeProblem).what) };
  const gone = hubsAway(state.status.hubs);
  if (gone > 0) return { tone: "warn", headline: gone === 1 ? "One hub is missing" : `${gone} hubs are missing` };
  if (state.sensors.length === 0) return { tone: "quiet", headline: "Listening for sensors" };
  return { tone: "calm", headline: "Everything is as usual" };
}

function hasAlarm(sensor: SensorView): boolean {
  return (
    !sensor.stale && sensor.latest.some(({ quantity, value }) => quantity !== "battery_low" && isAlarm(quantity, value))
  );
}

/** Sensors under the place that their owner named, places in order, those without one last; each in a steady order. */
export function byPlace(sensors: readonly SensorView[]): readonly (readonly [string, readonly SensorView[]])[] {
  const places = new Map<string, SensorView[]>();
  for (const sensor of sensors) {
    const place = sensor.place ?? "";
    const list = places.get(place);
    if (list) list.push(sensor);
    else places.set(place, [sensor]);
  }
  for (const list of places.values()) list.sort((a, b) => compare(a.name, b.name) || compare(a.sensor, b.sensor));
  return [...places].sort(([a], [b]) => (a === "" ? 1 : b === "" ? -1 : compare(a, b)));
}

const compare = (a: string, b: string) => a.localeCompare(b, "en", { numeric: true });

/** One card for one sensor: of several hubs that hear it, the one that hears it best; the others by id. */
export function onePerSensor(
  sensors: readonly SensorView[],
): readonly { readonly view: SensorView; readonly alsoHeardBy: readonly string[] }[] {
  const bySensor = new Map<string, SensorView[]>();
  for (const view of sensors) {
    const views = bySensor.get(view.sensor);
    if (views) views.push(view);
    else bySensor.set(view.sensor, [view]);
  }
  return [...bySensor.values()].flatMap((views) => {
    // The strongest signal decides: whoever heard it last would change every second.
    const [view, ...others] = views.sort((a, b) => Number(a.stale) - Number(b.stale) || b.rssiDbm - a.rssiDbm);
    return view ? [{ view, alsoHeardBy: others.map(({ hub }) => hub) }] : [];
  });
}

/** Questions that this home can answer now: about a place that it has, on topics that some living hub offers. */
export function exampleQuestions(state: PageState): readonly string[] {
  const topics = state.status?.hubs.filter((hub) => hub.state !== "dead").flatMap((hub) => hub.topics) ?? [];
  const offered = (agent: string) => topics.some((topic) => topic.startsWith(`${agent}.`));
  const known = (quantity: string) =>
    state.sensors.find((sensor) => sensor.place && sensor.latest.some((item) => item.quantity === quantity))?.place;
  const questions: string[] = [];
  if (offered("anomaly")) questions.push("Is anything unusual?");
  if (!offered("climate")) return questions;
  const [warm, humid] = [known("temperature"), known("humidity")];
  if (warm) questions.push("Which room is the warmest?", `How warm is it ${inPlace(warm)}?`);
  if (humid) questions.push(`How humid is it ${inPlace(humid)}?`);
  return questions;
}

/** "in the cellar", but "outdoors". */
function inPlace(place: string): string {
  const adverb = /^(in|out)doors?$/i.exec(place)?.[1]?.toLowerCase();
  return adverb ? `${adverb}doors` : `in the ${place}`;
}
