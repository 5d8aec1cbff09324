/**
 * Whole hubs that share no network but a message broker: Mosquitto, nats-server, RabbitMQ, as Debian ships them.
 * A broker that is not installed is told of and left out.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { defaultConfig } from "../../runtime/config/config.js";
import type { MindosEvent } from "../../runtime/core/status.js";
import type { RunningHub } from "../../runtime/hub/parts.js";
import { startHub } from "../../runtime/hub.js";
import { createDevelopmentHome } from "../../runtime/io/home/home-development.js";
import { isInstalled, type RealBroker, startMosquitto, startNats, startRabbit } from "../fakes/real-brokers.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const BROKERS = [
  ["Mosquitto", "mosquitto", startMosquitto, "5"],
  ["Mosquitto with TLS", "mosquitto", () => startMosquitto({ tls: true }), "5"],
  ["nats-server", "nats", startNats, "3.1.1"],
  ["RabbitMQ", "rabbitmq", startRabbit, undefined],
] as const;

interface Started {
  readonly hub: RunningHub;
  readonly events: MindosEvent[];
  readonly dir: string;
}

async function hubIn(dir: string, peers: readonly string[] = []): Promise<Started> {
  const config = defaultConfig({
    ...{ dataDir: dir, mqttPort: 0, httpPort: 0, linkHost: "127.0.0.1", discovery: false },
    ...{ bluetooth: { enabled: false }, inference: { backend: "off" }, peers },
  });
  const events: MindosEvent[] = [];
  const hub = await startHub(config, { emit: (event) => events.push(event) });
  cleanups.push(() => hub.stop());
  await expect.poll(() => hub.backbone !== undefined, { timeout: 10_000 }).toBe(true);
  return { hub, events, dir };
}

async function folders(): Promise<readonly [string, string]> {
  const folder = mkdtempSync(join(tmpdir(), "mindos-backbone-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  const dirs = [join(folder, "a"), join(folder, "b")] as const;
  await createDevelopmentHome(dirs, { wallMs: Date.now(), lifeMs: 86_400_000 });
  return dirs;
}

async function pair(): Promise<readonly [Started, Started]> {
  const [a, b] = await folders();
  return [await hubIn(a), await hubIn(b)];
}

/** A way to another port that is closed at first. */
async function gate() {
  const sockets = new Set<Socket>();
  let target: number | undefined;
  const server = createServer((near) => {
    if (target === undefined) return void near.on("error", () => undefined).destroy();
    const far = connect(target, "127.0.0.1");
    for (const socket of [near, far]) sockets.add(socket.on("error", () => undefined));
    near.pipe(far).pipe(near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address() as { readonly port: number };
  const open = (port: number): void => {
    target = port;
  };
  return { port: address.port, open };
}

const given = ({ ca, password, url, user }: RealBroker) => ({
  url,
  ...(user === undefined ? {} : { user }),
  ...(password === undefined ? {} : { password }),
  ...(ca === undefined ? {} : { ca }),
});

test.each(BROKERS)(
  "two hubs that share nothing but %s link up and ping each other",
  async (name, program, start, mqtt) => {
    if (!isInstalled(program)) {
      console.warn(
        `${name} is not installed here: apt-get install ${program === "nats" ? "nats-server" : program}-server`,
      );
      return;
    }
    const broker = await start();
    cleanups.push(() => broker.stop());
    const [a, b] = await pair();
    for (const { hub } of [a, b]) await hub.backbone?.addBackbone(given(broker));
    const id = (one: Started): string => one.hub.status().hub;
    await expect
      .poll(() => [a, b].map(({ hub }) => hub.backbone?.backbones()[0]), { timeout: 30_000, interval: 200 })
      .toMatchObject([
        { state: "connected", links: [{ hub: id(b) }] },
        { state: "connected", links: [{ hub: id(a) }] },
      ]);
    if (mqtt !== undefined) expect(a.hub.backbone?.backbones()[0]?.mqtt).toBe(mqtt);
    await expect
      .poll(() => a.events.some((event) => event.event === "link-up" && event.peer === id(b)), { timeout: 10_000 })
      .toBe(true);
    for (let i = 0; i < 20; i++) {
      const echo = await a.hub.mesh.ping(b.hub.status().hub, 5_000);
      expect(echo?.hops).toBe(0);
    }
    expect(statSync(join(a.dir, "backbone.json")).mode & 0o777).toBe(0o600);
    expect(JSON.stringify(a.hub.backbone?.backbones())).not.toContain(broker.password);
  },
);

test("a wrong password is told, the right one takes effect at once, and a broker that is removed is left", async () => {
  if (!isInstalled("mosquitto")) return;
  const broker = await startMosquitto();
  cleanups.push(() => broker.stop());
  const [a, b] = await pair();
  await a.hub.backbone?.addBackbone(given(broker));
  await b.hub.backbone?.addBackbone({ ...given(broker), password: "wrong" });
  const view = (one: Started) => one.hub.backbone?.backbones()[0];
  await expect.poll(() => view(b)?.problem, { timeout: 10_000 }).toMatch(/does not let this user in|does not accept/);
  await b.hub.backbone?.addBackbone(given(broker));
  await expect.poll(() => view(a)?.links.length, { timeout: 20_000 }).toBe(1);
  await b.hub.backbone?.removeBackbone(broker.url);
  expect(b.hub.backbone?.backbones()).toEqual([]);
  await expect.poll(() => view(a)?.links.length, { timeout: 10_000 }).toBe(0);
});

test("a direct link takes the place of one over a broker, and the hubs never lose each other for long", async () => {
  if (!isInstalled("mosquitto")) return;
  const broker = await startMosquitto();
  cleanups.push(() => broker.stop());
  const way = await gate();
  const [dirA, dirB] = await folders();
  const a = await hubIn(dirA);
  const b = await hubIn(dirB, [`127.0.0.1:${way.port}`]);
  for (const { hub } of [a, b]) await hub.backbone?.addBackbone(given(broker));
  const links = (): unknown => [a, b].map(({ hub }) => hub.backbone?.backbones()[0]?.links.length);
  const neighbours = (): unknown => [a, b].map(({ hub }) => hub.mesh.node.links.neighbourCount);
  await expect
    .poll(() => [links(), neighbours()], { timeout: 20_000 })
    .toEqual([
      [1, 1],
      [1, 1],
    ]);
  way.open(a.hub.status().linkPort ?? 0);
  await expect
    .poll(() => [links(), neighbours()], { timeout: 30_000 })
    .toEqual([
      [0, 0],
      [1, 1],
    ]);
  expect((await b.hub.mesh.ping(a.hub.status().hub, 5_000))?.hops).toBe(0);
});
