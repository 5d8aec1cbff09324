/**
 * What a hub shows of itself and of the mesh: the types of the local API, which the page and the command line share.
 * Local API, HTTP on loopback, JSON, token needed (cookie or `Authorization: Bearer`):
 *   GET  /api/status            → HubStatus
 *   GET  /api/sensors           → SensorView[]
 *   GET  /api/detections        → Detection[], newest first
 *   GET  /api/history?sensor=ble:…&quantity=temperature&limit=500 → HistoryPoint[], oldest first
 *   POST /api/ask {question, timeoutMs?} → Answer
 *   GET  /api/events            → text/event-stream of HubEvent (the events of EVENTS below)
 * The mesh's routes are listed in core/mesh-status.ts, notes' in core/notes.ts, those around the home in core/admission.ts and
 * core/home-registry.ts.
 * A refusal is `ApiProblem` with an HTTP status of 400–503.
 */
import type { AdmissionApi } from "./admission.js";
import type { BackboneApi } from "./backbone.js";
import type { Detection } from "./detection.js";
import type { ErrorCode } from "./errors.js";
import type { HomeRegistryApi } from "./home-registry.js";
import type { HubId, SensorId } from "./ids.js";
import type { Answer } from "./intent.js";
import type { HubAddress, Locator, MemberState } from "./mesh.js";
import type { MeshApi } from "./mesh-status.js";
import type { ArrivedNote, NotesApi } from "./notes.js";
import type { Quantity } from "./quantity.js";
import type { SensorInfo } from "./reading.js";

export type HubState = "self" | "alive" | "suspect" | "dead";

export interface HubView {
  readonly hub: HubId;
  readonly name: string;
  readonly state: HubState;
  /** An owner has put it out of the home. */
  readonly putOut?: boolean;
  /** The least round trip of late on the direct link. Unit: ms. Absent when there is no direct link. */
  readonly rttMs?: number;
  /** Hubs that it says it has a link with. */
  readonly neighbours: readonly HubId[];
  readonly sensorCount: number;
  readonly topics: readonly string[];
  readonly cpuLoad?: number;
  readonly freeMemoryMiB?: number;
}

/** A sensor and the hub that hears it. */
export interface SensorView extends SensorInfo {
  readonly hub: HubId;
}

/** [wall ms, value] */
export type HistoryPoint = readonly [number, number];

export interface InferenceStatus {
  readonly state: "off" | "starting" | "ready" | "restarting" | "failed";
  /** "onnxruntime-node 1.30.0" */
  readonly backend?: string;
  readonly models: readonly string[];
  readonly restarts: number;
  readonly predictions: number;
  readonly queueLength: number;
  readonly rssMiB?: number;
  /** Why it is off or failed, and what to do. */
  readonly problem?: string;
}

export interface HubStatus {
  readonly hub: HubId;
  readonly name: string;
  readonly version: string;
  readonly upMs: number;
  readonly wallMs: number;
  readonly mqtt: { readonly host: string; readonly port: number };
  /** Where other hubs come in; absent without a home. */
  readonly linkPort?: number;
  /** What the home is called that this hub belongs to; absent without one. */
  readonly home?: string;
  /** Why this hub is out of it, as in `HomeView`. */
  readonly homeProblem?: string;
  /** What a person can do about it. */
  readonly homeRemedy?: string;
  /** Messages of other hubs that only a later version can read: they are kept, and read once this hub is updated. Absent: none. */
  readonly unread?: number;
  readonly url: string;
  /** "live" | "replay" sources that run, with what they say of themselves. */
  readonly sources: readonly {
    readonly name: string;
    readonly origin: "live" | "replay";
    readonly state: "running" | "unavailable" | "ended";
    readonly note?: string;
  }[];
  readonly replay: boolean;
  readonly hubs: readonly HubView[];
  readonly inference: InferenceStatus;
  readonly sensors: number;
  readonly readings: number;
  readonly detections: number;
  readonly rssMiB: number;
  /** Drops and errors by name, since start. */
  readonly counters: Readonly<Record<string, number>>;
}

export interface ApiProblem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy: string;
}

/** What `hub.json` in the data folder (0600) holds while a hub runs. */
export interface HubHandle {
  readonly pid: number;
  readonly hub: HubId;
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly mqttPort: number;
}

/** Every event a hub emits, as NDJSON on standard output with --json and on /api/events. */
export type MindosEvent =
  | {
      readonly event: "hub-started";
      readonly hub: HubId;
      readonly name: string;
      readonly mqttPort: number;
      readonly url: string;
      readonly startMs: number;
    }
  | { readonly event: "hub-stopped"; readonly hub: HubId }
  | {
      readonly event: "peer-found";
      readonly peer: HubId;
      readonly host: string;
      readonly port: number;
      readonly via: string;
    }
  /** A hub of this cell, or a neighbour. */
  | { readonly event: "hub-state"; readonly hub: HubId; readonly state: MemberState }
  /** Many hubs were lost at once: one blow, told once. */
  | { readonly event: "mesh-cut"; readonly hubs: readonly HubId[] }
  /** Who shares this hub's cell now, itself among them. */
  | { readonly event: "cell"; readonly hubs: readonly HubId[] }
  /** This hub's place among the cells. */
  | { readonly event: "locator"; readonly locator: Locator }
  | { readonly event: "isolated"; readonly isolated: boolean }
  /** Links are open: other hubs of the home come in here from now on. */
  | { readonly event: "home-open"; readonly home: string; readonly addresses: readonly HubAddress[] }
  /** How many invitations wait here now, wherever they were opened. Their codes are not told: whoever has one may come in. */
  | { readonly event: "invitations"; readonly open: number }
  /** All that are out of this home now. */
  | { readonly event: "revoked"; readonly hubs: readonly HubId[] }
  | { readonly event: "link-up"; readonly peer: HubId; readonly name: string }
  | { readonly event: "link-down"; readonly peer: HubId; readonly reason: string }
  | {
      readonly event: "source";
      readonly name: string;
      readonly origin: "live" | "replay";
      readonly state: "running" | "unavailable" | "ended";
      readonly note?: string;
    }
  | { readonly event: "sensor-heard"; readonly sensor: SensorView }
  /** Another hub has sent it; it is on disk. */
  | { readonly event: "note"; readonly note: ArrivedNote }
  | { readonly event: "detection"; readonly detection: Detection; readonly hub: HubId }
  | {
      readonly event: "answer";
      readonly question: string;
      readonly text: string;
      readonly tookMs: number;
      readonly hubs: number;
      readonly sensors: number;
    }
  | { readonly event: "inference"; readonly state: InferenceStatus["state"]; readonly note?: string }
  /** Something on disk was found damaged, and has been mended. */
  | { readonly event: "repaired"; readonly note: string }
  | { readonly event: "problem"; readonly code: ErrorCode; readonly message: string; readonly remedy: string }
  | { readonly event: "stats"; readonly status: HubStatus };
export type EventSink = (event: MindosEvent) => void;

/** What the hub offers to its HTTP server. */
export interface LocalApi {
  status(): HubStatus;
  sensors(): readonly SensorView[];
  detections(): readonly Detection[];
  history(sensor: SensorId, quantity: Quantity, limit: number): Promise<readonly HistoryPoint[]>;
  /** @param timeoutMs default: the hub's setting `askTimeoutMs`.
   *  @throws MindosError QUESTION_UNCLEAR | QUESTION_TOO_LONG | NOBODY_CAN_ANSWER | ANSWER_TIMEOUT | TOO_BUSY */
  ask(question: string, timeoutMs?: number): Promise<Answer>;
  /** @returns the function that ends the subscription. */
  subscribe(sink: EventSink): () => void;
  /** Cells, links and ways, as this hub knows them; its routes are listed there. */
  readonly meshApi: MeshApi;
  /** What is sent to other hubs for certain; its routes are listed there. */
  readonly notes?: NotesApi;
  /** The home, invitations and revocations; its routes are listed there. */
  readonly admission?: AdmissionApi;
  /** Members and settings of the home; its routes are listed there. */
  readonly registry?: HomeRegistryApi;
  /** Brokers at which hubs meet; its routes are listed there. */
  readonly backbone?: BackboneApi;
}
