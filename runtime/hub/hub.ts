/** A running hub: its rooms wired together, and what it shows of itself. Built by the composition root, `runtime/hub.ts`. */
import { agents } from "../agents/registry.gen.js";
import type { Config } from "../config/config.js";
import type { Detection } from "../core/detection.js";
import { asMindosError, type MindosError } from "../core/errors.js";
import type { HubId, SensorId } from "../core/ids.js";
import type { Answer, PartialAnswer } from "../core/intent.js";
import type { Message } from "../core/messages.js";
import type { Quantity } from "../core/quantity.js";
import type { EventSink, HistoryPoint, HubStatus, LocalApi, SensorView } from "../core/status.js";
import { gateways } from "../gateways/registry.gen.js";
import { type HttpHandle, startHttp } from "../io/http/http.js";
import { openReadingsLog, type ReadingsLog } from "../io/store/readings-log.js";
import { advertsOf, hubViews } from "../mesh/node/views.js";
import { Announcer } from "./announcer.js";
import { EventBus } from "./event-bus.js";
import { HubMesh } from "./hub-mesh.js";
import { Inference } from "./inference.js";
import type { MeshDriver } from "./mesh-driver.js";
import { News } from "./news.js";
import { Notes } from "./notes.js";
import { readOwnLoad } from "./own-load.js";
import type { Closers, HubOptions, Opened, RunningHub } from "./parts.js";
import { Publisher } from "./publisher.js";
import { viewsWithPutOut } from "./put-out.js";
import { Questions } from "./questions.js";
import { type HostedAgent, Senses } from "./senses.js";
import { createSources } from "./sources.js";

const TICK_MS = 1000;

export class Hub implements RunningHub {
  readonly #config: Config;
  readonly #options: HubOptions;
  readonly #opened: Opened;
  readonly #closers: Closers;
  readonly #bus = new EventBus();
  readonly #agents: readonly HostedAgent[] = agents.map((agent) => ({ agent, instance: agent.create() }));
  readonly #log: ReadingsLog;
  readonly #news: News;
  readonly #notes: Notes;
  readonly #inference: Inference;
  readonly #hubMesh: HubMesh;
  readonly #questions: Questions;
  readonly #senses: Senses;
  readonly #announcer: Announcer;
  #http: HttpHandle | undefined;
  #startedMs = 0;
  #rest: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(config: Config, options: HubOptions, opened: Opened, closers: Closers) {
    this.#config = config;
    this.#options = options;
    this.#opened = opened;
    this.#closers = closers;
    this.#bus.subscribe(options.emit);
    const { clock, counters, store } = opened;
    this.#log = openReadingsLog(store, {
      ...{ clock, counters },
      readingsMax: config.store.readingsMax,
      flushIntervalMs: config.store.flushIntervalMs,
    });
    this.#hubMesh = new HubMesh({
      ...{ config, opened, emit: this.#emit, ask: (text, timeoutMs) => this.#questions.ask(text, timeoutMs) },
      onMessage: (...heard) => this.#onMessage(...heard),
      onSettled: (to, content, outcome) => this.#notes.onSettled(to, content, outcome),
      onHubUp: (hub) => this.#news.onHubUp(hub),
      onHubDead: (hub) => this.#onHubDead(hub),
      onCell: (hubs) => this.#news.onCell(hubs),
      onProblem: (problem) => this.#problem(problem),
    });
    this.#notes = new Notes({
      ...{ self: this.#self, clock, rng: opened.rng, store, emit: this.#emit },
      ...{ mesh: () => this.mesh, disk: this.#hubMesh.disk, members: () => this.#hubMesh.registry.members() },
    });
    this.#news = this.#createNews();
    this.#inference = this.#createInference();
    this.#senses = this.#createSenses();
    this.#questions = this.#createQuestions();
    this.#announcer = this.#createAnnouncer();
  }

  get #self(): HubId {
    return this.#opened.identity.hub;
  }

  get mesh(): MeshDriver {
    return this.#hubMesh.driver;
  }

  get meshApi(): LocalApi["meshApi"] {
    return this.#hubMesh.api;
  }

  get notes(): LocalApi["notes"] {
    return this.#notes.api;
  }

  get admission(): LocalApi["admission"] {
    return this.#hubMesh.admission;
  }

  get registry(): LocalApi["registry"] {
    return this.#hubMesh.registry;
  }

  get backbone(): LocalApi["backbone"] {
    return this.#hubMesh.backbone;
  }

  get #emit(): EventSink {
    return this.#bus.emit;
  }

  /** @param startedMs when the start began, for `hub-started`. */
  async listen(startedMs: number): Promise<void> {
    const { assets, broker, clock, counters, dataDir, identity, name } = this.#opened;
    this.#startedMs = startedMs;
    const token = await dataDir.token();
    this.#http = await startHttp({
      host: this.#config.host,
      port: this.#config.httpPort,
      token,
      pageDir: assets.pageDir,
      api: this,
      gateways,
      counters,
      onUpgrade: (request, socket, head) => broker.handleUpgrade(request, socket, head),
    });
    const { url } = this.#http;
    this.#closers.add(() => this.#http?.stop());
    const handle = { pid: process.pid, hub: this.#self, name, url, token, mqttPort: broker.port };
    await dataDir.writeHandle(handle);
    const startMs = Math.round(clock.nowMs() - startedMs);
    this.#emit({
      event: "hub-started",
      hub: identity.hub,
      name,
      mqttPort: broker.port,
      url: `${url}?token=${token}`,
      startMs,
    });
    this.#tickEvery();
    // Not waited for: the hub answers already, and each of these says for itself how it fares.
    this.#rest = this.#startRest().catch((error: unknown) => this.#problem(asMindosError(error)));
  }

  status(): HubStatus {
    const { broker, clock, counters, identity, version } = this.#opened;
    const { name } = this.#hubMesh;
    const sources = this.#senses.sources();
    const self = {
      hub: identity.hub,
      name,
      state: "self" as const,
      neighbours: this.mesh.node.links.neighbours().map(({ hub }) => hub),
      sensorCount: this.#ownSensors().length,
      topics: this.#topics(),
    };
    return {
      hub: identity.hub,
      name,
      version,
      upMs: Math.round(clock.nowMs() - this.#startedMs),
      wallMs: clock.wallMs(),
      mqtt: { host: broker.host, port: broker.port },
      ...this.#hubMesh.status(),
      url: this.#http?.url ?? "",
      sources,
      replay: sources.some((source) => source.origin === "replay"),
      hubs: [self, ...viewsWithPutOut(hubViews(this.mesh.node), this.#opened.gate)],
      inference: this.#inference.status(),
      sensors: self.sensorCount,
      readings: this.#senses.readings,
      detections: this.#news.detections.raised,
      rssMiB: Math.round(process.memoryUsage.rss() / 104_857.6) / 10,
      counters: counters.snapshot(),
    };
  }

  /** This hub's sensors, then those that only others hear. */
  sensors(): readonly SensorView[] {
    const own = this.#ownSensors();
    const heard = new Set(own.map(({ sensor }) => sensor));
    const others = this.#news.remote.views(this.#opened.clock.nowMs()).filter(({ sensor }) => !heard.has(sensor));
    return [...own, ...others];
  }

  detections(): readonly Detection[] {
    return this.#news.detections.newestFirst();
  }

  async history(sensor: SensorId, quantity: Quantity, limit: number): Promise<readonly HistoryPoint[]> {
    const own = await this.#log.history(sensor, quantity, limit);
    return own.length > 0 ? own : (this.#news.remote.history(sensor, quantity, limit) ?? []);
  }

  ask(question: string, timeoutMs = this.#config.askTimeoutMs): Promise<Answer> {
    return this.#questions.ask(question, timeoutMs);
  }

  subscribe(sink: EventSink): () => void {
    return this.#bus.subscribe(sink);
  }

  /** Idempotent. What was heard is on disk when it resolves. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#questions.stop();
    await this.#rest;
    await this.#closers.closeAll();
    this.#emit({ event: "hub-stopped", hub: this.#self });
  }

  #createInference(): Inference {
    const { assets, clock, counters } = this.#opened;
    return new Inference({
      config: this.#config,
      assets,
      clock,
      counters,
      onPrediction: (prediction) => this.#senses.onPrediction(prediction),
      onState: (state, note) => this.#emit({ event: "inference", state, ...(note === undefined ? {} : { note }) }),
      onProblem: (problem) => this.#problem(problem),
    });
  }

  #createNews(): News {
    const { broker, clock, counters, rng, store } = this.#opened;
    const { observe } = this.#options;
    return new News({
      ...{ self: this.#self, clock, rng, counters, store, emit: this.#emit, mesh: this.mesh },
      disk: this.#hubMesh.disk,
      ...(observe === undefined ? {} : { observe }),
      publisher: new Publisher({ broker, counters, clock }),
      away: () => this.#hubMesh.registry.members().flatMap(({ hub, presence }) => (presence === "away" ? [hub] : [])),
      lastSaid: () => this.#senses.lastSaid(),
      onProblem: (problem) => this.#problem(problem),
    });
  }

  #createSenses(): Senses {
    const { bridge, clock, replayCounters } = this.#opened;
    return new Senses({
      ...{ self: this.#self, clock, bridge, agents: this.#agents },
      room: () => this.#hubMesh.room,
      emit: this.#emit,
      infer: (reading) => this.#inference.push(reading),
      remember: (reading) => this.#log.append(reading),
      publish: (body) => this.#news.say(body),
      raise: (detection) => this.#news.raise(detection),
      persist: (counter, stored) =>
        replayCounters.persist(counter, stored, (error) => this.#problem(asMindosError(error))),
    });
  }

  #createQuestions(): Questions {
    const { clock, counters, rng } = this.#opened;
    return new Questions({
      self: this.#self,
      agents: this.#agents,
      mesh: this.mesh,
      isOut: (hub) => this.#opened.gate.isRevoked(hub),
      clock,
      rng,
      counters,
      emit: this.#emit,
      topics: () => this.#topics(),
      places: () => [...this.#ownPlaces(), ...advertsOf(this.mesh.node).flatMap((advert) => advert.places)],
      context: () => this.#senses.context(),
      isReplayed: (partials) => this.#isReplayed(partials),
    });
  }

  #createAnnouncer(): Announcer {
    return new Announcer({
      ...{ self: this.#self, name: () => this.#hubMesh.name, mesh: this.mesh },
      offer: (advert) => this.#hubMesh.offer(advert),
      clock: this.#opened.clock,
      ...{ topics: () => this.#topics(), places: () => this.#ownPlaces() },
      sensorCount: () => this.#ownSensors().length,
      load: () => readOwnLoad(this.#inference),
    });
  }

  /** A stop lets the step that runs come to its end, and none begins after it. */
  async #startRest(): Promise<void> {
    const steps = [this.#recall, this.#startMesh, this.#startSenses];
    for (const step of steps) if (this.#stopping === undefined) await step.call(this);
  }

  /** Before any reading: what was raised in an earlier run. */
  async #recall(): Promise<void> {
    await this.#notes.load();
    const earlier = await this.#news.load();
    for (const { instance } of this.#agents) instance.restore?.(earlier);
  }

  async #startMesh(): Promise<void> {
    await this.#hubMesh.start().catch((error: unknown) => this.#problem(asMindosError(error, "links: ")));
    this.#announcer.offer();
    this.#closers.add(() => this.#hubMesh.stop());
    this.#closers.add(() => this.#news.stop());
    this.#closers.add(() => this.#log.close());
  }

  async #startSenses(): Promise<void> {
    const { clock, counters } = this.#opened;
    await this.#inference.start();
    this.#closers.add(() => this.#inference.stop());
    this.#closers.add(() => this.#senses.stop());
    const sources = await createSources({
      ...{ config: this.#config, clock, counters },
      onEnd: (source, note) => this.#senses.ended(source, note),
      onState: (source, listening, note) => this.#senses.changed(source, listening, note),
    });
    // Not waited for: a radio that hangs must not hold up a stop, which ends it.
    for (const source of [...sources, ...(this.#options.sources ?? [])]) void this.#senses.listen(source);
  }

  #tickEvery(): void {
    const tick = setInterval(() => this.#tick(), TICK_MS);
    const { statsIntervalMs } = this.#config.log;
    const stats = setInterval(() => this.#emit({ event: "stats", status: this.status() }), statsIntervalMs);
    this.#closers.add(() => {
      clearInterval(tick);
      clearInterval(stats);
    });
  }

  #tick(): void {
    const { clock } = this.#opened;
    this.#senses.tick();
    this.#announcer.tick();
    this.#news.tick();
    const { flushDueMs } = this.#log;
    if (flushDueMs === undefined || clock.nowMs() < flushDueMs) return;
    // The readings stay in memory and the next flush tries again.
    this.#log.flush().catch((error: unknown) => this.#problem(asMindosError(error)));
  }

  #onMessage(from: HubId, message: Message, proven: boolean, isAcknowledged: boolean): void {
    switch (message.type) {
      case "READING":
        return this.#news.onReading(from, message, proven);
      case "READINGS":
        for (const body of message.heard) this.#news.onReading(from, { type: "READING", ...body }, proven);
        return;
      case "INTENT":
        return this.#questions.onIntent(from, message);
      case "RESULT":
        return this.#questions.onResult(from, message);
      case "NOTE":
        return this.#notes.onNote(from, message);
      case "DETECTION": {
        const { type: _, ...detection } = message;
        return this.#news.onDetection(from, detection, isAcknowledged);
      }
      default:
        this.#opened.counters.count(`mesh.unused.${message.type}`);
    }
  }

  #onHubDead(hub: HubId): void {
    this.#questions.onHubDead(hub);
    this.#news.onHubDead(hub);
  }

  #ownSensors(): SensorView[] {
    const { bridge, clock } = this.#opened;
    return bridge.sensors(clock.nowMs()).map((sensor) => this.#senses.placed({ ...sensor, hub: this.#self }));
  }

  #ownPlaces(): string[] {
    return [...new Set(this.#ownSensors().flatMap(({ place }) => (place === undefined ? [] : [place])))];
  }

  /** An agent whose model cannot run is not offered. */
  #topics(): string[] {
    const usable = this.#inference.usable();
    return this.#agents
      .filter(({ agent }) => agent.models.every((model) => usable.includes(model)))
      .flatMap(({ agent }) => agent.topics.map(({ topic }) => topic));
  }

  #isReplayed(partials: readonly PartialAnswer[]): boolean {
    const replayed = new Set(this.sensors().flatMap(({ sensor, origin }) => (origin === "replay" ? [sensor] : [])));
    return partials.some(({ evidence }) => evidence.some(({ sensor }) => replayed.has(sensor)));
  }

  #problem(error: MindosError): void {
    const { code, message, remedy } = error;
    this.#emit({ event: "problem", code, message, remedy });
  }
}
