/**
 * gossipsub over libp2p's memory transport, for comparison: how many copies of a payload are sent for each delivery.
 * The packages are installed into .bench/ at the first run, not among the project's own.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGES = {
  libp2p: "3.3.11",
  "@libp2p/memory": "2.0.15",
  "@libp2p/gossipsub": "17.1.1",
  "@libp2p/plaintext": "3.0.26",
  "@libp2p/identify": "4.1.14",
  "@chainsafe/libp2p-yamux": "8.0.1",
} as const;
const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const RUN_TIMEOUT_MS = 180_000;

export interface GossipsubFigures {
  readonly nodes: number;
  readonly messages: number;
  readonly delivered: number;
  /** Payloads received, first copies and further ones, for each delivery. */
  readonly copiesPerDelivery: number;
}

/** @param degree links that each node has, on average */
export function measureGossipsub(nodes: number, degree: number, messages: number): GossipsubFigures {
  const folder = join(root, ".bench", `gossipsub-${PACKAGES["@libp2p/gossipsub"]}`);
  if (!existsSync(join(folder, "node_modules", "@libp2p", "gossipsub"))) install(folder);
  writeFileSync(join(folder, "run.mjs"), SCRIPT);
  const args = [join(folder, "run.mjs"), String(nodes), String(degree), String(messages)];
  const output = execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8", timeout: RUN_TIMEOUT_MS });
  return JSON.parse(output.trim().split("\n").at(-1) ?? "{}") as GossipsubFigures;
}

function install(folder: string): void {
  console.log(`installing gossipsub ${PACKAGES["@libp2p/gossipsub"]} into .bench/ …`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ private: true, type: "module", dependencies: PACKAGES }),
  );
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: folder, stdio: "ignore" });
}

/** It runs where the packages are. Its `Promise.withResolvers` is Node 22's. */
const SCRIPT = `
Promise.withResolvers ??= function () {
  let resolve, reject;
  const promise = new this((a, b) => { resolve = a; reject = b; });
  return { promise, resolve, reject };
};
const { createLibp2p } = await import("libp2p");
const { memory } = await import("@libp2p/memory");
const { gossipsub } = await import("@libp2p/gossipsub");
const { plaintext } = await import("@libp2p/plaintext");
const { identify } = await import("@libp2p/identify");
const { yamux } = await import("@chainsafe/libp2p-yamux");
const [count, degree, messages] = process.argv.slice(2).map(Number);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const nodes = [];
let copies = 0;
let delivered = 0;
for (let i = 0; i < count; i++) {
  const node = await createLibp2p({
    addresses: { listen: ["/memory/n" + i] },
    transports: [memory()],
    connectionEncrypters: [plaintext()],
    streamMuxers: [yamux()],
    services: { identify: identify(), pubsub: gossipsub({ allowPublishToZeroTopicPeers: true }) },
  });
  const { pubsub } = node.services;
  const receive = pubsub.handleReceivedRpc.bind(pubsub);
  pubsub.handleReceivedRpc = (from, rpc) => {
    copies += rpc.messages?.length ?? 0;
    return receive(from, rpc);
  };
  pubsub.addEventListener("message", () => { delivered += 1; });
  pubsub.subscribe("t");
  nodes.push(node);
}
for (let i = 0; i < count; i++) {
  for (let k = 0; k < degree / 2; k++) {
    const other = (i + 1 + Math.floor(Math.random() * (count - 1))) % count;
    await nodes[i].dial(nodes[other].getMultiaddrs()[0]).catch(() => undefined);
  }
}
await sleep(5000);
copies = 0;
delivered = 0;
for (let m = 0; m < messages; m++) {
  await nodes[m % count].services.pubsub.publish("t", new Uint8Array(100));
  await sleep(20);
}
await sleep(3000);
console.log(JSON.stringify({ nodes: count, messages, delivered, copiesPerDelivery: copies / delivered }));
process.exit(0);
`;
