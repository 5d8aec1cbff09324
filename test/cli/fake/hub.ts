/**
 * A hub for tests of the command line: the same door (`startHub`), the same local API and events, nothing behind them.
 * Hubs whose data folders lie side by side link with each other, through their handle files.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { basename, dirname, join } from "node:path";
import type { RunningHub, StartHub } from "../../../runtime/cli/hub-tools-port.js";
import type { Config } from "../../../runtime/config/config.js";
import type { Detection } from "../../../runtime/core/detection.js";
import { MindosError } from "../../../runtime/core/errors.js";
import type { HubId, SensorId } from "../../../runtime/core/ids.js";
import type { Answer } from "../../../runtime/core/intent.js";
import type { HubHandle, HubStatus, HubView, SensorView } from "../../../runtime/core/status.js";

const PEERS_MS = 50;
const DETECTION_AFTER_READINGS = 10;
const START_WALL_MS = Date.UTC(2010, 4, 9, 3, 0, 0);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function handleIn(folder: string): HubHandle | undefined {
  try {
    const handle = JSON.parse(readFileSync(join(folder, "hub.json"), "utf8")) as HubHandle;
    return isAlive(handle.pid) ? handle : undefined;
  } catch {
    return undefined;
  }
}

export const startHub: StartHub = async (config, { emit }) => {
  if (config.name === "hopeless") throw new MindosError("PORT_IN_USE", "port 1883 is taken");
  const hub = new FakeHub(config);
  await hub.start(emit);
  return hub;
};

class FakeHub implements RunningHub {
  readonly #id = randomBytes(16).toString("hex") as HubId;
  readonly #token = randomBytes(16).toString("hex");
  readonly #startedMs = performance.now();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #peers = new Map<HubId, HubHandle>();
  #url = "";
  #readings = 0;
  #emit: Parameters<StartHub>[1]["emit"] = () => undefined;

  constructor(readonly config: Config) {}

  async start(emit: Parameters<StartHub>[1]["emit"]): Promise<void> {
    this.#emit = emit;
    if (this.config.name === "crashing") setTimeout(() => Promise.reject(new Error("boom")), 10);
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    this.#url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    mkdirSync(this.config.dataDir, { recursive: true });
    const handle: HubHandle = {
      pid: process.pid,
      hub: this.#id,
      name: this.config.name,
      url: this.#url,
      token: this.#token,
      mqttPort: 1,
    };
    writeFileSync(join(this.config.dataDir, "hub.json"), JSON.stringify(handle), { mode: 0o600 });
    emit({
      event: "hub-started",
      hub: this.#id,
      name: this.config.name,
      mqttPort: 1,
      url: `${this.#url}/?token=${this.#token}`,
      startMs: 12,
    });
    if (this.config.name === "copied")
      emit({ event: "problem", code: "CLONED", message: "two hubs with this one's key", remedy: "Stop the copy." });
    if (this.#motes.length > 0) emit({ event: "sensor-heard", sensor: this.#sensors()[0] as SensorView });
    this.#timers.push(
      setInterval(() => this.#tick(), PEERS_MS),
      setInterval(
        () => emit({ event: "stats", status: this.status() }),
        Math.min(200, this.config.log.statsIntervalMs),
      ),
    );
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(join(this.config.dataDir, "hub.json"), { force: true });
    this.#emit({ event: "hub-stopped", hub: this.#id });
  }

  status(): HubStatus {
    const self: HubView = {
      hub: this.#id,
      name: this.config.name,
      state: "self",
      neighbours: [...this.#peers.keys()],
      sensorCount: this.#motes.length,
      topics: [],
    };
    const peers = [...this.#peers.values()].map(
      ({ hub, name }): HubView => ({
        hub,
        name,
        state: "alive",
        rttMs: 1.25,
        neighbours: [this.#id],
        sensorCount: 1,
        topics: [],
      }),
    );
    return {
      ...{
        hub: this.#id,
        name: this.config.name,
        version: "0.0.0",
        upMs: performance.now() - this.#startedMs,
        wallMs: Date.now(),
      },
      ...{ mqtt: { host: "127.0.0.1", port: 1 }, url: this.#url, sources: [], replay: true, hubs: [self, ...peers] },
      inference: {
        state: "ready",
        backend: "fake 1.0",
        models: [],
        restarts: 0,
        predictions: this.#readings,
        queueLength: 0,
        rssMiB: 50,
      },
      ...{
        sensors: this.#motes.length,
        readings: this.#readings,
        detections: 0,
        rssMiB: 60,
        counters: { "adverts.duplicate": 3 },
      },
    };
  }

  async ask(question: string): Promise<Answer> {
    if (question.includes("unclear")) throw new MindosError("QUESTION_UNCLEAR", "this question is not understood");
    const text = `You asked “${question}”: nothing is unusual.`;
    this.#emit({ event: "answer", question, text, tookMs: 5, hubs: this.#peers.size + 1, sensors: 4 });
    return {
      ...{
        intent: "0011223344556677" as Answer["intent"],
        text,
        coverage: 1,
        hubsAnswered: [this.#id, ...this.#peers.keys()],
      },
      ...{ hubsSilent: [], evidence: [], tookMs: 5, replay: true },
    };
  }

  get #motes(): readonly number[] {
    return this.config.replay.source === "motes" ? this.config.replay.motes : [];
  }

  #sensors(): SensorView[] {
    return this.#motes.map((mote) => ({
      ...{
        sensor: `ble:00000000000${mote}` as SensorId,
        name: `mote ${mote}`,
        place: "lab",
        format: "bthome-v2",
        origin: "replay",
      },
      ...{ rssiDbm: -60, encrypted: false, silentMs: 40, stale: false, hub: this.#id },
      latest: [{ quantity: "temperature", value: 27.5 + mote, index: 0 }],
    }));
  }

  #tick(): void {
    this.#readings += this.#motes.length;
    if (this.#motes.includes(1) && this.#readings === DETECTION_AFTER_READINGS * this.#motes.length) this.#detect();
    const folder = dirname(this.config.dataDir);
    const found = readdirSync(folder)
      .filter((name) => name !== basename(this.config.dataDir))
      .map((name) => handleIn(join(folder, name)))
      .filter((handle) => handle !== undefined);
    for (const handle of found) {
      if (this.#peers.has(handle.hub)) continue;
      this.#peers.set(handle.hub, handle);
      this.#emit({ event: "link-up", peer: handle.hub, name: handle.name });
    }
    for (const hub of this.#peers.keys()) {
      if (found.some((handle) => handle.hub === hub)) continue;
      this.#peers.delete(hub);
      this.#emit({ event: "link-down", peer: hub, reason: "gone" });
    }
  }

  #detect(): void {
    const detection: Detection = {
      ...{
        id: `fake-${this.#id}`,
        kind: "anomaly",
        sensor: "ble:000000000001" as SensorId,
        place: "lab",
        score: 0.93,
        threshold: 0.5,
      },
      ...{
        model: "fake",
        startedWallMs: START_WALL_MS,
        origin: "replay",
        summary: "mote 1 in lab: humidity jumps",
        evidence: [],
      },
    };
    this.#emit({ event: "detection", detection, hub: this.#id });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (request.headers.authorization !== `Bearer ${this.#token}`)
      return reply(401, { code: "NOT_ALLOWED", message: "the token is wrong", remedy: "" });
    if (request.url === "/api/status") return reply(200, this.status());
    if (request.url === "/api/sensors") return reply(200, this.#sensors());
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    try {
      const { question } = JSON.parse(Buffer.concat(chunks).toString()) as { question: string };
      reply(200, await this.ask(question));
    } catch (error) {
      const { code, message, remedy } = error as MindosError;
      reply(422, { code, message, remedy });
    }
  }
}
