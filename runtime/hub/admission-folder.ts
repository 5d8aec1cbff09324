/** Admission without a running hub: on a data folder, which is locked meanwhile. For the command line. */
import { randomBytes } from "node:crypto";
import type { AdmissionApi } from "../core/admission.js";
import { createCounters } from "../core/counters.js";
import { systemClock } from "../io/clock.js";
import { openDataDir } from "../io/files/data-dir.js";
import { loadIdentity } from "../io/home/identity.js";
import { loadTlsIdentity } from "../io/tls/identity.js";
import { HubAdmission } from "./admission.js";
import { HomeKeeper } from "./home-keeper.js";
import { InviterSearch } from "./inviter-search.js";
import { machineName } from "./machine-name.js";

export interface FolderOptions {
  /** Whom others find in the folder meanwhile: "mindos join". */
  readonly holder: string;
  /** "" for the machine's name. */
  readonly hubName: string;
  /** Where joiners are listened for. */
  readonly host: string;
  readonly onNote: (note: string) => void;
}

export interface FolderAdmission {
  readonly api: AdmissionApi;
  close(): Promise<void>;
}

/** @throws MindosError DATA_DIR_IN_USE | DATA_DIR_UNUSABLE | IDENTITY_INVALID | HOME_INVALID | DISK_FULL */
export async function openAdmission(path: string, options: FolderOptions): Promise<FolderAdmission> {
  const dataDir = await openDataDir(path, { onRepair: options.onNote, holder: options.holder });
  try {
    const identity = await loadIdentity(dataDir.path, { onRepair: options.onNote });
    const hubName = options.hubName === "" ? machineName() : options.hubName;
    const own = { dir: dataDir.path, identity, hubName, clock: systemClock };
    const keeper = await HomeKeeper.open({ ...own, onRepair: options.onNote });
    const rng = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
    const counters = createCounters();
    const search = new InviterSearch({ host: options.host, clock: systemClock, counters, rng });
    const api = new HubAdmission({
      ...{ keeper, hubName, host: options.host, clock: systemClock, counters, rng },
      announce: (port) => search.announce(port),
      findInviter: () => search.find(),
      tlsIdentity: () => loadTlsIdentity(identity, dataDir.path),
      knownHubs: () => [],
      // What was signed lies in the folder: the hub tells its neighbours when it starts.
      onRevoked: () => undefined,
      onHome: () => Promise.resolve(),
      addresses: () => [],
      onProblem: (error) => options.onNote(`${error.message}: ${error.remedy}`),
    });
    return {
      api,
      async close() {
        api.stop();
        await search.stop();
        await dataDir.close();
      },
    };
  } catch (error) {
    await dataDir.close();
    throw error;
  }
}
