/**
 * What this hub's sensors and agents say, told to its cell, and what others' say, shown here: to people, and to MQTT applications. Detections
 * are told to hubs that are away, too, once they are back.
 */
import { LruMap } from "../core/bounded.js";
import type { Detection } from "../core/detection.js";
import { asMindosError, type MindosError } from "../core/errors.js";
import type { HubId } from "../core/ids.js";
import type { MessageOf } from "../core/messages.js";
import type { Counters, Store } from "../core/ports.js";
import type { EventSink } from "../core/status.js";
import type { Clock, Rng } from "../core/time.js";
import { TokenBucket } from "../core/token-bucket.js";
import { DetectionMemory } from "./detection-memory.js";
import { Detections, type KnownDetection } from "./detections.js";
import { type Drive, drive } from "./drive.js";
import type { MeshDriver } from "./mesh-driver.js";
import { MissedDetections } from "./missed-detections.js";
import type { OutboxDisk } from "./outbox-disk.js";
import type { HubOptions } from "./parts.js";
import type { Publisher } from "./publisher.js";
import { ReadingDescriptions } from "./reading-descriptions.js";
import { inFrames, type ReadingBody, ReadingPace } from "./reading-pace.js";
import { RemoteSensors } from "./remote-sensors.js";

/** Measurements taken of one hub's sensors: sustained, and at once. Above what a hub tells at its fastest (`ReadingPace`: 500 readings of two or three), and
 *  below what would keep this one busy, since each is published under a topic. What is more is counted and left. Unit: per second; count. */
const MEASUREMENTS_PER_SECOND = 2000;
const MEASUREMENTS_BURST = 4000;
/** Changes of others' detections that are written, of those that nobody is told have arrived: sustained, and at once. Raise: a restart forgets less; lower:
 *  less wear of a flash card by a hub that speaks too much. Unit: per second; count. */
const KEPT_PER_SECOND = 0.2;
const KEPT_BURST = 60;
/** Hubs whose rate is watched; the one heard of longest ago goes first. */
const HUBS_MAX = 256;

export interface NewsOptions extends Pick<HubOptions, "observe"> {
  readonly self: HubId;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly counters: Counters;
  readonly store: Store;
  readonly disk: Pick<OutboxDisk, "withNext">;
  readonly publisher: Publisher;
  readonly mesh: Pick<MeshDriver, "broadcast" | "send">;
  /** Members of the home that nobody reaches. */
  readonly away: () => readonly HubId[];
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
  readonly #pace: ReadingPace;
  readonly #descriptions = new ReadingDescriptions();
  readonly #telling: Drive<{ readonly type: "say"; readonly body: ReadingBody }>;
  readonly #taken = new LruMap<HubId, TokenBucket>(HUBS_MAX);
  readonly #missed: MissedDetections;
  #cell: ReadonlySet<HubId> = new Set();
  readonly #kept = new TokenBucket(KEPT_PER_SECOND, KEPT_BURST);

  constructor(options: NewsOptions) {
    this.#options = options;
    this.#detections = new Detections(options.self);
    this.detections = this.#detections;
    this.#memory = new DetectionMemory(options.store, options.counters);
    const { away, clock, rng, counters, mesh } = options;
    this.#pace = new ReadingPace(() => counters.count("mesh.readingUntold"));
    this.#telling = drive(this.#pace, { clock, rng, carryOut: (news) => mesh.broadcast(news) });
    this.#missed = new MissedDetections({ away, send: (to, message, how) => mesh.send(to, message, how) });
  }

  /** Before any reading, and before any link opens. @returns what this hub raised in an earlier run. */
  async load(): Promise<readonly Detection[]> {
    const { clock, self } = this.#options;
    const earlier = await this.#memory.load();
    const others = await this.#memory.loadOthers();
    const own = earlier.map((detection) => ({ hub: self, detection }));
    this.#detections.restore([...own, ...others], clock.nowMs());
    return earlier;
  }

  /** Once a second. */
  tick(): void {
    const { clock, mesh } = this.#options;
    const nowMs = clock.nowMs();
    for (const detection of this.#detections.toRepeat(nowMs)) mesh.broadcast({ type: "DETECTION", ...detection });
    for (const over of this.#detections.expire(nowMs)) this.#show(over);
  }

  /** Of a sensor of this hub. */
  say(body: MessageOf<"READING">): void {
    const { clock, observe, publisher, self } = this.#options;
    observe?.(self, body);
    publisher.reading(body);
    this.#telling.input({ type: "say", body: this.#descriptions.brief(body, clock.nowMs()) });
  }

  /** Before the mesh: what waits is told. */
  stop(): void {
    this.#telling.stop();
    for (const news of this.#pace.rest()) this.#options.mesh.broadcast(news);
  }

  /** Of an agent of this hub. */
  raise(detection: Detection): void {
    const { clock, mesh, onProblem, self } = this.#options;
    if (!this.#take(self, detection)) return;
    mesh.broadcast({ type: "DETECTION", ...detection });
    this.#missed.raised(detection, clock.nowMs());
    this.#memory.keep(detection).catch((error: unknown) => onProblem(asMindosError(error)));
  }

  /** @param proven `from` has said it: a hub on the way must not make up another's sensors. */
  onReading(from: HubId, told: MessageOf<"READING">, proven: boolean): void {
    const { clock, counters, emit, observe, publisher } = this.#options;
    const body = proven ? this.#descriptions.whole(from, told) : told;
    observe?.(from, body);
    if (!proven) return counters.count("mesh.readingUnproven");
    if (!this.#rateOf(from).take(clock.nowMs(), body.readings.length)) return counters.count("mesh.readingsTooMany");
    publisher.reading(body, from);
    if (!this.remote.onReading(from, body, clock.nowMs())) return;
    const sensor = this.remote.view(body.sensor, clock.nowMs());
    if (sensor) emit({ event: "sensor-heard", sensor });
  }

  /** @param isAcknowledged its sender is told that it has arrived, by the next write of the outbox: it is kept with that. */
  onDetection(from: HubId, detection: Detection, isAcknowledged: boolean): void {
    const { clock, counters, disk, store } = this.#options;
    const isNews = this.#take(from, detection);
    const known = this.#detections.known(detection.id);
    if (known?.hub !== from) return;
    if (isAcknowledged) void disk.withNext(this.#memory.operationsOf(known));
    else if (isNews && !this.#kept.take(clock.nowMs(), 1)) counters.count("mesh.detectionUnkept");
    else if (isNews)
      store
        .write(this.#memory.operationsOf(known), { durable: false })
        .catch(() => counters.count("mesh.detectionUnkept"));
  }

  /** A newcomer is told what it has missed. */
  onHubUp(hub: HubId): void {
    const { lastSaid, mesh } = this.#options;
    for (const news of inFrames(lastSaid())) mesh.send(hub, news);
    for (const detection of this.#detections.ongoing()) mesh.send(hub, { type: "DETECTION", ...detection });
  }

  /** Whoever has come by way of others has not been told what this hub's sensors are called. */
  onCell(hubs: readonly HubId[]): void {
    const before = this.#cell;
    this.#cell = new Set(hubs);
    if (hubs.some((hub) => !before.has(hub))) this.#descriptions.newcomer(this.#options.clock.nowMs());
  }

  onHubDead(hub: HubId): void {
    this.#missed.hubDead(hub, this.#options.clock.nowMs());
    for (const over of this.#detections.gone(hub)) this.#show(over);
  }

  #rateOf(hub: HubId): TokenBucket {
    const known = this.#taken.get(hub);
    if (known !== undefined) return known;
    const fresh = new TokenBucket(MEASUREMENTS_PER_SECOND, MEASUREMENTS_BURST);
    this.#taken.set(hub, fresh);
    return fresh;
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
