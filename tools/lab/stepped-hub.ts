/**
 * A production hub in a process of its own whose time is told to it step by step, and whose links are frames over IPC: the rest
 * of its mesh is a simulation. Broker, store, registries, page and timers are a hub's; TLS and sockets are not there.
 */

import { defaultConfig } from "../../runtime/config/config.js";
import { messageOf } from "../../runtime/core/errors.js";
import type { Link } from "../../runtime/core/ports.js";
import type { RunningHub } from "../../runtime/hub/parts.js";
import type { HubStart } from "./hub-orders.js";
import type { Answer, Numbered } from "./orders.js";
import type { SteppedInput, SteppedOrder, SteppedOutput, SteppedUsage } from "./stepped-orders.js";
import { SteppedTime } from "./stepped-time.js";

/** While the hub starts, its time is the wall's. Unit: ms. */
const START_STEP_MS = 5;
const realInterval = setInterval;
const endInterval = clearInterval;
const realNowMs = performance.now.bind(performance);

class SteppedHub {
  readonly #time: SteppedTime;
  readonly #hub: RunningHub;
  readonly #links = new Map<number, Link>();
  /** Of simulated time before the hub's own. */
  readonly #originMs: number;
  #said: SteppedOutput[] = [];

  constructor(hub: RunningHub, time: SteppedTime) {
    this.#hub = hub;
    this.#time = time;
    this.#originMs = time.nowMs;
    hub.mesh.dialWith((to, addresses) => this.#said.push({ type: "dial", hub: to, addresses }));
  }

  async step(untilMs: number, inputs: readonly SteppedInput[]): Promise<SteppedOutput[]> {
    for (const input of inputs) {
      await this.#time.advance(this.#originMs + input.atMs);
      this.#take(input);
    }
    await this.#time.advance(this.#originMs + untilMs);
    // What the disk has answered meanwhile.
    await new Promise((resolve) => setImmediate(resolve));
    const said = this.#said;
    this.#said = [];
    return said;
  }

  usage(): SteppedUsage {
    const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const { node } = this.#hub.mesh;
    return {
      rssMiB: rss / 2 ** 20,
      heapMiB: heapTotal / 2 ** 20,
      inUseMiB: (heapUsed + external) / 2 ** 20,
      cpuMs: (user + system) / 1000,
      links: node.links.neighbours().length,
      hubsAlive: node.parts.liveness.members().filter(({ state }) => state === "alive").length,
      counters: this.#hub.status().counters,
    };
  }

  #take(input: SteppedInput): void {
    const { mesh } = this.#hub;
    switch (input.type) {
      case "opened": {
        const link = this.#linkOf(input);
        this.#links.set(input.linkId, link);
        return mesh.linkEvents.opened(link);
      }
      case "frame": {
        const link = this.#links.get(input.linkId);
        return link === undefined ? undefined : mesh.linkEvents.received(link, input.bytes);
      }
      case "closed": {
        const link = this.#links.get(input.linkId);
        this.#links.delete(input.linkId);
        return link === undefined ? undefined : mesh.linkEvents.closed(link);
      }
      case "found":
        return mesh.found(input.peer);
      case "dial-failed":
        return mesh.dialFailed(input.hub);
    }
  }

  #linkOf({ linkId, dialled, peer }: Extract<SteppedInput, { type: "opened" }>): Link {
    return {
      ...{ linkId, dialled, peer },
      send: (bytes) => {
        this.#said.push({ type: "frame", linkId, bytes });
        return true;
      },
      close: () => {
        const link = this.#links.get(linkId);
        this.#links.delete(linkId);
        this.#said.push({ type: "close", linkId });
        // As a socket does, a moment later.
        if (link !== undefined) queueMicrotask(() => this.#hub.mesh.linkEvents.closed(link));
      },
    };
  }
}

async function main({ config }: HubStart): Promise<void> {
  const time = new SteppedTime();
  const startMs = realNowMs();
  const originMs = time.nowMs;
  const pump = realInterval(() => void time.advance(originMs + realNowMs() - startMs), START_STEP_MS);
  const { startHub } = await import("../../runtime/hub.js");
  const hub = await startHub(defaultConfig(config), { emit: () => undefined });
  while (hub.mesh.node.self.addresses.length === 0) await new Promise((resolve) => setImmediate(resolve));
  endInterval(pump);
  const stepped = new SteppedHub(hub, time);
  process.on("message", ({ number, order }: Numbered<SteppedOrder>) => {
    const result = order.type === "usage" ? stepped.usage() : stepped.step(order.untilMs, order.inputs);
    Promise.resolve<unknown>(result)
      .then((done) => tell({ done: number, result: done }))
      .catch((error: unknown) => tell({ failed: number, why: messageOf(error) }));
  });
  tell({ ready: true });
}

function tell(message: Answer | { readonly ready: true }): void {
  process.send?.(message, undefined, undefined, () => undefined);
}

process.on("disconnect", () => process.exit(0));
main(JSON.parse(process.argv[2] ?? "{}") as HubStart).catch((error: unknown) => {
  console.error(`a hub in stepped time: ${messageOf(error)}`);
  process.exit(1);
});
