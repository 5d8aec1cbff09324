/**
 * What hubs say to each other, as values: the wire room turns these into bytes and back, the mesh and intents rooms
 * decide what to say. Types only.
 */
import type { Detection } from "./detection.js";
import type { HubId, IntentId } from "./ids.js";
import type { IntentArguments, PartialAnswer, Priority, PrivacyLabel, Verb } from "./intent.js";
import type { Reading } from "./reading.js";

export interface Hello {
  readonly type: "HELLO";
  readonly versions: readonly number[];
  readonly id: HubId;
  /** Ed25519, 32 bytes; `id` is its hash. */
  readonly publicKey: Uint8Array;
  /** Grows with every start of the hub. */
  readonly epoch: number;
  /** 16 bytes, fresh for every link. */
  readonly nonce: Uint8Array;
  readonly name: string;
  /** Absent in the first HELLO; in the second, the signature over the other's nonce. 64 bytes. */
  readonly proof?: Uint8Array;
}

/** A heartbeat (`ackOf` absent) or its answer. Any other frame counts as a sign of life too. */
export interface Ping {
  readonly type: "PING";
  readonly ackOf?: number;
}

export interface Neighbour {
  readonly hub: HubId;
  /** Smoothed round trip. Unit: ms. */
  readonly rttMs: number;
}

export interface AdvertMessage {
  readonly type: "ADVERT";
  readonly hub: HubId;
  /** The newest version wins. Wall ms at which it changed, so that it grows across restarts. */
  readonly version: number;
  readonly name: string;
  readonly topics: readonly string[];
  readonly places: readonly string[];
  readonly sensorCount: number;
}

export interface LoadMessage {
  readonly type: "LOAD";
  readonly queueLength: number;
  readonly freeMemoryMiB: number;
  readonly cpuLoad: number;
  readonly sensors: number;
  readonly warmModels: readonly string[];
  readonly neighbours: readonly Neighbour[];
}

/** One advert's worth of readings of one sensor. */
export interface ReadingMessage {
  readonly type: "READING";
  readonly name: string;
  readonly format: string;
  readonly encrypted: boolean;
  readonly readings: readonly Reading[];
}

export interface IntentMessage {
  readonly type: "INTENT";
  readonly id: IntentId;
  readonly verb: Verb;
  readonly topic: string;
  readonly args: IntentArguments;
  readonly priority: Priority;
  readonly remainingMs: number;
  readonly privacy: PrivacyLabel;
}

export interface ResultMessage {
  readonly type: "RESULT";
  readonly id: IntentId;
  readonly partial: PartialAnswer;
}

export interface CancelMessage {
  readonly type: "CANCEL";
  readonly id: IntentId;
}

export interface ErrorMessage {
  readonly type: "ERROR";
  readonly code: number;
  readonly fault: "local" | "remote";
  readonly detail: string;
}

export interface DetectionMessage {
  readonly type: "DETECTION";
  readonly detection: Detection;
}

export type Message =
  | Hello
  | Ping
  | AdvertMessage
  | LoadMessage
  | ReadingMessage
  | IntentMessage
  | ResultMessage
  | CancelMessage
  | ErrorMessage
  | DetectionMessage;

export type MessageType = Message["type"];
