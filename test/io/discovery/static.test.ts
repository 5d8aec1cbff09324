import { expect, test } from "vitest";
import type { PeerAddress } from "../../../runtime/core/ports.js";
import { createStaticDiscovery } from "../../../runtime/io/discovery/static.js";
import { discoveryContract, hubIdOf } from "../../contract/discovery.js";

const host = "127.0.0.1";

discoveryContract("static", async () => ({
  create: () => createStaticDiscovery([1, 2, 3].map((index) => ({ host, port: 1_000 + index }))),
  self: (index) => ({ hub: hubIdOf(index), host, port: 1_000 + index }),
}));

test("each address is told once, without an id, and this hub's own is left out under any of its names", async () => {
  const found: PeerAddress[] = [];
  const peers = [
    { host: "localhost", port: 1_001 },
    { host: "127.0.0.2", port: 1_001 },
    { host, port: 1_002 },
    { host, port: 1_002 },
  ];
  await createStaticDiscovery(peers).start({ hub: hubIdOf(1), host, port: 1_001 }, (peer) => found.push(peer));
  expect(found).toEqual([{ host, port: 1_002 }]);
});
