/**
 * What the command line wants of the other rooms. `runtime/hub.ts` and `runtime/hub-tools.ts` provide it; tests pass
 * fakes. Types only.
 */
import type { Config } from "../config/config.js";
import type { AdmissionApi } from "../core/admission.js";
import type { BackboneApi } from "../core/backbone.js";
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
  /** One home for hubs that do not run yet: the first is its owner. Those that belong to it already are left as they are.
   *  @throws MindosError IDENTITY_INVALID | HOME_INVALID | DATA_DIR_UNUSABLE | DISK_FULL */
  makeHome(dataDirs: readonly string[]): Promise<void>;
  /** Admission on a data folder in which no hub runs; it is locked until `close`.
   *  @throws MindosError DATA_DIR_IN_USE | DATA_DIR_UNUSABLE | IDENTITY_INVALID | HOME_INVALID | DISK_FULL */
  openAdmission(
    dataDir: string,
    options: {
      /** Whom others find in the folder meanwhile. */
      readonly holder: string;
      readonly hubName: string;
      readonly host: string;
      readonly onNote: (note: string) => void;
    },
  ): Promise<{ readonly api: AdmissionApi; close(): Promise<void> }>;
  /** Backbones of a data folder in which no hub runs; it is locked until `close`.
   *  @throws MindosError DATA_DIR_IN_USE | DATA_DIR_UNUSABLE | BACKBONE_INVALID */
  openBackbones(
    dataDir: string,
    onNote: (note: string) => void,
  ): Promise<{ readonly api: BackboneApi; close(): Promise<void> }>;
}
