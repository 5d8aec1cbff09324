/** A swarm's state for tests: hubs with ids, statuses that link them all, sensors and a detection. */
import { type Action, initialState, reduce, type SwarmState } from "../../../runtime/cli/swarm/state.js";
import type { Detection } from "../../../runtime/core/detection.js";
import type { HubId, SensorId } from "../../../runtime/core/ids.js";
import type { HubStatus, SensorView } from "../../../runtime/core/status.js";

export const hubId = (at: number): HubId => String(at).padStart(32, "a") as HubId;
export const sensorId = (at: number): SensorId => `ble:${String(at).padStart(12, "0")}` as SensorId;

export function statusOf(at: number, peers: readonly number[], change: Partial<HubStatus> = {}): HubStatus {
  const self = {
    hub: hubId(at),
    name: `hub-${at + 1}`,
    state: "self",
    neighbours: peers.map(hubId),
    sensorCount: 1,
    topics: [],
  } as const;
  const others = peers.map(
    (peer) =>
      ({
        hub: hubId(peer),
        name: `hub-${peer + 1}`,
        state: "alive",
        rttMs: 1.25,
        neighbours: [],
        sensorCount: 1,
        topics: [],
      }) as const,
  );
  return {
    ...{
      hub: hubId(at),
      name: self.name,
      version: "0",
      upMs: 1,
      wallMs: 1,
      mqtt: { host: "127.0.0.1", port: 1 },
      url: "",
    },
    ...{
      sources: [],
      replay: true,
      hubs: [self, ...others],
      sensors: 1,
      readings: 100,
      detections: 0,
      rssMiB: 60,
      counters: { "mesh.late": 2 },
    },
    inference: {
      state: "ready",
      backend: "onnxruntime-node 1.30.0",
      models: [],
      restarts: 0,
      predictions: 90,
      queueLength: 0,
      rssMiB: 70,
    },
    ...change,
  };
}

export function sensorOf(at: number, change: Partial<SensorView> = {}): SensorView {
  return {
    ...{
      sensor: sensorId(at),
      hub: hubId(0),
      name: `mote ${at}`,
      place: "lab",
      format: "bthome-v2",
      origin: "replay",
      rssiDbm: -60,
    },
    ...{ encrypted: false, silentMs: 40, stale: false, latest: [{ quantity: "temperature", value: 27.5, index: 0 }] },
    ...change,
  };
}

export function detectionOf(id: string, change: Partial<Detection> = {}): Detection {
  return {
    ...{
      id,
      kind: "anomaly",
      sensor: sensorId(1),
      place: "lab",
      score: 0.93,
      threshold: 0.5,
      model: "m",
      startedWallMs: 1_000_000,
    },
    ...{ origin: "replay", summary: "humidity jumps", evidence: [] },
    ...change,
  };
}

export function run(state: SwarmState, ...actions: readonly Action[]): SwarmState {
  return actions.reduce((next, action) => reduce(next, action, 1_000), state);
}

export function emptySwarm(hubs: number): SwarmState {
  const names = Array.from({ length: hubs }, (_, at) => `hub-${at + 1}`);
  const labels = [{ sensor: sensorId(1), startedWallMs: 900_000, endedWallMs: 1_100_000 }];
  return initialState({ names, labels, meeting: "multicast", replay: "replay ×100", from: "from reading 2200" }, 0);
}

/** All run, all linked. */
export function runningSwarm(hubs: number): SwarmState {
  const all = Array.from({ length: hubs }, (_, at) => at);
  return run(
    emptySwarm(hubs),
    ...all.flatMap((at): Action[] => [
      { type: "spawned", at, pid: 100 + at },
      {
        type: "event",
        at,
        event: {
          event: "stats",
          status: statusOf(
            at,
            all.filter((other) => other !== at),
          ),
        },
      },
      { type: "page", at, page: `http://127.0.0.1:400${at}/?token=${"t".repeat(32)}` },
      { type: "sensors", at, sensors: [sensorOf(at + 1, { hub: hubId(at) })] },
    ]),
  );
}
