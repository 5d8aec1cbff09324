/**
 * What the command line wants of the other rooms. `runtime/hub.ts` and `runtime/hub-tools.ts` provide it; tests pass
 * fakes. Types only.
 */
import type { Config } from "../config/config.js";
import type { SensorId } from "../core/ids.js";
import type { Answer } from "../core/intent.js";
import type { EventSink, HubHandle, HubStatus } from "../core/status.js";

export interface RunningHub {
  status(): HubStatus;
  ask(question: string, timeoutMs: number): Promise<Answer>;
  stop(): Promise<void>;
}

/** @throws MindosError when it cannot run; what it had opened is closed again. */
export type StartHub = (config: Config, options: { readonly emit: EventSink }) => Promise<RunningHub>;

export interface RecordOptions {
  /** The file to write; it must not exist yet. */
  readonly path: string;
  /** "live", "motes", or the path of a recording. */
  readonly source: string;
  /** Live: "hci0", or "" for the first. */
  readonly adapter: string;
  /** Replay: how many times faster, and the reading to begin with. */
  readonly speed: number;
  readonly from: number;
  readonly secondsMax?: number;
  readonly advertsMax?: number;
  /** Ends the recording early; the file is whole then too. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RecordProgress) => void;
}

export interface RecordProgress {
  readonly adverts: number;
  readonly sensors: number;
  readonly bytes: number;
}

export interface MulticastProbe {
  readonly works: boolean;
  /** "two sockets on 127.0.0.1 heard each other", or why not. */
  readonly detail: string;
}

/** A stretch of the shipped data that its authors labelled as an event. */
export interface LabelledEvent {
  readonly sensor: SensorId;
  readonly startedWallMs: number;
  /** When the last labelled reading was taken. */
  readonly endedWallMs: number;
}

export interface ProbeResult {
  readonly state: "ok" | "warn" | "fail";
  readonly found: string;
  /** What to do about it; for "warn" and "fail". */
  readonly remedy?: string;
}

/** One thing that `mindos doctor` looks at. It changes nothing outside a temporary folder. */
export interface Probe {
  /** "bluetooth": stable, for --json. */
  readonly id: string;
  readonly title: string;
  run(): Promise<ProbeResult>;
}

export interface HubTools {
  /** @returns undefined when the folder's handle is missing, damaged, or of a hub that runs no more. */
  readHandle(dataDir: string): Promise<HubHandle | undefined>;
  /** @throws MindosError RADIO_UNAVAILABLE | REPLAY_MISSING | REPLAY_INVALID | BAD_INPUT | DISK_FULL */
  record(options: RecordOptions): Promise<RecordProgress>;
  /** Those that need another room: bluetooth, native inference, store, models, page. */
  doctorProbes(): readonly Probe[] | Promise<readonly Probe[]>;
  probeMulticast(): Promise<MulticastProbe>;
  labelledEvents(motes: readonly number[]): Promise<readonly LabelledEvent[]>;
}
