import { createCounters } from "../../runtime/core/counters.js";
import { startBroker } from "../../runtime/io/broker.js";
import { systemClock } from "../../runtime/io/clock.js";
import { createLinks } from "../../runtime/io/link.js";
import { type ContractNetwork, linksContract } from "../contract/links.js";
import { createMemoryNetwork } from "../fakes/memory-links.js";

const rng = (length: number): Uint8Array => new Uint8Array(length);
const backoff = { minMs: 20, maxMs: 100 };

linksContract("mqtt.js and aedes", async (): Promise<ContractNetwork> => {
  const stops: (() => Promise<void>)[] = [];
  return {
    join: async (id, events) => {
      const counters = createCounters();
      const broker = await startBroker({ selfId: id, port: 0, counters });
      const links = createLinks({ selfId: id, broker, counters, clock: systemClock, rng, events, backoff });
      stops.push(
        () => links.stop(),
        () => broker.stop(),
      );
      return { id, links, address: { hub: id, host: "127.0.0.1", port: broker.port } };
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
    join: async (id, events) => {
      const { links, port } = network.join(id, events, { backoff });
      stops.push(() => links.stop());
      return { id, links, address: { hub: id, host: "memory", port } };
    },
    stop: async () => {
      for (const stop of stops) await stop();
    },
  };
});
