/** Figures that follow from a swarm's state: links, totals, what was right, and whether the run was good. Pure. */
import type { Detection } from "../../core/detection.js";
import type { HubState } from "../../core/status.js";
import type { LabelledEvent } from "../../core/tools.js";
import type { HubSlot, SwarmState } from "./state.js";

export interface LinkFigure {
  readonly from: HubSlot;
  readonly to: HubSlot;
  readonly rttMs?: number;
}

/** A window of readings ends with the newest: what follows a labelled span shortly still sees it. Unit: ms. */
const LABEL_SLACK_MS = 60_000;
const EXIT_NOT_GOOD = 5;

/** Each pair of running hubs once. */
export function linkFigures(state: SwarmState): LinkFigure[] {
  const running = state.slots.filter((slot) => slot.process === "running");
  return running.flatMap((from, at) =>
    running.slice(at + 1).flatMap((to) => {
      const up = (to.hub !== undefined && from.links.has(to.hub)) || (from.hub !== undefined && to.links.has(from.hub));
      return up ? [{ from, to, rttMs: rttOf(from, to) ?? rttOf(to, from) }] : [];
    }),
  );
}

function rttOf(from: HubSlot, to: HubSlot): number | undefined {
  return from.status?.hubs.find((view) => view.hub === to.hub)?.rttMs;
}

/** How the other hubs see one: the worst that any of them says, and how many say so. */
export function seenBy(
  state: SwarmState,
  slot: HubSlot,
): { readonly worst: HubState | undefined; readonly hubs: number; readonly of: number } {
  const others = state.slots.filter(
    (other) => other !== slot && other.status !== undefined && other.process === "running",
  );
  const views = others.flatMap(
    (other) => other.status?.hubs.filter((view) => view.hub === slot.hub).map((view) => view.state) ?? [],
  );
  const worst = (["dead", "suspect", "alive"] as const).find((state) => views.includes(state));
  return { worst, hubs: views.filter((view) => view === worst).length, of: others.length };
}

export function readingsOf(slot: HubSlot): number {
  return slot.readingsBefore + (slot.status?.readings ?? 0);
}

export function predictionsOf(slot: HubSlot): number {
  return slot.predictionsBefore + (slot.status?.inference.predictions ?? 0);
}

/** Whether what was detected lies in a labelled span of that sensor; undefined when nothing is labelled. */
export function isTrue(detection: Detection, labels: readonly LabelledEvent[]): boolean | undefined {
  if (labels.length === 0 || detection.origin !== "replay") return undefined;
  // While it goes on, its end is not known: it lasts for a window at least.
  const end = detection.endedWallMs ?? detection.startedWallMs + LABEL_SLACK_MS;
  return labels.some(
    (label) =>
      label.sensor === detection.sensor &&
      detection.startedWallMs <= label.endedWallMs + LABEL_SLACK_MS &&
      end >= label.startedWallMs,
  );
}

/** Whether every running hub reaches every other over links. */
export function isConnected(state: SwarmState): boolean {
  const running = state.slots.filter((slot) => slot.process === "running");
  const first = running[0];
  if (first === undefined) return false;
  const links = linkFigures(state);
  const reached = new Set<HubSlot>([first]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const { from, to } of links) {
      if (reached.has(from) === reached.has(to)) continue;
      reached.add(from).add(to);
      grown = true;
    }
  }
  return reached.size === running.length;
}

export interface Summary {
  readonly event: "summary";
  readonly hubs: number;
  readonly hubsUp: number;
  readonly linksUp: number;
  readonly readings: number;
  readonly predictions: number;
  readonly detections: number;
  readonly trueDetections: number;
  readonly falseDetections: number;
  readonly answers: number;
  readonly problems: number;
  readonly restarts: number;
  readonly seconds: number;
  readonly meeting: string;
  readonly exitCode: number;
}

/** Good means: every hub that nobody killed runs, all running hubs are linked, and readings came. */
export function summaryOf(state: SwarmState, nowMs: number): Summary {
  const { slots, detections, labels } = state;
  const verdicts = [...detections.values()].map((detection) => isTrue(detection, labels));
  const readings = slots.reduce((sum, slot) => sum + readingsOf(slot), 0);
  const allUp = slots.every((slot) => slot.process === "running" || slot.process === "killed");
  return {
    event: "summary",
    hubs: slots.length,
    hubsUp: slots.filter((slot) => slot.process === "running").length,
    linksUp: linkFigures(state).length,
    readings,
    predictions: slots.reduce((sum, slot) => sum + predictionsOf(slot), 0),
    detections: detections.size,
    trueDetections: verdicts.filter((verdict) => verdict === true).length,
    falseDetections: verdicts.filter((verdict) => verdict === false).length,
    answers: state.answers,
    problems: state.problems,
    restarts: slots.reduce((sum, slot) => sum + slot.restarts, 0),
    seconds: Math.round((nowMs - state.startedMs) / 100) / 10,
    meeting: state.meeting,
    exitCode: allUp && isConnected(state) && readings > 0 ? 0 : EXIT_NOT_GOOD,
  };
}
