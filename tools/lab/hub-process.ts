/**
 * A production hub in a process of its own, as a lab runs it: no sensors, no models, no discovery. It is told over IPC whom
 * there is to find, and reports what happens with the time of the machine's clock.
 */
import { defaultConfig } from "../../runtime/config/config.js";
import { messageOf } from "../../runtime/core/errors.js";
import type { HubId } from "../../runtime/core/ids.js";
import type { RunningHub } from "../../runtime/hub/parts.js";
import { startHub } from "../../runtime/hub.js";
import {
  type HubOrder,
  type HubSaying,
  type HubStart,
  type LabEvent,
  type LabRegistries,
  type LabUsage,
  machineMs,
} from "./hub-orders.js";
import { HubTraffic, numberOf } from "./hub-traffic.js";
import type { Answer, Numbered } from "./orders.js";

const WATCHED: ReadonlySet<string> = new Set([
  "hub-state",
  "mesh-cut",
  "link-up",
  "link-down",
  "isolated",
  "revoked",
  "problem",
  "hub-started",
]);

/** A lab that is gone hears nothing; that is the end of this process, and no error. */
function tell(message: HubSaying | Answer | { readonly ready: true }): void {
  process.send?.(message, undefined, undefined, () => undefined);
}

async function main({ config }: HubStart): Promise<void> {
  const stamps: [number, number][] = [];
  const hub = await startHub(defaultConfig(config), {
    emit: (event) => {
      if (WATCHED.has(event.event)) tell({ atMs: machineMs(), event: event as LabEvent["event"] });
    },
    observe: (_from, body) => {
      const number = numberOf(body);
      if (number === undefined) return;
      stamps.push([number.value, machineMs()]);
      if (number.mustArrive) tell({ arrived: number.value, atMs: machineMs() });
    },
  });
  const traffic = new HubTraffic(hub.mesh, stamps);
  process.on("message", ({ number, order }: Numbered<HubOrder>) => {
    obey(hub, traffic, stamps, order)
      .then((result) => tell({ done: number, result: result ?? null }))
      .catch((error: unknown) => tell({ failed: number, why: messageOf(error) }));
  });
  await untilLinking(hub);
  tell({ ready: true });
}

/** Until it has read its papers and its door is open: what it is told before would be lost. */
async function untilLinking(hub: RunningHub): Promise<void> {
  while (hub.mesh.node.self.addresses.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function obey(
  hub: RunningHub,
  traffic: HubTraffic,
  stamps: [number, number][],
  order: HubOrder,
): Promise<unknown> {
  const { mesh } = hub;
  switch (order.type) {
    case "found":
      for (const peer of order.peers) mesh.found(peer);
      return;
    case "pings":
      return Promise.all(order.to.map(async (to) => (await mesh.ping(to, order.timeoutMs)) ?? null));
    case "links":
      return mesh.node.links.neighbours().map((neighbour) => neighbour.hub);
    case "ways":
      return mesh.node.parts.routes.table();
    case "usage":
      return usage(hub);
    case "registries":
      return registries(hub);
    case "set":
      return hub.registry?.set(order.name, order.value);
    case "revoke":
      return hub.admission?.revoke(order.hub, undefined);
    case "pace":
      return traffic.pace(order.to, order.count, order.everyMs);
    case "flood":
      return traffic.flood(order.to, order.ms);
    case "deliver":
      return traffic.deliver(order.to, order.number);
    case "stamps":
      return stamps.splice(0);
    case "stop":
      await hub.stop();
      setImmediate(() => process.exit(0));
  }
}

function usage(hub: RunningHub): LabUsage {
  const { user, system } = process.cpuUsage();
  const { counters } = hub.status();
  return { rssMiB: process.memoryUsage.rss() / 2 ** 20, cpuMs: (user + system) / 1000, counters };
}

function registries({ mesh, registry }: RunningHub): LabRegistries {
  const adverts = [...mesh.registries.entries("adverts")].map(({ key }) => key as HubId);
  return { members: registry?.members() ?? [], adverts, settings: registry?.settings() ?? [] };
}

process.on("disconnect", () => process.exit(0));
main(JSON.parse(process.argv[2] ?? "{}") as HubStart).catch((error: unknown) => {
  console.error(`a hub of the lab: ${messageOf(error)}`);
  process.exit(1);
});
