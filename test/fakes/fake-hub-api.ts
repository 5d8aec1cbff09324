/**
 * A hub's local API without a hub: three hubs, seven sensors and moving values, for tests and for working on the page.
 * Values are functions of time alone, so nothing is stored and two runs of one time agree. Replayed sensors carry 2010.
 */
import type { AdmissionApi } from "../../runtime/core/admission.js";
import type { Detection } from "../../runtime/core/detection.js";
import { MindosError } from "../../runtime/core/errors.js";
import type { HubId, IntentId, SensorId } from "../../runtime/core/ids.js";
import type { Answer } from "../../runtime/core/intent.js";
import type { MeshStatus } from "../../runtime/core/mesh-status.js";
import type { Quantity } from "../../runtime/core/quantity.js";
import type {
  EventSink,
  HistoryPoint,
  HubState,
  HubStatus,
  HubView,
  LocalApi,
  MindosEvent,
  SensorView,
} from "../../runtime/core/status.js";
import { FakeAdmissionApi } from "./fake-admission.js";
import { FakeMeshApi, meshOf } from "./fake-mesh.js";

export const HUB_IDS = ["11", "77", "ee"].map((byte) => byte.repeat(16)) as unknown as readonly [HubId, HubId, HubId];
const HUB_NAMES = ["cellar", "kitchen", "attic"];
const REPLAY_START_WALL_MS = Date.UTC(2010, 4, 9, 12, 20, 0);
const STEP_MS = 5_000;

interface FakeSensor {
  readonly id: SensorId;
  readonly name: string;
  readonly place?: string;
  readonly hub: number;
  readonly origin: "live" | "replay";
  readonly format: string;
  readonly rssiDbm: number;
  readonly quantities: readonly (readonly [Quantity, (atMs: number) => number])[];
}

/** A slow swing, a faster one and a wobble: looks like weather, costs nothing. */
function wave(middle: number, swing: number, periodMs: number, phase: number) {
  return (atMs: number) => {
    const turn = (atMs / periodMs) * 2 * Math.PI + phase;
    const wobble = Math.sin(atMs * 0.00131 + phase * 7) * Math.sin(atMs * 0.00037 + phase);
    return middle + swing * Math.sin(turn) + swing * 0.24 * Math.sin(turn * 3.7) + swing * 0.025 * wobble;
  };
}

const sensorId = (last: number) => `ble:a4c1380b5e${last.toString(16).padStart(2, "0")}` as SensorId;
const MINUTES = 60_000;

const SENSORS: readonly FakeSensor[] = [
  mote(1, "indoor", 0, [27.9, 0.5], [45.9, 1.6]),
  mote(2, "indoor", 1, [27.4, 0.4], [47.2, 1.9]),
  mote(3, "outdoor", 2, [30.8, 1.4], [38.4, 4.2]),
  mote(4, "outdoor", 2, [31.6, 1.2], [36.9, 3.8]),
  {
    id: sensorId(0x21),
    name: "Greenhouse Ruuvi",
    place: "greenhouse",
    hub: 1,
    origin: "live",
    format: "ruuvi-rawv2",
    rssiDbm: -71,
    quantities: [
      ["temperature", wave(18.2, 3.1, 50 * MINUTES, 1)],
      ["humidity", wave(71, 8, 44 * MINUTES, 2)],
      ["pressure", wave(101_320, 180, 90 * MINUTES, 0.4)],
      ["battery", () => 87],
    ],
  },
  {
    id: sensorId(0x31),
    name: "Air monitor",
    place: "bedroom",
    hub: 0,
    origin: "live",
    format: "bthome-v2",
    rssiDbm: -58,
    quantities: [
      ["co2", wave(780, 260, 35 * MINUTES, 2.2)],
      ["temperature", wave(20.6, 0.7, 60 * MINUTES, 3)],
    ],
  },
  {
    id: sensorId(0x41),
    name: "Back door",
    place: "hall",
    hub: 0,
    origin: "live",
    format: "bthome-v2",
    rssiDbm: -86,
    quantities: [
      ["door_open", (atMs) => (Math.sin(atMs / 140_000) > 0.82 ? 1 : 0)],
      ["battery", () => 64],
    ],
  },
];

function mote(
  number: number,
  place: string,
  hub: number,
  [temperature, warmth]: readonly [number, number],
  [humidity, damp]: readonly [number, number],
): FakeSensor {
  return {
    id: sensorId(number),
    name: `Mote ${number}`,
    place,
    hub,
    origin: "replay",
    format: "bthome-v2",
    rssiDbm: -48 - 9 * number,
    quantities: [
      ["temperature", wave(temperature, warmth, 38 * MINUTES, number)],
      ["humidity", wave(humidity, damp, 31 * MINUTES, number + 2)],
    ],
  };
}

export interface FakeHubOptions {
  /** Monotonic time of the fake; moves the values. */
  readonly nowMs?: () => number;
  readonly wallMs?: () => number;
  /** A hub that hears nothing, has no Bluetooth, and is alone. */
  readonly empty?: boolean;
  /** In place of the three: what is shown of the mesh. */
  readonly mesh?: { readonly hubs: readonly HubView[]; readonly mesh: MeshStatus };
  readonly admission?: AdmissionApi;
  /** As the status has it. */
  readonly unread?: number;
}

export class FakeHubApi implements LocalApi {
  readonly #sinks = new Set<EventSink>();
  readonly #hubStates: HubState[] = ["self", "alive", "alive"];
  readonly #startedMs: number;
  readonly #options: Required<Omit<FakeHubOptions, "mesh" | "admission" | "unread">> & FakeHubOptions;
  readonly meshApi = new FakeMeshApi(() => this.#options.mesh?.mesh ?? meshOf(this.#hubs()));
  readonly admission?: AdmissionApi;
  #detections: readonly Detection[] = [];
  #stale = new Set<SensorId>();
  /** Replace it to answer otherwise, late, or not at all. */
  onAsk: (question: string, timeoutMs: number) => Promise<Answer> = async (question) => this.answerTo(question);
  /** Replace it so that a sensor's name is what a test needs. */
  nameOf: (name: string) => string = (name) => name;

  constructor(options: FakeHubOptions = {}) {
    this.#options = {
      nowMs: options.nowMs ?? (() => performance.now()),
      wallMs: options.wallMs ?? (() => Date.now()),
      empty: options.empty ?? false,
      ...(options.mesh && { mesh: options.mesh }),
      ...(options.unread && { unread: options.unread }),
    };
    this.admission = options.admission ?? new FakeAdmissionApi({});
    this.#startedMs = this.#options.nowMs();
  }

  get subscribers(): number {
    return this.#sinks.size;
  }

  status(): HubStatus {
    const upMs = this.#options.nowMs() - this.#startedMs + 3_725_000;
    const { empty } = this.#options;
    const running = { state: "running" } as const;
    return {
      hub: HUB_IDS[0],
      name: HUB_NAMES[0] ?? "",
      version: "0.1.0",
      upMs,
      wallMs: this.#options.wallMs(),
      mqtt: { host: "127.0.0.1", port: 1883 },
      url: "http://127.0.0.1:7070/",
      ...(this.#options.unread && { unread: this.#options.unread }),
      sources: empty
        ? [{ name: "bluetooth", origin: "live", state: "unavailable", note: "there is no D-Bus" }]
        : [
            { name: "bluetooth", origin: "live", ...running, note: "hci0" },
            { name: "motes", origin: "replay", ...running, note: "single-hop sensor network, 2010" },
          ],
      replay: !empty,
      hubs: this.#hubs(),
      inference: {
        state: empty ? "off" : "ready",
        backend: empty ? undefined : "onnxruntime-node 1.30.0",
        models: empty ? [] : ["climate-anomaly"],
        restarts: 0,
        predictions: empty ? 0 : Math.floor(upMs / 310),
        queueLength: 0,
        rssMiB: empty ? undefined : 96.4,
        problem: empty ? "No model is installed. Run `npm run train -- climate-anomaly`." : undefined,
      },
      sensors: this.sensors().length,
      readings: empty ? 0 : Math.floor(upMs / 270),
      detections: this.#detections.length,
      rssMiB: 71.2,
      counters: { "advert.duplicate": 412, "decode.TRUNCATED": 3, "http.refused": 0 },
    };
  }

  #hubs(): readonly HubView[] {
    if (this.#options.mesh) return this.#options.mesh.hubs;
    const count = this.#options.empty ? 1 : HUB_IDS.length;
    return HUB_IDS.slice(0, count).map((hub, index) => ({
      hub,
      name: HUB_NAMES[index] ?? "",
      state: this.#hubStates[index] ?? "alive",
      rttMs: index === 0 ? undefined : 0.6 + index * 1.7 + 0.2 * Math.sin(this.#options.nowMs() / 3000),
      neighbours: HUB_IDS.slice(0, count).filter((other, at) => other !== hub && this.#hubStates[at] !== "dead"),
      sensorCount: SENSORS.filter((sensor) => !this.#options.empty && sensor.hub === index).length,
      topics: ["climate.value", "climate.extreme", "anomaly.recent"],
      cpuLoad: 0.08 + 0.05 * index,
      freeMemoryMiB: 212 + 60 * index,
    }));
  }

  sensors(): readonly SensorView[] {
    if (this.#options.empty) return [];
    return SENSORS.map((sensor, index) => {
      const stale = this.#stale.has(sensor.id) || this.#hubStates[sensor.hub] === "dead";
      return {
        sensor: sensor.id,
        name: this.nameOf(sensor.name),
        place: sensor.place,
        format: sensor.format,
        origin: sensor.origin,
        rssiDbm: sensor.rssiDbm + Math.round(2 * Math.sin(this.#options.nowMs() / 4000 + index)),
        encrypted: sensor.format === "ruuvi-rawv2",
        silentMs: stale ? 260_000 : (this.#options.nowMs() + index * 900) % STEP_MS,
        stale,
        latest: sensor.quantities.map(([quantity, at]) => ({ quantity, value: at(this.#stepMs()), index: 0 })),
        hub: HUB_IDS[sensor.hub] ?? HUB_IDS[0],
      };
    });
  }

  #stepMs(): number {
    return Math.floor(this.#options.nowMs() / STEP_MS) * STEP_MS;
  }

  /** A replayed sensor's clock runs in 2010, from the fake's start. */
  takenWallMs(sensor: SensorId, atMs = this.#stepMs()): number {
    const replayed = SENSORS.find(({ id }) => id === sensor)?.origin === "replay";
    return Math.round(
      replayed ? REPLAY_START_WALL_MS + atMs - this.#startedMs : this.#options.wallMs() + atMs - this.#options.nowMs(),
    );
  }

  detections(): readonly Detection[] {
    return this.#detections;
  }

  async history(sensor: SensorId, quantity: Quantity, limit: number): Promise<readonly HistoryPoint[]> {
    const at = SENSORS.find(({ id }) => id === sensor)?.quantities.find(([name]) => name === quantity)?.[1];
    if (!at) return [];
    const newestMs = this.#stepMs();
    return Array.from({ length: Math.min(limit, 1500) }, (_, index) => {
      const atMs = newestMs - (Math.min(limit, 1500) - 1 - index) * STEP_MS;
      return [this.takenWallMs(sensor, atMs), at(atMs)] as const;
    });
  }

  async ask(question: string, timeoutMs: number): Promise<Answer> {
    return this.onAsk(question, timeoutMs);
  }

  /** @throws MindosError QUESTION_UNCLEAR when none of the words is known. */
  answerTo(question: string): Answer {
    if (!/warm|temperature|humid|unusual/i.test(question)) {
      throw new MindosError("QUESTION_UNCLEAR", `nothing known fits "${question}"`);
    }
    const evidence = this.sensors()
      .filter(({ latest }) => latest.some(({ quantity }) => quantity === "temperature"))
      .slice(0, 5)
      .map(({ sensor, hub, place, latest }) => ({
        hub,
        sensor,
        place,
        quantity: "temperature",
        value: latest.find(({ quantity }) => quantity === "temperature")?.value,
        wallMs: this.takenWallMs(sensor),
      }));
    const alive = HUB_IDS.filter((_, index) => this.#hubStates[index] !== "dead");
    return {
      intent: "00112233aabbccdd" as IntentId,
      text: /unusual/i.test(question)
        ? "Nothing is unusual: four sensors are as they always are."
        : "The outdoor place is the warmest, at 31.6 °C.",
      coverage: alive.length / HUB_IDS.length,
      hubsAnswered: alive,
      hubsSilent: HUB_IDS.filter((hub) => !alive.includes(hub)),
      evidence,
      tookMs: 41.7,
      replay: true,
    };
  }

  subscribe(sink: EventSink): () => void {
    this.#sinks.add(sink);
    return () => void this.#sinks.delete(sink);
  }

  emit(event: MindosEvent): void {
    for (const sink of this.#sinks) sink(event);
  }

  emitStats(): void {
    this.emit({ event: "stats", status: this.status() });
  }

  setHubState(index: 1 | 2, state: HubState): void {
    this.#hubStates[index] = state;
    const peer = HUB_IDS[index];
    if (state === "dead") this.emit({ event: "link-down", peer, reason: "no answer for 4 s" });
    if (state === "alive") this.emit({ event: "link-up", peer, name: HUB_NAMES[index] ?? "" });
    this.emitStats();
  }

  setStale(index: number): void {
    const sensor = SENSORS[index];
    if (sensor) this.#stale.add(sensor.id);
  }

  /** Begins, or with `lastedMs` tells as over, something unusual at a sensor. */
  detect(index: number, id: string, options: { agoMs?: number; lastedMs?: number } = {}): Detection {
    const sensor = SENSORS[index];
    if (!sensor) throw new RangeError(`there is no sensor ${index}`);
    const startedWallMs = this.takenWallMs(sensor.id) - (options.agoMs ?? 60_000);
    const detection: Detection = {
      id,
      kind: "anomaly",
      sensor: sensor.id,
      place: sensor.place,
      score: 0.93,
      threshold: 0.62,
      model: "climate-anomaly",
      startedWallMs,
      endedWallMs: options.lastedMs === undefined ? undefined : startedWallMs + options.lastedMs,
      origin: sensor.origin,
      summary: `${sensor.name}: humidity climbed faster than this place ever does`,
      evidence: [
        {
          hub: HUB_IDS[sensor.hub] ?? HUB_IDS[0],
          sensor: sensor.id,
          place: sensor.place,
          quantity: "humidity",
          value: 58.4,
          wallMs: startedWallMs,
        },
      ],
    };
    this.#detections = [detection, ...this.#detections.filter((other) => other.id !== id)];
    this.emit({ event: "detection", detection, hub: HUB_IDS[sensor.hub] ?? HUB_IDS[0] });
    return detection;
  }
}
