/**
 * gossipsub over libp2p's memory transport, for comparison: how many copies of a payload are received for each delivery, while nothing else
 * happens, and while 1 % of the nodes a minute stop and others start in their place.
 * The packages are installed into .bench/ at the first run, not among the project's own.
 */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
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
const INSTALL_TIMEOUT_MS = 180_000;
/** All nodes share one thread, so it takes as long as it takes. */
const RUN_TIMEOUT_MS = 600_000;

export interface GossipsubOptions {
  readonly nodes: number;
  /** Links that each node has, on average. Its meshes have 6 (D) of them, so it is given more. */
  readonly degree: number;
  /** Before churn begins, four a second: each costs the thread a third of a second where there are 100 nodes. */
  readonly messages: number;
  /** One message a second. Unit: s. */
  readonly churnSeconds: number;
}

export interface GossipsubFigures {
  /** Payloads received, first copies and further ones, for each delivery. */
  readonly copies: number;
  readonly copiesChurn: number;
  readonly messages: number;
  readonly messagesChurn: number;
  /** Nodes that were stopped, each with one started in its place. */
  readonly replaced: number;
}

/** @throws Error when the packages cannot be installed, or when it does not end within ten minutes. */
export async function measureGossipsub(
  { nodes, degree, messages, churnSeconds }: GossipsubOptions,
  progress: (line: string) => void,
): Promise<GossipsubFigures> {
  const folder = join(root, ".bench", `gossipsub-${PACKAGES["@libp2p/gossipsub"]}`);
  if (!existsSync(join(folder, "node_modules", "@libp2p", "gossipsub"))) install(folder, progress);
  writeFileSync(join(folder, "run.mjs"), SCRIPT);
  const child = spawn(process.execPath, ["run.mjs", ...[nodes, degree, messages, churnSeconds].map(String)], {
    ...{ cwd: folder, timeout: RUN_TIMEOUT_MS, killSignal: "SIGKILL" as const },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let last = "";
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith("{")) progress(line);
    last = line;
  }
  if (!last.startsWith("{")) throw new Error(`gossipsub did not end within ${RUN_TIMEOUT_MS / 60_000} min, or failed`);
  return JSON.parse(last) as GossipsubFigures;
}

function install(folder: string, progress: (line: string) => void): void {
  progress(`installing gossipsub ${PACKAGES["@libp2p/gossipsub"]} into .bench/`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ private: true, type: "module", dependencies: PACKAGES }),
  );
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], {
    ...{ cwd: folder, stdio: "ignore", timeout: INSTALL_TIMEOUT_MS },
  });
}

/** It runs where the packages are. Its `Promise.withResolvers` is Node 22's. A line that is no JSON says how far it is. */
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
const [count, degree, messages, churnSeconds] = process.argv.slice(2).map(Number);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const nodes = [];
let copies = 0;
let delivered = 0;
let started = 0;
async function start(at) {
  const node = await createLibp2p({
    addresses: { listen: ["/memory/n" + started++] },
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
  nodes[at] = node;
}
async function dial(at, links) {
  for (let k = 0; k < links; k++) {
    const other = (at + 1 + Math.floor(Math.random() * (count - 1))) % count;
    await nodes[at].dial(nodes[other].getMultiaddrs()[0]).catch(() => undefined);
  }
}
async function say(number, everyMs, meanwhile) {
  copies = 0;
  delivered = 0;
  for (let m = 0; m < number; m++) {
    await nodes[m % count].services.pubsub.publish("t", new Uint8Array(100));
    await meanwhile(m);
    await sleep(everyMs);
  }
  await sleep(3000);
  return copies / delivered;
}
for (let at = 0; at < count; at++) await start(at);
for (let at = 0; at < count; at++) await dial(at, degree / 2);
console.log("gossipsub: " + count + " nodes, " + degree + " links each");
await sleep(5000);
const steady = await say(messages, 250, () => undefined);
console.log("gossipsub: " + steady.toFixed(2) + " copies a delivery; now with churn, for " + churnSeconds + " s");
const messagesChurn = churnSeconds;
const between = 60 / (0.01 * count);
let replaced = 0;
const churned = await say(messagesChurn, 1000, async (m) => {
  if (Math.floor(m / between + 0.5) <= replaced) return;
  const at = Math.floor(Math.random() * count);
  await nodes[at].stop();
  await start(at);
  await dial(at, degree);
  replaced += 1;
});
console.log(JSON.stringify({ copies: steady, copiesChurn: churned, messages, messagesChurn, replaced }));
process.exit(0);
`;
