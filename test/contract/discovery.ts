/** What every way of finding hubs does. */
import { afterEach, describe, expect, test } from "vitest";
import type { HubId } from "../../runtime/core/ids.js";
import type { Discovery, OwnAddress, PeerAddress } from "../../runtime/core/ports.js";

export interface DiscoveryNetwork {
  /** A discovery that can find the others of this network. */
  create(): Discovery;
  /** Where the hub with this number is. */
  readonly self: (index: number) => OwnAddress;
}

export function hubIdOf(index: number): HubId {
  return index.toString(16).padStart(2, "0").repeat(16) as HubId;
}

export function discoveryContract(name: string, createNetwork: () => Promise<DiscoveryNetwork>): void {
  describe(`discovery: ${name}`, () => {
    const running: Discovery[] = [];
    afterEach(async () => {
      await Promise.all(running.splice(0).map((discovery) => discovery.stop()));
    });
    const start = async (network: DiscoveryNetwork, index: number): Promise<PeerAddress[]> => {
      const found: PeerAddress[] = [];
      const discovery = network.create();
      running.push(discovery);
      await discovery.start(network.self(index), (peer) => found.push(peer));
      return found;
    };
    const ports = (found: readonly PeerAddress[]): number[] => [...new Set(found.map((peer) => peer.port))].sort();

    test("three hubs find each other, and none finds itself", async () => {
      const network = await createNetwork();
      const found = [await start(network, 1), await start(network, 2), await start(network, 3)];
      const [one, two, three] = [1, 2, 3].map((index) => network.self(index).port) as [number, number, number];
      await expect
        .poll(() => found.map(ports), { timeout: 5_000 })
        .toEqual([
          [two, three],
          [one, three],
          [one, two],
        ]);
      for (const peer of found.flat()) expect(peer.host).toMatch(/^127\./);
    });

    test("stop may be called twice, and before start", async () => {
      const network = await createNetwork();
      const discovery = network.create();
      await discovery.stop();
      await discovery.start(network.self(1), () => undefined);
      await discovery.stop();
      await expect(discovery.stop()).resolves.toBeUndefined();
    });

    test("after stop nothing is found", async () => {
      const network = await createNetwork();
      const first = network.create();
      const found: PeerAddress[] = [];
      await first.start(network.self(1), (peer) => found.push(peer));
      await first.stop();
      const before = found.length;
      const others = await start(network, 2);
      const third = await start(network, 3);
      const second = network.self(2).port;
      await expect.poll(() => ports(third), { timeout: 5_000 }).toContain(second);
      expect(found).toHaveLength(before);
      expect(others).not.toContainEqual(expect.objectContaining({ port: second }));
    });
  });
}
