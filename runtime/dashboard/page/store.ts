/**
 * The page's whole state, and the one function that changes it. Pure: what came from the hub and when is in the action.
 * Every list and map is bounded; the oldest entry goes first.
 */
import type { Detection } from "../../core/detection.js";
import type { SensorId } from "../../core/ids.js";
import type { Answer } from "../../core/intent.js";
import type { MeshStatus } from "../../core/mesh-status.js";
import { meshNews } from "../../core/mesh-words.js";
import type { Quantity } from "../../core/quantity.js";
import type { ApiProblem, HistoryPoint, HubStatus, MindosEvent, SensorView } from "../../core/status.js";
import { assignSlots } from "./graph.js";
import { describeEvent } from "./log.js";
import { labelOf } from "./mesh-picture.js";

export const DETECTIONS_MAX = 100;
export const ANSWERS_MAX = 5;
export const LOG_MAX = 60;
export const MESH_LOG_MAX = 50;
export const HISTORIES_MAX = 512;
/** How much of a new rate counts: steady enough to read, quick enough to see a stall in a few seconds. */
const RATE_WEIGHT = 0.4;

export type Connection =
  | { readonly phase: "connecting" | "open" }
  /** `retryAtMs` on the page's monotonic clock. */
  | { readonly phase: "lost"; readonly retryAtMs: number }
  /** The token is no longer right: trying again would not help. */
  | { readonly phase: "refused" };

export interface Asked {
  readonly key: number;
  readonly question: string;
  readonly answer?: Answer;
  readonly problem?: ApiProblem;
}

export interface LogEntry {
  readonly key: number;
  readonly wallMs: number;
  readonly text: string;
  readonly tone: "plain" | "good" | "bad";
}

export interface PageState {
  readonly connection: Connection;
  readonly status?: HubStatus;
  /** Smoothed; undefined until two counts from one run of the hub are known. */
  readonly predictionsPerSecond?: number;
  readonly sensors: readonly SensorView[];
  /** When `sensors` arrived, on the page's monotonic clock: ages grow from there. Unit: ms. */
  readonly sensorsAtMs: number;
  /** Newest first. */
  readonly detections: readonly Detection[];
  /** The detection that began most recently while the page was open, for the screen reader. */
  readonly announced?: Detection;
  readonly histories: Readonly<Record<string, readonly HistoryPoint[]>>;
  /** Newest first. */
  readonly asked: readonly Asked[];
  /** Newest first. */
  readonly log: readonly LogEntry[];
  /** Cells, links and ways; undefined until they were asked for. */
  readonly mesh?: MeshStatus;
  /** What happened in the mesh, newest first. */
  readonly meshLog: readonly LogEntry[];
  /** Positions in the picture of hubs: see graph.ts. */
  readonly slots: Readonly<Record<string, number>>;
  readonly selected?: SensorId;
  /** How many waited when that changed last. */
  readonly invitations?: number;
}

export type Action =
  | { readonly type: "connection"; readonly connection: Connection }
  | {
      readonly type: "snapshot";
      readonly status: HubStatus;
      readonly sensors: readonly SensorView[];
      readonly detections: readonly Detection[];
      readonly nowMs: number;
    }
  | { readonly type: "mesh"; readonly mesh: MeshStatus }
  | { readonly type: "sensors"; readonly sensors: readonly SensorView[]; readonly nowMs: number }
  | { readonly type: "event"; readonly event: MindosEvent; readonly wallMs: number }
  | { readonly type: "history"; readonly key: string; readonly points: readonly HistoryPoint[] }
  | { readonly type: "asked"; readonly key: number; readonly question: string }
  | { readonly type: "answered"; readonly key: number; readonly answer: Answer }
  | { readonly type: "refused"; readonly key: number; readonly problem: ApiProblem }
  | { readonly type: "select"; readonly sensor?: SensorId };

export const INITIAL_STATE: PageState = {
  connection: { phase: "connecting" },
  sensors: [],
  sensorsAtMs: 0,
  detections: [],
  histories: {},
  asked: [],
  log: [],
  meshLog: [],
  slots: {},
};

export function historyKey(sensor: SensorId, quantity: Quantity): string {
  return `${sensor}|${quantity}`;
}

export function reduce(state: PageState, action: Action): PageState {
  switch (action.type) {
    case "connection":
      return { ...state, connection: action.connection };
    case "snapshot": {
      const { sensors, detections, nowMs } = action;
      const next = withStatus(state, action.status);
      return { ...next, sensors, sensorsAtMs: nowMs, detections: detections.slice(0, DETECTIONS_MAX) };
    }
    case "mesh":
      return { ...state, mesh: action.mesh };
    case "sensors":
      return { ...state, sensors: action.sensors, sensorsAtMs: action.nowMs };
    case "event":
      return withMeshLog(
        withLog(onEvent(state, action.event), action.event, action.wallMs),
        action.event,
        action.wallMs,
      );
    case "history":
      return { ...state, histories: withHistory(state.histories, action.key, action.points) };
    case "asked":
      return {
        ...state,
        asked: [{ key: action.key, question: action.question }, ...state.asked].slice(0, ANSWERS_MAX),
      };
    case "answered":
      return withAsked(state, action.key, { answer: action.answer });
    case "refused":
      return withAsked(state, action.key, { problem: action.problem });
    case "select":
      return { ...state, selected: action.sensor };
  }
}

function onEvent(state: PageState, event: MindosEvent): PageState {
  switch (event.event) {
    case "stats":
      return withStatus(state, event.status);
    case "detection":
      return withDetection(state, event.detection);
    case "sensor-heard":
      return { ...state, sensors: withSensor(state.sensors, event.sensor) };
    case "invitations":
      return { ...state, invitations: event.open };
    case "link-down":
      return withoutLink(state, event.peer);
    default:
      return state; // Told in the log; the next `stats` brings the figures.
  }
}

function withStatus(state: PageState, status: HubStatus): PageState {
  return {
    ...state,
    status,
    slots: assignSlots(state.slots, status.hubs),
    predictionsPerSecond: rateOf(state, status),
  };
}

function rateOf(state: PageState, status: HubStatus): number | undefined {
  const before = state.status;
  if (!before || before.hub !== status.hub) return undefined;
  const elapsedMs = status.upMs - before.upMs;
  const predictions = status.inference.predictions - before.inference.predictions;
  if (elapsedMs < 0 || predictions < 0) return undefined; // The hub or its inference began anew.
  if (elapsedMs === 0) return state.predictionsPerSecond;
  const rate = (predictions * 1000) / elapsedMs;
  const smoothed = state.predictionsPerSecond;
  return smoothed === undefined ? rate : smoothed + RATE_WEIGHT * (rate - smoothed);
}

/** A known id is replaced in place (it grew, or it ended); a new one comes first and is announced. */
function withDetection(state: PageState, detection: Detection): PageState {
  const known = state.detections.some(({ id }) => id === detection.id);
  if (known) {
    return { ...state, detections: state.detections.map((other) => (other.id === detection.id ? detection : other)) };
  }
  return {
    ...state,
    detections: [detection, ...state.detections].slice(0, DETECTIONS_MAX),
    announced: detection.endedWallMs === undefined ? detection : state.announced,
  };
}

function withSensor(sensors: readonly SensorView[], sensor: SensorView): readonly SensorView[] {
  const at = sensors.findIndex((other) => other.sensor === sensor.sensor && other.hub === sensor.hub);
  return at < 0 ? [...sensors, sensor] : sensors.with(at, sensor);
}

/** A broken link is not drawn until the next `stats`, which may be seconds away. */
function withoutLink(state: PageState, peer: string): PageState {
  if (!state.status) return state;
  const self = state.status.hub;
  const hubs = state.status.hubs.map((view) => {
    const other = view.hub === self ? peer : view.hub === peer ? self : undefined;
    return other ? { ...view, neighbours: view.neighbours.filter((hub) => hub !== other) } : view;
  });
  return { ...state, status: { ...state.status, hubs } };
}

function withHistory(
  histories: PageState["histories"],
  key: string,
  points: readonly HistoryPoint[],
): PageState["histories"] {
  const others = Object.entries(histories).filter(([other]) => other !== key);
  return Object.fromEntries([...others.slice(-(HISTORIES_MAX - 1)), [key, points]]);
}

function withAsked(state: PageState, key: number, outcome: Pick<Asked, "answer" | "problem">): PageState {
  return { ...state, asked: state.asked.map((asked) => (asked.key === key ? { ...asked, ...outcome } : asked)) };
}

function withLog(state: PageState, event: MindosEvent, wallMs: number): PageState {
  const described = describeEvent(event);
  if (!described) return state;
  const key = (state.log[0]?.key ?? 0) + 1;
  return { ...state, log: [{ key, wallMs, ...described }, ...state.log].slice(0, LOG_MAX) };
}

function withMeshLog(state: PageState, event: MindosEvent, wallMs: number): PageState {
  const news = meshNews(event, (hub) => labelOf(state.mesh, state.status?.hubs ?? [], hub));
  if (!news) return state;
  const key = (state.meshLog[0]?.key ?? 0) + 1;
  return { ...state, meshLog: [{ key, wallMs, ...news }, ...state.meshLog].slice(0, MESH_LOG_MAX) };
}
