/**
 * What this hub's sensors and agents say, told to its cell, and what others' say, shown here: to people, and to MQTT applications.
 */
import type { Detection } from "../core/detection.js";
import { asMindosError, type MindosError } from "../core/errors.js";
import type { HubId } from "../core/ids.js";
import type { MessageOf } from "../core/messages.js";
import type { Counters, Store } from "../core/ports.js";
import type { EventSink } from "../core/status.js";
import type { Clock } from "../core/time.js";
import { DetectionMemory } from "./detection-memory.js";
import { Detections, type KnownDetection } from "./detections.js";
import type { MeshDriver } from "./mesh-driver.js";
import type { HubOptions } from "./parts.js";
import type { Publisher } from "./publisher.js";
import { ReadingPace } from "./reading-pace.js";
import { RemoteSensors } from "./remote-sensors.js";

export interface NewsOptions extends Pick<HubOptions, "observe"> {
  readonly self: HubId;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly store: Store;
  readonly publisher: Publisher;
  readonly mesh: Pick<MeshDriver, "broadcast" | "send">;
  /** The newest of each sensor of this hub. */
  readonly lastSaid: () => readonly MessageOf<"READING">[];
  readonly emit: EventSink;
  readonly onProblem: (error: MindosError) => void;
}

export class News {
  /** What others' sensors have said. */
  readonly remote = new RemoteSensors();
  readonly detections: Pick<Detections, "raised" | "newestFirst">;
  readonly #options: NewsOptions;
  readonly #detections: Detections;
  readonly #memory: DetectionMemory;
  readonly #pace = new ReadingPace();

  constructor(options: NewsOptions) {
    this.#options = options;
    this.#detections = new Detections(options.self);
    this.detections = this.#detections;
    this.#memory = new DetectionMemory(options.store, options.counters);
  }

  /** Before any reading. @returns what was raised in an earlier run. */
  async load(): Promise<readonly Detection[]> {
    const earlier = await this.#memory.load();
    this.#detections.restore(earlier, this.#options.clock.nowMs());
    return earlier;
  }

  /** Once a second. */
  tick(): void {
    const { clock, mesh } = this.#options;
    const nowMs = clock.nowMs();
    for (const body of this.#pace.due(nowMs)) mesh.broadcast(body);
    for (const detection of this.#detections.toRepeat(nowMs)) mesh.broadcast({ type: "DETECTION", ...detection });
    for (const over of this.#detections.expire(nowMs)) this.#show(over);
  }

  /** Of a sensor of this hub. */
  say(body: MessageOf<"READING">): void {
    const { clock, mesh, observe, publisher, self } = this.#options;
    observe?.(self, body);
    publisher.reading(body);
    if (this.#pace.admit(body, clock.nowMs())) mesh.broadcast(body);
  }

  /** Of an agent of this hub. */
  raise(detection: Detection): void {
    const { mesh, onProblem, self } = this.#options;
    if (!this.#take(self, detection)) return;
    mesh.broadcast({ type: "DETECTION", ...detection });
    this.#memory.keep(detection).catch((error: unknown) => onProblem(asMindosError(error)));
  }

  /** @param proven `from` has said it: a hub on the way must not make up another's sensors. */
  onReading(from: HubId, body: MessageOf<"READING">, proven: boolean): void {
    const { clock, counters, emit, observe, publisher } = this.#options;
    observe?.(from, body);
    if (!proven) return counters.count("mesh.readingUnproven");
    publisher.reading(body, from);
    if (!this.remote.onReading(from, body, clock.nowMs())) return;
    const sensor = this.remote.view(body.sensor, clock.nowMs());
    if (sensor) emit({ event: "sensor-heard", sensor });
  }

  onDetection(from: HubId, detection: Detection): void {
    this.#take(from, detection);
  }

  /** A newcomer is told what it has missed. */
  onHubUp(hub: HubId): void {
    const { lastSaid, mesh } = this.#options;
    for (const body of lastSaid()) mesh.send(hub, body);
    for (const detection of this.#detections.ongoing()) mesh.send(hub, { type: "DETECTION", ...detection });
  }

  onHubDead(hub: HubId): void {
    for (const over of this.#detections.gone(hub)) this.#show(over);
  }

  /** @returns whether it is news. */
  #take(hub: HubId, detection: Detection): boolean {
    const { clock, counters } = this.#options;
    const taken = this.#detections.take(hub, detection, clock.nowMs());
    if (taken === "foreign") counters.count("mesh.detectionOfAnother");
    if (taken === "changed") this.#show({ hub, detection });
    return taken === "changed";
  }

  #show({ hub, detection }: KnownDetection): void {
    this.#options.publisher.detection(detection);
    this.#options.emit({ event: "detection", detection, hub });
  }
}
