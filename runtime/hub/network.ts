/** Finds the other hubs and keeps links with them. Loaded after the hub listens: none of it is needed before. */
import type { Config } from "../config/config.js";
import { asMindosError, type MindosError } from "../core/errors.js";
import type { Discovery, PeerAddress } from "../core/ports.js";
import type { EventSink } from "../core/status.js";
import type { MeshDriver } from "./mesh-driver.js";
import type { Opened } from "./parts.js";

export interface Network {
  stop(): Promise<void>;
}

export async function startNetwork(
  config: Config,
  opened: Opened,
  mesh: MeshDriver,
  emit: EventSink,
  onProblem: (error: MindosError) => void,
): Promise<Network> {
  const { broker, clock, counters, identity, rng } = opened;
  const { createLinks } = await import("../io/link.js");
  const links = createLinks({ selfId: identity.hub, broker, counters, clock, rng, events: mesh.linkEvents });
  mesh.identifyWith((link, hub) => void links.identify(link, hub));
  const found = (peer: PeerAddress, via: string): void => {
    if (peer.hub !== undefined) emit({ event: "peer-found", peer: peer.hub, host: peer.host, port: peer.port, via });
    links.dial(peer);
  };
  const self = { hub: identity.hub, host: config.host, port: broker.port };
  const discoveries = await createDiscoveries(config, opened);
  for (const discovery of discoveries) {
    try {
      await discovery.start(self, (peer) => found(peer, discovery.name));
    } catch (error) {
      onProblem(asMindosError(error, `${discovery.name}: `));
    }
  }
  return {
    async stop() {
      await Promise.allSettled(discoveries.map((discovery) => discovery.stop()));
      await links.stop();
    },
  };
}

/** Everything stays on the loopback interface: no hub has an owner yet. */
async function createDiscoveries(config: Config, { clock, counters, rng }: Opened): Promise<Discovery[]> {
  const discoveries: Discovery[] = [];
  if (config.peers.length > 0) {
    const { createStaticDiscovery } = await import("../io/discovery-static.js");
    discoveries.push(createStaticDiscovery(config.peers));
  }
  if (config.discovery) {
    const { createDnsSdDiscovery } = await import("../io/discovery-dns-sd.js");
    discoveries.push(createDnsSdDiscovery({ interfaceAddress: "127.0.0.1", home: config.home, clock, counters, rng }));
  }
  return discoveries;
}
