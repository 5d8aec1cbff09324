/** Finds the other hubs and keeps links with them. Loaded once the hub has a home: none of it is needed before. */
import type { Config } from "../config/config.js";
import { asMindosError, type MindosError } from "../core/errors.js";
import type { HubAddress } from "../core/mesh.js";
import type { Discovery, PeerAddress } from "../core/ports.js";
import type { EventSink } from "../core/status.js";
import type { BackboneList } from "../io/backbone/list.js";
import type { TlsIdentity } from "../io/tls/identity.js";
import type { HomesAbroad } from "./homes-abroad.js";
import { interfacesOf, listeningHost } from "./interfaces.js";
import type { MeshDriver } from "./mesh-driver.js";
import type { Opened } from "./parts.js";

export interface Network {
  readonly linkPort: number;
  stop(): Promise<void>;
}

export interface NetworkOptions {
  readonly config: Config;
  readonly opened: Opened;
  readonly mesh: MeshDriver;
  readonly tls: TlsIdentity;
  /** Absent when its file is damaged, which a person was told. */
  readonly backbones: BackboneList | undefined;
  /** Absent when its file is damaged, likewise. */
  readonly abroad: HomesAbroad | undefined;
  /** Of the home: hubs of others are not reported. */
  readonly homeTag: string;
  /** Told where this hub's links may be dialled, once that is known. */
  readonly reachableAt: (addresses: readonly HubAddress[]) => void;
  readonly emit: EventSink;
  readonly onProblem: (error: MindosError) => void;
}

export async function startNetwork(options: NetworkOptions): Promise<Network> {
  const { backbones, config, opened, mesh, tls, emit, onProblem } = options;
  const { clock, counters, gate, identity, keeper, rng } = opened;
  const [{ createLinks }, { openLinkDoor }, { openLinkDatagrams }, { createDialler }] = await Promise.all([
    import("../io/link/link.js"),
    import("../io/link/door.js"),
    import("../io/link/datagrams.js"),
    import("../io/link/dialler.js"),
  ]);
  const host = listeningHost(config.linkHost);
  const door = await openLinkDoor({
    ...{ selfId: identity.hub, host, port: config.linkPort, tls, counters, clock },
    isMember: (hub) => gate.admitted(hub) !== undefined && !gate.isRevoked(hub),
  });
  const datagrams = await openLinkDatagrams({ host, port: door.port, counters, clock });
  options.reachableAt(interfacesOf(host).map((address) => ({ host: address, port: door.port })));
  let linkId = 0;
  const linkIds = (): number => ++linkId;
  const links = createLinks({
    ...{ selfId: identity.hub, door, dialWith: createDialler(tls), datagrams, counters, clock, rng, linkIds },
    events: {
      ...mesh.linkEvents,
      closed: (link) => {
        mesh.linkEvents.closed(link);
        backbones?.reconsider();
      },
    },
    dialFailed: (hub) => mesh.dialFailed(hub),
  });
  mesh.dialWith((hub, addresses) => {
    const outcome = gate.isRevoked(hub) ? "stopped" : links.dial({ hub, addresses });
    if (outcome === "full" || outcome === "stopped") queueMicrotask(() => mesh.dialFailed(hub));
  });
  const found = ({ hub, host: at, port }: PeerAddress, via: string): void => {
    if (hub === undefined) {
      links.dial({ addresses: [{ host: at, port }], keep: true });
      return;
    }
    if (gate.isRevoked(hub)) return;
    emit({ event: "peer-found", peer: hub, host: at, port, via });
    mesh.found({ hub, addresses: [{ host: at, port }] });
    // The overlay dials nobody that it is linked with, by whatever means; a direct link replaces one over a broker.
    if (backbones?.isLinked(hub) === true) links.dial({ hub, addresses: [{ host: at, port }] });
  };
  // Whoever remembers others knows better where they are than papers of a year ago.
  const { inviter } = keeper.papers;
  if (inviter !== undefined && mesh.node.parts.overlay.peersKnown === 0) mesh.found(inviter);
  await backbones?.start({
    ...{ identity, rootKey: keeper.papers.rootKey, counters, clock, rng, linkIds, events: mesh.linkEvents },
    ...(options.abroad === undefined ? {} : { others: () => options.abroad?.meetings() ?? [] }),
    isRevoked: (hub) => gate.isRevoked(hub),
    isLinkedElsewhere: (hub) => links.links().some(({ peer }) => peer === hub),
  });
  const discoveries = await createDiscoveries(options, interfacesOf(host));
  for (const discovery of discoveries) {
    const self = { hub: identity.hub, host, port: door.port };
    try {
      await discovery.start(self, (peer) => found(peer, discovery.name));
    } catch (error) {
      onProblem(asMindosError(error, `${discovery.name}: `));
    }
  }
  return {
    linkPort: door.port,
    async stop() {
      await Promise.allSettled(discoveries.map((discovery) => discovery.stop()));
      backbones?.stop();
      options.abroad?.stop();
      await links.stop();
      await door.close();
      await datagrams?.close();
    },
  };
}

async function createDiscoveries(
  { config, opened, homeTag }: NetworkOptions,
  interfaces: readonly string[],
): Promise<Discovery[]> {
  const { clock, counters, rng } = opened;
  const discoveries: Discovery[] = [];
  if (config.peers.length > 0) {
    const { createStaticDiscovery } = await import("../io/discovery/static.js");
    discoveries.push(createStaticDiscovery(config.peers));
  }
  if (config.discovery) {
    const { createDnsSdDiscovery } = await import("../io/discovery/dns-sd.js");
    for (const interfaceAddress of interfaces)
      discoveries.push(createDnsSdDiscovery({ interfaceAddress, home: homeTag, clock, counters, rng }));
  }
  return discoveries;
}
