/**
 * What the command line wants of the other rooms. `runtime/hub.ts` and `runtime/hub-tools.ts` provide it; tests pass
 * fakes. Types only.
 */
import type { Config } from "../config/config.js";
import type { Answer } from "../core/intent.js";
import type { EventSink, HubHandle, HubStatus } from "../core/status.js";
import type { LabelledEvent, MulticastProbe, Probe, RecordOptions, RecordProgress } from "../core/tools.js";

export interface RunningHub {
  status(): HubStatus;
  ask(question: string, timeoutMs: number): Promise<Answer>;
  stop(): Promise<void>;
}

/** @throws MindosError when it cannot run; what it had opened is closed again. */
export type StartHub = (config: Config, options: { readonly emit: EventSink }) => Promise<RunningHub>;

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
