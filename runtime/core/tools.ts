/** What the command line does without a running hub: record, and look at the machine. Types only. */
import type { SensorId } from "./ids.js";

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
  /** Heard, but not written: the disk was too slow. Absent when none. */
  readonly dropped?: number;
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
