/** What a swarm knows of itself: everything the screen, the log and the summary are made of. Pure. */
import type { Detection } from "../../core/detection.js";
import type { HubId, SensorId } from "../../core/ids.js";
import { counted } from "../../core/mesh-words.js";
import type { ApiProblem, HubStatus, MindosEvent, SensorView } from "../../core/status.js";
import type { LabelledEvent } from "../../core/tools.js";
import type { Editor } from "./line-editor.js";

/** starting: no hub-started yet; down: will be brought back; killed: by hand; failed: would fail again. */
export type ProcessState = "starting" | "running" | "down" | "killed" | "failed" | "stopped";

export interface HubSlot {
  readonly name: string;
  readonly process: ProcessState;
  readonly pid?: number;
  readonly hub?: HubId;
  readonly page?: string;
  readonly status?: HubStatus;
  /** Hubs that it has a link with now. */
  readonly links: ReadonlySet<HubId>;
  /** When it will be brought back. Monotonic. Unit: ms. */
  readonly retryAtMs?: number;
  readonly restarts: number;
  /** Of its earlier processes; a new one counts from 0. */
  readonly readingsBefore: number;
  readonly predictionsBefore: number;
}

export interface Exchange {
  readonly question: string;
  /** Absent while the hubs think. */
  readonly text?: string;
  readonly failed?: boolean;
  readonly detail?: string;
}

export interface Note {
  readonly atMs: number;
  readonly text: string;
  readonly bad: boolean;
  /** What it is said of, while it holds: the note goes when that has ended. */
  readonly holds?: string;
}

export interface SwarmState {
  readonly startedMs: number;
  readonly slots: readonly HubSlot[];
  readonly sensors: ReadonlyMap<SensorId, SensorView>;
  /** By id, oldest first. */
  readonly detections: ReadonlyMap<string, Detection>;
  /** Spans of the data that its authors labelled; empty when there are none to compare with. */
  readonly labels: readonly LabelledEvent[];
  readonly exchange?: Exchange;
  readonly answers: number;
  readonly problems: number;
  /** Newest last. */
  readonly notes: readonly Note[];
  readonly selected: number;
  readonly editor?: Editor;
  /** How the hubs find each other. */
  readonly meeting: string;
  /** "replay ×100" */
  readonly replay: string;
  /** "from reading 2200" */
  readonly from: string;
}

export type Action =
  | { readonly type: "spawned"; readonly at: number; readonly pid: number }
  | { readonly type: "event"; readonly at: number; readonly event: MindosEvent }
  | {
      readonly type: "exited";
      readonly at: number;
      readonly process: ProcessState;
      readonly retryAtMs?: number;
      readonly why: string;
    }
  | { readonly type: "page"; readonly at: number; readonly page: string }
  | { readonly type: "sensors"; readonly at: number; readonly sensors: readonly SensorView[] }
  | { readonly type: "problem"; readonly at?: number; readonly problem: ApiProblem }
  | { readonly type: "asked"; readonly question: string }
  | { readonly type: "answered"; readonly question: string; readonly text: string; readonly detail: string }
  | { readonly type: "ask-failed"; readonly question: string; readonly problem: ApiProblem }
  | { readonly type: "select"; readonly at: number }
  | { readonly type: "edit"; readonly editor: Editor | undefined }
  | { readonly type: "note"; readonly text: string };

const NOTES_MAX = 20;
const DETECTIONS_MAX = 200;
const SENSORS_MAX = 512;

export interface SwarmSetup {
  readonly names: readonly string[];
  readonly labels: readonly LabelledEvent[];
  readonly meeting: string;
  readonly replay: string;
  readonly from: string;
}

export function initialState(setup: SwarmSetup, startedMs: number): SwarmState {
  const slot = (name: string): HubSlot => ({
    ...{ name, process: "starting", links: new Set(), restarts: 0, readingsBefore: 0, predictionsBefore: 0 },
  });
  return {
    ...{
      startedMs,
      labels: setup.labels,
      meeting: setup.meeting,
      replay: setup.replay,
      from: setup.from,
      slots: setup.names.map(slot),
    },
    ...{ sensors: new Map(), detections: new Map(), answers: 0, problems: 0, notes: [], selected: 0 },
  };
}

export function reduce(state: SwarmState, action: Action, nowMs: number): SwarmState {
  switch (action.type) {
    case "spawned":
      return withSlot(state, action.at, (slot) => ({
        ...slot,
        process: "starting",
        pid: action.pid,
        retryAtMs: undefined,
      }));
    case "event":
      return onEvent(state, action.at, action.event, nowMs);
    case "exited":
      return onExit(state, action, nowMs);
    case "page":
      return withSlot(state, action.at, (slot) => ({ ...slot, page: action.page }));
    case "sensors":
      return action.sensors.filter((sensor) => isBestReport(state, action.at, sensor)).reduce(withSensor, state);
    case "problem": {
      const who = action.at === undefined ? "" : `${state.slots[action.at]?.name}: `;
      return withNote({ ...state, problems: state.problems + 1 }, `${who}${action.problem.message}`, nowMs, true);
    }
    case "asked":
      return { ...state, exchange: { question: action.question } };
    case "answered":
      return answered(state, action);
    case "ask-failed":
      return {
        ...state,
        problems: state.problems + 1,
        exchange: {
          question: action.question,
          text: action.problem.message,
          failed: true,
          detail: action.problem.remedy,
        },
      };
    case "select":
      return { ...state, selected: Math.max(0, Math.min(state.slots.length - 1, action.at)) };
    case "edit":
      return { ...state, editor: action.editor };
    case "note":
      return withNote(state, action.text, nowMs, false);
  }
}

function onEvent(state: SwarmState, at: number, event: MindosEvent, nowMs: number): SwarmState {
  const name = state.slots[at]?.name ?? "";
  switch (event.event) {
    case "hub-started":
      return withSlot(state, at, (slot) => ({ ...slot, process: "running", hub: event.hub }));
    case "stats":
      return withSlot(state, at, (slot) => ({
        ...slot,
        process: "running",
        hub: event.status.hub,
        status: event.status,
        links: linksOf(event.status),
      }));
    case "link-up": {
      const next = withSlot(state, at, (slot) => ({ ...slot, links: new Set([...slot.links, event.peer]) }));
      const ended = linkDown(at, event.peer);
      return { ...next, notes: next.notes.filter((note) => note.holds !== ended) };
    }
    case "link-down": {
      const next = withSlot(state, at, (slot) => ({
        ...slot,
        links: new Set([...slot.links].filter((peer) => peer !== event.peer)),
      }));
      const text = `${name}: link to ${nameOf(state, event.peer)} is down: ${event.reason}`;
      return withNote(next, text, nowMs, true, linkDown(at, event.peer));
    }
    case "sensor-heard":
      return withSensor(state, event.sensor);
    case "detection":
      return withDetection(state, event.detection);
    case "answer":
      return answered(state, {
        ...event,
        detail: `${counted(event.hubs, "hub")}, ${counted(event.sensors, "sensor")}, ${Math.round(event.tookMs)} ms`,
      });
    case "note": {
      const { from, text, name: file } = event.note;
      return withNote(state, `${name}: note from ${nameOf(state, from)}: ${text ?? file}`, nowMs, false);
    }
    case "repaired":
      return withNote(state, `${name}: ${event.note}`, nowMs, true);
    case "problem":
      return reduce(state, { type: "problem", at, problem: event }, nowMs);
    case "source":
      return event.state === "running"
        ? state
        : withNote(state, `${name}: ${event.name} ${event.state}`, nowMs, event.state === "unavailable");
    case "inference":
      return event.state === "ready" || event.state === "starting"
        ? state
        : withNote(state, `${name}: inference ${event.state}`, nowMs, event.state !== "off");
    case "mesh-cut":
      return withNote(state, `${name}: ${counted(event.hubs.length, "hub")} lost at once`, nowMs, true);
    case "hub-state":
    case "cell":
    case "locator":
    case "isolated":
    case "revoked":
    case "home-open":
    case "invitations":
    case "peer-found":
    case "hub-stopped":
      return state;
  }
}

function onExit(state: SwarmState, action: Action & { type: "exited" }, nowMs: number): SwarmState {
  const next = withSlot(state, action.at, (slot) => ({
    ...slot,
    process: action.process,
    pid: undefined,
    page: undefined,
    status: undefined,
    links: new Set<HubId>(),
    retryAtMs: action.retryAtMs,
    restarts: slot.restarts + (action.process === "down" ? 1 : 0),
    readingsBefore: slot.readingsBefore + (slot.status?.readings ?? 0),
    predictionsBefore: slot.predictionsBefore + (slot.status?.inference.predictions ?? 0),
  }));
  const unexpected = action.process === "down" || action.process === "failed";
  if (action.process === "stopped") return next;
  return withNote(
    { ...next, problems: next.problems + (unexpected ? 1 : 0) },
    `${state.slots[action.at]?.name}: ${action.why}`,
    nowMs,
    true,
  );
}

/** An answer comes twice: from the hub's event and from the request. It counts once. */
function answered(
  state: SwarmState,
  { question, text, detail }: { question: string; text: string; detail: string },
): SwarmState {
  const known = state.exchange?.question === question && state.exchange.text === text && state.exchange.failed !== true;
  if (known) return state;
  return { ...state, answers: state.answers + 1, exchange: { question, text, detail } };
}

function withSlot(state: SwarmState, at: number, change: (slot: HubSlot) => HubSlot): SwarmState {
  return { ...state, slots: state.slots.map((slot, index) => (index === at ? change(slot) : slot)) };
}

/** The hub that hears a sensor itself knows it best: what others say of it counts while that hub is away. */
function isBestReport(state: SwarmState, at: number, sensor: SensorView): boolean {
  if (state.slots[at]?.hub === sensor.hub) return true;
  return !state.slots.some((slot) => slot.hub === sensor.hub && slot.process === "running");
}

function withSensor(state: SwarmState, sensor: SensorView): SwarmState {
  if (!state.sensors.has(sensor.sensor) && state.sensors.size >= SENSORS_MAX) return state;
  return { ...state, sensors: new Map(state.sensors).set(sensor.sensor, sensor) };
}

function withDetection(state: SwarmState, detection: Detection): SwarmState {
  const detections = new Map(state.detections);
  const known = detections.get(detection.id);
  // Once over it stays over, whichever hub tells it last.
  const ended = detection.endedWallMs ?? known?.endedWallMs;
  detections.set(detection.id, ended === undefined ? detection : { ...detection, endedWallMs: ended });
  for (const id of detections.keys()) {
    if (detections.size <= DETECTIONS_MAX) break;
    detections.delete(id);
  }
  return { ...state, detections };
}

function withNote(state: SwarmState, text: string, atMs: number, bad: boolean, holds?: string): SwarmState {
  const note = holds === undefined ? { atMs, text, bad } : { atMs, text, bad, holds };
  return { ...state, notes: [...state.notes, note].slice(-NOTES_MAX) };
}

function linkDown(at: number, peer: HubId): string {
  return `link of ${at} to ${peer} down`;
}

/** What a hub says of its own links. */
function linksOf(status: HubStatus): Set<HubId> {
  const self = status.hubs.find((view) => view.state === "self");
  const measured = status.hubs.filter(
    (view) => view.rttMs !== undefined && view.state !== "self" && view.state !== "dead",
  );
  return new Set([...(self?.neighbours ?? []), ...measured.map((view) => view.hub)]);
}

export function nameOf(state: SwarmState, hub: HubId): string {
  return state.slots.find((slot) => slot.hub === hub)?.name ?? hub.slice(0, 8);
}
