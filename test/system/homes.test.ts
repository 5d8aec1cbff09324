/** Whole hubs of several homes that share nothing but a Mosquitto, as Debian ships it. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { defaultConfig } from "../../runtime/config/config.js";
import { createCounters } from "../../runtime/core/counters.js";
import type { HomesApi } from "../../runtime/core/homes.js";
import type { Message } from "../../runtime/core/messages.js";
import type { Link } from "../../runtime/core/ports.js";
import type { MindosEvent } from "../../runtime/core/status.js";
import type { RunningHub } from "../../runtime/hub/parts.js";
import { startHub } from "../../runtime/hub.js";
import { Backbone } from "../../runtime/io/backbone/backbone.js";
import { checkBackbone } from "../../runtime/io/backbone/file.js";
import { systemClock } from "../../runtime/io/clock.js";
import { createDevelopmentHome, type DevelopmentHub } from "../../runtime/io/home/home-development.js";
import { loadIdentity } from "../../runtime/io/home/identity.js";
import { LinkCodec } from "../../runtime/wire/link-codec.js";
import { isInstalled, type RealBroker, startMosquitto, startNats } from "../fakes/real-brokers.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Home {
  readonly hub: RunningHub;
  readonly homes: HomesApi;
  readonly made: readonly DevelopmentHub[];
  readonly lines: string[];
}

const patience = { timeout: 30_000, interval: 100 };
const rng = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const given = ({ ca, password, url, user }: RealBroker) => ({
  url,
  ...(user === undefined ? {} : { user }),
  ...(password === undefined ? {} : { password }),
  ...(ca === undefined ? {} : { ca }),
});

let broker: RealBroker;
let folder: string;

/** @param runs which of its two hubs runs: 0, the owner, or 1, a member. */
async function home(name: string, runs = 0): Promise<Home> {
  const dirs = [join(folder, name, "owner"), join(folder, name, "member")];
  const made = await createDevelopmentHome(dirs, { wallMs: Date.now(), lifeMs: 86_400_000, name });
  const lines: string[] = [];
  const config = defaultConfig({
    ...{ dataDir: dirs[runs]!, mqttPort: 0, httpPort: 0, linkHost: "127.0.0.1", discovery: false },
    ...{ bluetooth: { enabled: false }, inference: { backend: "off" } },
    replay: { source: "motes", motes: [1], speed: 1000 },
  });
  const hub = await startHub(config, { emit: (event: MindosEvent) => lines.push(JSON.stringify(event)) });
  cleanups.push(() => hub.stop());
  await expect.poll(() => hub.backbone?.homes, patience).toBeDefined();
  await hub.backbone!.addBackbone(given(broker));
  return { hub, homes: hub.backbone!.homes!, made, lines };
}

const linksOf = ({ homes }: Home): readonly number[] => homes.homes().homes.map(({ links }) => links.length);
const counted = ({ hub }: Home, name: string): number => hub.status().counters[name] ?? 0;

describe.skipIf(!isInstalled("mosquitto"))("homes at one Mosquitto", () => {
  beforeEach(async () => {
    const mosquitto = await startMosquitto({ tls: true });
    cleanups.push(() => mosquitto.stop());
    broker = mosquitto;
    folder = mkdtempSync(join(tmpdir(), "mindos-homes-"));
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  });

  test("meet once a person on each side has named the other, answer each other's questions, and share nothing else", async () => {
    const [villa, mill] = [await home("villa"), await home("mill")];
    await villa.homes.trust(mill.homes.homes().code, "mill");
    await expect(villa.homes.askHome("mill", "what is the temperature?")).rejects.toMatchObject({
      code: "OTHER_HOME_UNREACHABLE",
    });
    await mill.homes.trust(villa.homes.homes().code);
    await expect.poll(() => [linksOf(villa), linksOf(mill)], patience).toEqual([[1], [1]]);
    const answer = await villa.homes.askHome("mill", "what is the temperature?", 10_000);
    expect(answer).toMatchObject({ name: "mill", hubs: 1, replay: true });
    expect(answer.text).toMatch(/°C|Cel/);
    await expect(villa.homes.askHome("mill", "who are you?")).rejects.toMatchObject({ code: "NOBODY_CAN_ANSWER" });
    const said = async (...words: string[]) => {
      const program = ["--import", "tsx", "runtime/cli/main.ts", "homes", ...words, "--data", villa.made[0]!.dir];
      return (await promisify(execFile)(process.execPath, program)).stdout;
    };
    expect(await said("code")).toBe(`${villa.homes.homes().code}\n`);
    expect(await said()).toMatch(/mill +[0-9a-f]{8} +.+ [0-9a-f]{8}/);
    expect(JSON.parse(await said("ask", "mill", "what is the temperature?", "--json"))).toMatchObject({ hubs: 1 });
    expect(await said("ask", "mill", "what is the temperature?")).toMatch(
      /1 of 1 hubs of mill answered in .*replayed data/,
    );

    // No hub of the other home is in this one's mesh, and nothing that it hears.
    expect(villa.hub.mesh.node.links.neighbourCount).toBe(0);
    expect(villa.hub.status().hubs).toHaveLength(1);
    expect(villa.hub.sensors()).toHaveLength(1);

    const file = join(folder, "villa", "owner", "homes.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const rootKey = JSON.parse(readFileSync(file, "utf8")).homes[0].rootPublicKey;
    expect([...villa.lines, ...mill.lines].join("\n")).not.toContain(rootKey);

    await mill.homes.distrust(villa.made[0]!.papers.home);
    await expect.poll(() => linksOf(villa), patience).toEqual([0]);
    expect(linksOf(mill)).toEqual([]);
  }, 90_000);

  test("meet at a nats-server as well", async () => {
    if (!isInstalled("nats")) return;
    const nats = await startNats();
    cleanups.push(() => nats.stop());
    broker = nats;
    const [villa, mill] = [await home("villa"), await home("mill")];
    await villa.homes.trust(mill.homes.homes().code, "mill");
    await mill.homes.trust(villa.homes.homes().code, "villa");
    await expect.poll(() => [linksOf(villa), linksOf(mill)], patience).toEqual([[1], [1]]);
    expect(await mill.homes.askHome("villa", "what is the temperature?", 10_000)).toMatchObject({ hubs: 1 });
  }, 90_000);

  test("do not let in whoever knows both codes but is of neither, and count him", async () => {
    const [villa, mill] = [await home("villa"), await home("mill")];
    await villa.homes.trust(mill.homes.homes().code, "mill");
    const dir = join(folder, "thief");
    const [thief] = await createDevelopmentHome([dir], { wallMs: Date.now(), lifeMs: 86_400_000, name: "thief" });
    const opened: Link[] = [];
    let linkIds = 0;
    const backbone = new Backbone({
      ...{ account: checkBackbone(given(broker)), identity: await loadIdentity(dir), clock: systemClock, rng },
      ...{ counters: createCounters(), rootKey: mill.made[0]!.papers.rootKey, linkIds: () => ++linkIds },
      ...{ isRevoked: () => false, isLinkedElsewhere: () => false },
      events: { opened: () => undefined, received: () => undefined, closed: () => undefined },
      others: [
        {
          ...{ home: villa.made[0]!.papers.home, name: "villa", rootKey: villa.made[0]!.papers.rootKey },
          ...{ isRevoked: () => false, isLinkedElsewhere: () => false },
          events: { opened: (link) => opened.push(link), received: () => undefined, closed: () => undefined },
        },
      ],
    });
    cleanups.push(() => backbone.stop());
    await expect.poll(() => opened.length, patience).toBeGreaterThan(0);
    const codec = new LinkCodec();
    const hello: Message = {
      type: "HELLO",
      ...{ versions: [1], id: thief!.hub, epoch: 1, boot: rng(8), name: "thief" },
      ...{ chain: thief!.papers.chain, addresses: [] },
    };
    opened[0]!.send(codec.encode({ seq: 1, message: hello }));
    await expect.poll(() => counted(villa, "federation.unknownHome"), patience).toBe(1);
    expect(linksOf(villa)).toEqual([0]);
  }, 90_000);

  test("deal with each other through owners' hubs alone", async () => {
    const [villa, member] = [await home("villa"), await home("mill", 1)];
    await expect(member.homes.trust(villa.homes.homes().code)).rejects.toMatchObject({ code: "NOT_OWNER" });
    await expect(villa.homes.trust(villa.homes.homes().code)).rejects.toMatchObject({ code: "BAD_INPUT" });
    await expect(villa.homes.trust(`${member.homes.homes().code}a`)).rejects.toMatchObject({
      code: "HOME_CODE_INVALID",
    });
  }, 60_000);
});
