/** What the composition root opens, and what it hands out. */
import type { Bridge } from "../../firmware-bridge/bridge.js";
import type { AdvertSource } from "../core/advert.js";
import type { HubId } from "../core/ids.js";
import type { MessageOf } from "../core/messages.js";
import type { Counters, Store } from "../core/ports.js";
import type { EventSink, LocalApi } from "../core/status.js";
import type { Clock, Rng } from "../core/time.js";
import type { Broker } from "../io/broker/broker.js";
import type { DataDir } from "../io/files/data-dir.js";
import type { Identity } from "../io/home/identity.js";
import type { Assets } from "./assets.js";
import type { HubGate } from "./gate.js";
import type { HomeKeeper } from "./home-keeper.js";
import type { MeshDriver } from "./mesh-driver.js";
import type { ReplayCounters } from "./replay-counters.js";

export interface HubOptions {
  readonly emit: EventSink;
  /** Sources beside those of the settings: for benches and tests. */
  readonly sources?: readonly AdvertSource[];
  /** Told of every reading of this hub and of the others, when it is known here: for benches. */
  readonly observe?: (hub: HubId, body: MessageOf<"READING">) => void;
}

export interface RunningHub extends LocalApi {
  /** For the lab and benches: what this hub knows of its mesh, and a way to say things on it. */
  readonly mesh: MeshDriver;
  stop(): Promise<void>;
}

/** What is open before the hub listens. */
export interface Opened {
  readonly name: string;
  readonly version: string;
  readonly assets: Assets;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly counters: Counters;
  readonly dataDir: DataDir;
  readonly identity: Identity;
  readonly keeper: HomeKeeper;
  readonly gate: HubGate;
  readonly store: Store;
  readonly broker: Broker;
  readonly bridge: Bridge;
  readonly replayCounters: ReplayCounters;
}

/** Everything that a hub opens, in order; closed in reverse. */
export class Closers {
  readonly #closers: (() => unknown)[] = [];

  add(close: () => unknown): void {
    this.#closers.push(close);
  }

  /** What cannot be closed must not keep the rest open. */
  async closeAll(): Promise<void> {
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      try {
        await close();
      } catch {
        // The process is about to end, and says so itself.
      }
    }
  }
}
