/**
 * Hubs whose addresses a person wrote down, for where multicast does not reach. Not pure (a microtask).
 * Whose address it is nobody knows before HELLO: these peers have no `hub`, and the links settle who keeps the session.
 */
import type { Discovery, OwnAddress, PeerAddress } from "../../core/ports.js";
import { isLoopback } from "../broker/access.js";

export function createStaticDiscovery(peers: readonly Pick<PeerAddress, "host" | "port">[]): Discovery {
  let running = false;
  return {
    name: "static",
    start: async (self, found) => {
      running = true;
      const told = new Set<string>();
      for (const { host, port } of peers) {
        const key = `${host}:${port}`;
        if (!running || told.has(key) || isOwn(self, host, port)) continue;
        told.add(key);
        found({ host, port });
      }
    },
    stop: async () => {
      running = false;
    },
  };
}

/** One list may be given to all hubs of a home, each of which finds itself in it. */
function isOwn(self: OwnAddress, host: string, port: number): boolean {
  if (port !== self.port) return false;
  return host === self.host || ((host === "localhost" || isLoopback(host)) && isLoopback(self.host));
}
