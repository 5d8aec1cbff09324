/** What the command line needs of the other rooms without a running hub: the doors behind `record`, `doctor`, `swarm`. */
import type { RecordingSummary } from "../firmware-bridge/ble/recording.js";
import type { AdvertSource } from "./core/advert.js";
import { createCounters } from "./core/counters.js";
import { MindosError } from "./core/errors.js";
import type { LabelledEvent, RecordOptions, RecordProgress } from "./core/tools.js";
import type { FolderAdmission, FolderOptions } from "./hub/admission-folder.js";
import type { FolderBackbones } from "./hub/backbone-folder.js";
import { systemClock } from "./io/clock.js";
import { ADMISSION_DEFAULTS } from "./mesh/admission/settings.js";

export { doctorProbes } from "./hub/doctor.js";
export { probeMulticast } from "./io/discovery/probe.js";
export { readHandle } from "./io/files/data-dir.js";

/** Distinct senders are counted up to here: a street full of phones changes its addresses all day. */
const SENSORS_COUNTED_MAX = 10_000;

/** @throws MindosError as `hub/admission-folder.ts` */
export async function openAdmission(dataDir: string, options: FolderOptions): Promise<FolderAdmission> {
  return (await import("./hub/admission-folder.js")).openAdmission(dataDir, options);
}

/** @throws MindosError as `hub/backbone-folder.ts` */
export async function openBackbones(dataDir: string, onNote: (note: string) => void): Promise<FolderBackbones> {
  return (await import("./hub/backbone-folder.js")).openBackbones(dataDir, onNote);
}

/** @throws MindosError as `io/home/home-development.ts` */
export async function makeHome(dataDirs: readonly string[]): Promise<void> {
  const { createDevelopmentHome } = await import("./io/home/home-development.js");
  await createDevelopmentHome(dataDirs, {
    wallMs: systemClock.wallMs(),
    lifeMs: ADMISSION_DEFAULTS.ownerLifeMs,
    name: "swarm",
  });
}

/** @throws MindosError RADIO_UNAVAILABLE | REPLAY_MISSING | REPLAY_INVALID | BAD_INPUT | DISK_FULL */
export async function record(options: RecordOptions): Promise<RecordProgress> {
  const { recordAdverts } = await import("../firmware-bridge/ble/recording.js");
  const senders = new Set<string>();
  const ended = new AbortController();
  const source = await createSource(options, () => ended.abort());
  const counted: AdvertSource = {
    name: source.name,
    origin: source.origin,
    start: (deliver) =>
      source.start((advert) => {
        if (senders.size < SENSORS_COUNTED_MAX) senders.add(advert.address);
        deliver(advert);
      }),
    stop: () => source.stop(),
  };
  const progressOf = ({ adverts, bytes, dropped }: RecordingSummary): RecordProgress => ({
    adverts,
    bytes,
    ...(dropped === 0 ? {} : { dropped }),
    sensors: senders.size,
  });
  const summary = await recordAdverts(counted, options.path, {
    clock: systemClock,
    signal: AbortSignal.any([options.signal, ended.signal]),
    onProgress: (progress) => options.onProgress(progressOf(progress)),
    ...(options.secondsMax === undefined ? {} : { seconds: options.secondsMax }),
    ...(options.advertsMax === undefined ? {} : { count: options.advertsMax }),
  });
  return progressOf(summary);
}

async function createSource({ source, adapter, speed, from }: RecordOptions, onEnd: () => void): Promise<AdvertSource> {
  if (source === "live") {
    const { createBluezSource } = await import("../firmware-bridge/ble/bluez-source.js");
    return createBluezSource({
      clock: systemClock,
      counters: createCounters(),
      ...(adapter === "" ? {} : { adapter }),
    });
  }
  const { createReplaySource } = await import("../firmware-bridge/ble/replay-source.js");
  const { moteAdverts } = await import("../firmware-bridge/ble/mote-adverts.js");
  const { readRecording } = await import("../firmware-bridge/ble/recording.js");
  const adverts = source === "motes" ? moteAdverts({ fromReading: Math.max(1, from) }) : readRecording(source);
  return createReplaySource({ name: `replay of ${source}`, adverts, speed, clock: systemClock, onEnd });
}

/** The stretches of the shipped data that its authors labelled as events. */
export async function labelledEvents(motes: readonly number[]): Promise<readonly LabelledEvent[]> {
  const unknown = motes.find((mote) => ![1, 2, 3, 4].includes(mote));
  if (unknown !== undefined) throw new MindosError("BAD_INPUT", `there is no mote ${unknown}`);
  const room = await import("../firmware-bridge/ble/mote-adverts.js");
  const events = await room.labelledEvents(motes as readonly (1 | 2 | 3 | 4)[]);
  return events.map(({ sensor, startWallMs, endWallMs }) => ({
    sensor,
    startedWallMs: startWallMs,
    endedWallMs: endWallMs,
  }));
}
