/**
 * From adverts to what follows: sources → bridge → readings → history, agents, models, MQTT and the other hubs.
 */

import type { Bridge, BridgeOutput, PersistCounter } from "../../firmware-bridge/bridge.js";
import type { Advert, AdvertSource } from "../core/advert.js";
import type { Agent, AgentContext, AgentInstance } from "../core/agent.js";
import { LruMap } from "../core/bounded.js";
import type { Detection } from "../core/detection.js";
import { MindosError, messageOf } from "../core/errors.js";
import type { HubId, SensorId } from "../core/ids.js";
import type { MessageOf } from "../core/messages.js";
import type { Prediction } from "../core/model.js";
import type { Reading, SensorInfo } from "../core/reading.js";
import type { EventSink, HubStatus } from "../core/status.js";
import type { Clock } from "../core/time.js";

/** As many as the bridge follows at most. */
const INTRODUCED_MAX = 2048;
/** Frames that a new neighbour is greeted with. */
const LAST_SAID_MAX = 256;

export interface HostedAgent {
  readonly agent: Agent;
  readonly instance: AgentInstance;
}

export interface SensesOptions {
  readonly self: HubId;
  readonly clock: Clock;
  readonly bridge: Bridge;
  readonly agents: readonly HostedAgent[];
  /** Where this hub stands, where that is set. */
  readonly room: () => string | undefined;
  readonly emit: EventSink;
  /** To the models' windows. */
  readonly infer: (reading: Reading) => void;
  readonly remember: (reading: Reading) => void;
  /** To the other hubs and to MQTT clients. */
  readonly publish: (body: MessageOf<"READING">) => void;
  readonly raise: (detection: Detection) => void;
  /** Stores it, then calls back. */
  readonly persist: (counter: PersistCounter, stored: () => void) => void;
}

type SourceState = HubStatus["sources"][number];

export class Senses {
  readonly #options: SensesOptions;
  readonly #sources = new Map<AdvertSource, SourceState>();
  /** Name and format do not change while a hub runs: taken when the sensor is first heard. */
  readonly #introduced = new LruMap<SensorId, SensorInfo>(INTRODUCED_MAX);
  /** For a hub that links later: a door may not speak again for days. */
  readonly #lastSaid = new LruMap<SensorId, MessageOf<"READING">>(LAST_SAID_MAX);
  #readings = 0;

  constructor(options: SensesOptions) {
    this.#options = options;
  }

  get readings(): number {
    return this.#readings;
  }

  sources(): readonly SourceState[] {
    return [...this.#sources.values()];
  }

  /** A source that cannot start is told of, and the hub runs on. */
  async listen(source: AdvertSource): Promise<void> {
    this.setSource(source, "running");
    try {
      await source.start((advert) => this.onAdvert(advert));
      // A source that looks on for its radio has told of itself already.
      if (this.#sources.get(source)?.note === undefined) this.#tell(source);
    } catch (error) {
      const remedy = error instanceof MindosError ? ` ${error.remedy}` : "";
      this.setSource(source, "unavailable", `${messageOf(error)}.${remedy}`);
      this.#tell(source);
    }
  }

  setSource(source: AdvertSource, state: SourceState["state"], note?: string): void {
    const { name, origin } = source;
    this.#sources.set(source, { name, origin, state, ...(note === undefined ? {} : { note }) });
  }

  /** A source that goes on by itself says that it listens, or why it does not. */
  changed(source: AdvertSource, listening: boolean, note: string): void {
    this.setSource(source, listening ? "running" : "unavailable", note);
    this.#tell(source);
  }

  ended(source: AdvertSource, note: string): void {
    this.setSource(source, "ended", note);
    this.#tell(source);
  }

  onAdvert(advert: Advert): void {
    const { bridge, clock } = this.#options;
    this.#follow(bridge.onAdvert(advert, clock.nowMs(), clock.wallMs()));
  }

  onPrediction(prediction: Prediction): void {
    const context = this.context();
    for (const { agent, instance } of this.#options.agents) {
      if (!agent.models.includes(prediction.model)) continue;
      for (const effect of instance.onPrediction?.(prediction, context) ?? []) this.#options.raise(effect.detection);
    }
  }

  /** The newest of each sensor, the one that spoke last at the end. */
  lastSaid(): readonly MessageOf<"READING">[] {
    return [...this.#lastSaid.values()];
  }

  tick(): void {
    const { bridge, clock } = this.#options;
    for (const counter of bridge.tick(clock.nowMs())) this.#persist(counter);
  }

  context(): AgentContext {
    const { clock, self } = this.#options;
    return { hub: self, nowMs: clock.nowMs(), wallMs: clock.wallMs() };
  }

  async stop(): Promise<void> {
    await Promise.allSettled([...this.#sources.keys()].map((source) => source.stop()));
    for (const counter of this.#options.bridge.stop(this.#options.clock.nowMs())) this.#persist(counter);
  }

  /** A sensor without a place of its own is where the hub is that hears it. */
  placed<T extends { readonly place?: string }>(sensed: T): T {
    const place = sensed.place ?? this.#options.room();
    return place === sensed.place ? sensed : { ...sensed, place };
  }

  #tell(source: AdvertSource): void {
    const state = this.#sources.get(source);
    if (state) this.#options.emit({ event: "source", ...state });
  }

  #follow(output: BridgeOutput): void {
    if (output.firstHeard) {
      const { self, emit } = this.#options;
      this.#introduced.set(output.firstHeard.sensor, output.firstHeard);
      emit({ event: "sensor-heard", sensor: this.placed({ ...output.firstHeard, hub: self }) });
    }
    if (output.persistCounter) this.#persist(output.persistCounter);
    if (output.readings.length > 0) this.#heard(output.readings);
  }

  #persist(counter: PersistCounter): void {
    const { bridge, clock, persist } = this.#options;
    persist(counter, () => this.#follow(bridge.counterPersisted(counter, clock.nowMs())));
  }

  #heard(heard: readonly Reading[]): void {
    const readings = heard.map((reading) => this.placed(reading));
    const { agents, infer, publish, raise, remember } = this.#options;
    const context = this.context();
    this.#readings += readings.length;
    for (const reading of readings) {
      remember(reading);
      for (const { instance } of agents) {
        for (const effect of instance.onReading(reading, context)) raise(effect.detection);
      }
      infer(reading);
    }
    const [first] = readings;
    if (first === undefined) return;
    const body = bodyOf(first, readings, this.#introduced.get(first.sensor));
    this.#lastSaid.set(first.sensor, body);
    publish(body);
  }
}

/** Readings of one advert as one message. */
function bodyOf(first: Reading, readings: readonly Reading[], sensor: SensorInfo | undefined): MessageOf<"READING"> {
  return {
    type: "READING",
    sensor: first.sensor,
    readings: readings.map(({ quantity, value, index, text }) => ({
      quantity,
      value,
      index,
      ...(text === undefined ? {} : { text }),
    })),
    wallMs: first.wallMs,
    rssiDbm: first.rssiDbm,
    origin: first.origin,
    ...(first.sequence === undefined ? {} : { sequence: first.sequence }),
    ...(first.place === undefined ? {} : { place: first.place }),
    ...(sensor === undefined ? {} : { name: sensor.name, format: sensor.format, encrypted: sensor.encrypted }),
  };
}
