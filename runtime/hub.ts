/**
 * The composition root: the one place that knows every room and the order of the data through them.
 *
 *     source ─► bridge ─► Reading ─┬─► readings log            link ◄─► wire ◄─► neighbours ◄─► questions ◄─► agents
 *                                  ├─► agents                                        │
 *                                  ├─► windows ─► inference ─► Prediction ─► agents ─► Detection
 *                                  └─► MQTT clients, other hubs, the page
 */
import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import { createBridge } from "../firmware-bridge/bridge.js";
import { decoders } from "../firmware-bridge/decoders/registry.gen.js";
import manifest from "../package.json" with { type: "json" };
import type { Config } from "./config/config.js";
import { createCounters } from "./core/counters.js";
import { MindosError } from "./core/errors.js";
import type { EventSink } from "./core/status.js";
import { findAssets } from "./hub/assets.js";
import { HubGate } from "./hub/gate.js";
import { HomeKeeper } from "./hub/home-keeper.js";
import { Hub } from "./hub/hub.js";
import { machineName } from "./hub/machine-name.js";
import { Closers, type HubOptions, type Opened, type RunningHub } from "./hub/parts.js";
import { ReplayCounters } from "./hub/replay-counters.js";
import { configuredSensors } from "./hub/sources.js";
import { decryptCcm } from "./io/aes-ccm.js";
import { startBroker } from "./io/broker/broker.js";
import { systemClock } from "./io/clock.js";
import { openDataDir } from "./io/files/data-dir.js";
import { loadIdentity } from "./io/home/identity.js";
import { openStore } from "./io/store/store.js";
import { keepYoungHeapSmall } from "./io/young-heap.js";

/** What sensors say is said again; written more often, it would be two thirds of all bytes that go to flash
 *  (`npm run bench -- store`). What a client publishes with QoS 1 or 2 is on disk before it is acknowledged. Unit: ms. */
const RETAINED_FLUSH_MS = 300_000;

/** Resolves when the hub listens; sources, links and models follow.
 *  @throws MindosError when it cannot run; what it had opened is closed again. */
export async function startHub(config: Config, options: HubOptions): Promise<RunningHub> {
  const startedMs = systemClock.nowMs();
  const closers = new Closers();
  try {
    const opened = await open(config, closers, options.emit);
    const hub = new Hub(config, options, opened, closers);
    await hub.listen(startedMs);
    keepYoungHeapSmall();
    return hub;
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

/** A file that was named and is not there is a mistake to tell of at once, not a source that fails later.
 *  @throws MindosError REPLAY_INVALID */
async function checkReplay(source: string): Promise<void> {
  if (source === "off" || source === "motes") return;
  const file = await stat(source).catch((cause: unknown) => {
    throw new MindosError("REPLAY_INVALID", `${source} cannot be read`, { cause });
  });
  if (!file.isFile()) throw new MindosError("REPLAY_INVALID", `${source} is not a file`);
}

/** @param emit told what was found damaged, and what was mended. */
async function open(config: Config, closers: Closers, emit: EventSink): Promise<Opened> {
  const onRepair = (note: string): void => emit({ event: "repaired", note });
  const counters = createCounters();
  await checkReplay(config.replay.source);
  const dataDir = await openDataDir(config.dataDir, { onRepair });
  closers.add(() => dataDir.close());
  const identity = await loadIdentity(dataDir.path, { onRepair });
  const hubName = config.name === "" ? machineName() : config.name;
  const keeper = await HomeKeeper.open({
    ...{ dir: dataDir.path, identity, hubName, clock: systemClock, onRepair },
    onProblem: ({ code, message, remedy }) => emit({ event: "problem", code, message, remedy }),
  });
  // The home knows it by the name in its certificate: `mindos join --name` may have said so before the first start.
  const name = config.name === "" ? keeper.membership?.own.name || hubName : config.name;
  const store = await openStore(dataDir.storePath, { onRepair });
  closers.add(() => store.close());
  const broker = await startBroker({
    host: config.host,
    port: config.mqttPort,
    store,
    counters,
    retainedFlushMs: RETAINED_FLUSH_MS,
  });
  closers.add(() => broker.stop());
  const sensors = await configuredSensors(config);
  const replayCounters = new ReplayCounters(store, counters, sensors);
  const bridge = createBridge({
    decoders,
    decryptCcm,
    counters,
    sensors,
    replayCounters: await replayCounters.load(),
  });
  return {
    name,
    version: manifest.version,
    assets: findAssets(),
    clock: systemClock,
    rng: (length) => randomBytes(length),
    counters,
    dataDir,
    identity,
    keeper,
    gate: await HubGate.open({ keeper, store, clock: systemClock, counters }),
    store,
    broker,
    bridge,
    replayCounters,
  };
}
