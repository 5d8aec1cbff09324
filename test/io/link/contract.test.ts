import { createCounters } from "../../../runtime/core/counters.js";
import type { HubId } from "../../../runtime/core/ids.js";
import { systemClock } from "../../../runtime/io/clock.js";
import { createDialler } from "../../../runtime/io/link/dialler.js";
import { openLinkDoor } from "../../../runtime/io/link/door.js";
import { createLinks } from "../../../runtime/io/link/link.js";
import { type ContractNetwork, linksContract } from "../../contract/links.js";
import { createMemoryNetwork } from "../../fakes/memory-links.js";
import { makeTlsHubs } from "../../fakes/tls-hubs.js";

const rng = (length: number): Uint8Array => new Uint8Array(length);
const backoff = { minMs: 20, maxMs: 100 };
const clock = systemClock;

linksContract("MQTT over TLS", async (): Promise<ContractNetwork> => {
  const stops: (() => Promise<void>)[] = [];
  const hubs = makeTlsHubs(2);
  return {
    ids: hubs.map(({ id }) => id),
    join: async (id, events, dialFailed) => {
      const counters = createCounters();
      const tls = hubs.find((hub) => hub.id === id)!.tls;
      const door = await openLinkDoor({ selfId: id, host: "127.0.0.1", port: 0, tls, counters, clock });
      const dialWith = createDialler(tls);
      const links = createLinks({ selfId: id, door, dialWith, counters, clock, rng, events, dialFailed, backoff });
      stops.push(
        () => links.stop(),
        () => door.close(),
      );
      return { id, links, address: { host: "127.0.0.1", port: door.port } };
    },
    stop: async () => {
      for (const stop of stops) await stop();
    },
  };
});

linksContract("in memory", async (): Promise<ContractNetwork> => {
  const network = createMemoryNetwork();
  const stops: (() => Promise<void>)[] = [];
  return {
    ids: ["0a".repeat(16) as HubId, "b0".repeat(16) as HubId],
    join: async (id, events, dialFailed) => {
      const { links, port } = network.join(id, events, { backoff, dialFailed });
      stops.push(() => links.stop());
      return { id, links, address: { host: "memory", port } };
    },
    stop: async () => {
      for (const stop of stops) await stop();
    },
  };
});
