/** The other rooms as the command line sees them, without what is behind them. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { HubTools } from "../../../runtime/cli/hub-tools-port.js";
import { isAlive } from "../../../runtime/cli/places.js";
import type { AdmissionApi } from "../../../runtime/core/admission.js";
import type { BackboneApi } from "../../../runtime/core/backbone.js";
import { MindosError } from "../../../runtime/core/errors.js";
import type { SensorId } from "../../../runtime/core/ids.js";
import type { HubHandle } from "../../../runtime/core/status.js";
import type {
  LabelledEvent,
  MulticastProbe,
  Probe,
  RecordOptions,
  RecordProgress,
} from "../../../runtime/core/tools.js";

export async function readHandle(dataDir: string): Promise<HubHandle | undefined> {
  try {
    const handle = JSON.parse(await readFile(join(dataDir, "hub.json"), "utf8")) as HubHandle;
    return isAlive(handle.pid) ? handle : undefined;
  } catch {
    return undefined;
  }
}

export async function record({ path, source, advertsMax = 7, onProgress }: RecordOptions): Promise<RecordProgress> {
  const progress = { adverts: advertsMax, sensors: 4, bytes: 2048 };
  onProgress(progress);
  await writeFile(path, `${source}\n`);
  return progress;
}

export function doctorProbes(): readonly Probe[] {
  return [
    {
      id: "bluetooth",
      title: "Bluetooth",
      run: async () => ({ state: "warn", found: "no adapter", remedy: "Plug one in." }),
    },
  ];
}

export async function probeMulticast(): Promise<MulticastProbe> {
  return { works: process.env["FAKE_MULTICAST"] !== "0", detail: "two sockets on 127.0.0.1" };
}

export async function labelledEvents(): Promise<readonly LabelledEvent[]> {
  const startedWallMs = Date.UTC(2010, 4, 9, 2, 59, 0);
  return [{ sensor: "ble:000000000001" as SensorId, startedWallMs, endedWallMs: startedWallMs + 600_000 }];
}

/** A folder without a home, in which nothing can be done. */
export async function makeHome(): Promise<void> {}

/** A folder without backbones. */
export async function openBackbones(): Promise<{ api: BackboneApi; close(): Promise<void> }> {
  const unknown = async (): Promise<never> => {
    throw new MindosError("BACKBONE_UNKNOWN", "this hub uses no such broker");
  };
  return {
    api: { backbones: () => [], addBackbone: unknown, removeBackbone: unknown },
    close: async () => undefined,
  };
}

export async function openAdmission(): Promise<{ api: AdmissionApi; close(): Promise<void> }> {
  const missing = async (): Promise<never> => {
    throw new MindosError("HOME_MISSING", "this hub belongs to no home");
  };
  const api: AdmissionApi = {
    ...{
      home: () => undefined,
      invitations: () => [],
      joining: () => undefined,
      createHome: missing,
      invite: missing,
      revoke: missing,
    },
    ...{
      invitation: () => undefined as never,
      hubNamed: () => undefined as never,
      answerInvitation: missing,
      beginJoining: missing,
      answerJoining: missing,
    },
  };
  return { api, close: () => Promise.resolve() };
}

({
  readHandle,
  record,
  doctorProbes,
  probeMulticast,
  labelledEvents,
  openAdmission,
  openBackbones,
  makeHome,
}) satisfies HubTools;
