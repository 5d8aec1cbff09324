/** Whole hubs, in this process: real broker, links, store and page server on loopback; adverts from a test source. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { afterEach, expect, test } from "vitest";
import { type Config, defaultConfig } from "../../runtime/config/config.js";
import type { Advert, AdvertSource } from "../../runtime/core/advert.js";
import { hexToBytes } from "../../runtime/core/bytes.js";
import { MindosError } from "../../runtime/core/errors.js";
import type { MindosEvent } from "../../runtime/core/status.js";
import { openAdmission } from "../../runtime/hub/admission-folder.js";
import type { RunningHub } from "../../runtime/hub/parts.js";
import { startHub } from "../../runtime/hub.js";
import { createDevelopmentHome } from "../../runtime/io/home/home-development.js";

const folders: string[] = [];
const running: RunningHub[] = [];

afterEach(async () => {
  for (const hub of running.splice(0)) await hub.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "mindos-hub-"));
  folders.push(made);
  return made;
}

/** A source whose adverts the test hands in. */
class HandSource implements AdvertSource {
  readonly name = "hand";
  readonly origin = "live";
  #deliver: ((advert: Advert) => void) | undefined;
  start(deliver: (advert: Advert) => void): Promise<void> {
    this.#deliver = deliver;
    return Promise.resolve();
  }
  stop(): Promise<void> {
    this.#deliver = undefined;
    return Promise.resolve();
  }
  get listening(): boolean {
    return this.#deliver !== undefined;
  }
  hear(address: string, serviceData: string): void {
    const data = new Map([["fcd2", hexToBytes(serviceData)]]);
    this.#deliver?.({
      address,
      rssiDbm: -60,
      heardMs: 0,
      origin: "live",
      serviceData: data,
      manufacturerData: new Map(),
    });
  }
}

interface Started {
  readonly hub: RunningHub;
  readonly source: HandSource;
  readonly events: MindosEvent[];
}

function configOf(dataDir: string, overrides: Record<string, unknown> = {}): Config {
  return defaultConfig({
    dataDir,
    mqttPort: 0,
    httpPort: 0,
    linkHost: "127.0.0.1",
    discovery: false,
    bluetooth: { enabled: false },
    inference: { backend: "off" },
    ...overrides,
  });
}

async function start(dataDir: string, overrides: Record<string, unknown> = {}): Promise<Started> {
  const source = new HandSource();
  const events: MindosEvent[] = [];
  const hub = await startHub(configOf(dataDir, overrides), { emit: (event) => events.push(event), sources: [source] });
  running.push(hub);
  await until(() => source.listening, "the source listens");
  return { hub, source, events };
}

/** Two folders whose hubs belong to one home. */
async function homeOfTwo(): Promise<[string, string]> {
  const dirs: [string, string] = [folder(), folder()];
  await createDevelopmentHome(dirs, { wallMs: Date.now(), lifeMs: 3_600_000 });
  return dirs;
}

/** Where its links may be dialled, as a setting says it. */
async function peersOf({ hub }: Started): Promise<string[]> {
  await until(() => hub.status().linkPort !== undefined, "the hub listens for links");
  return [`127.0.0.1:${hub.status().linkPort}`];
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 1000) throw new Error(`it never came about that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const CELLAR = { address: "C0:FF:EE:00:00:01", name: "cellar sensor", place: "cellar" };
const HALL = { address: "C0:FF:EE:00:00:02", name: "hall sensor", place: "hall" };
/** Packet id 1, 25.00 Cel, 50.55 %RH: the specification's example. */
const WARM = "40000102c40903bf13";

test("a reading heard by one hub answers a question asked of the other, with the evidence it rests on", async () => {
  const [home, other] = await homeOfTwo();
  const one = await start(home, { name: "one", sensors: [CELLAR] });
  const two = await start(other, { name: "two", sensors: [HALL], peers: await peersOf(one) });
  one.source.hear(CELLAR.address, WARM);
  two.source.hear(HALL.address, "40000102d00703bf13");
  await until(() => two.hub.sensors().length === 2, "both sensors are known on hub two");
  await until(
    () => two.hub.status().hubs.every((hub) => hub.topics.includes("climate.extreme")),
    "hub one has announced its topics",
  );
  const answer = await two.hub.ask("which room is the warmest?", 5000);
  expect(answer.text).toBe("cellar is the warmest with 25.0 °C; next is hall with 20.0 °C.");
  expect(answer.hubsAnswered).toHaveLength(2);
  expect(answer.evidence.map(({ place, value }) => [place, value])).toEqual(
    expect.arrayContaining([
      ["cellar", 25],
      ["hall", 20],
    ]),
  );
  expect(answer.replay).toBe(false);
  expect(await two.hub.history("ble:c0ffee000001" as never, "temperature", 10)).toMatchObject([
    [expect.any(Number), 25],
  ]);
});

test("when a hub goes, the other says so, and answers alone", async () => {
  const [home, other] = await homeOfTwo();
  const one = await start(home, { name: "one", sensors: [CELLAR] });
  const two = await start(other, { name: "two", sensors: [HALL], peers: await peersOf(one) });
  await until(() => two.hub.status().hubs.some(({ state }) => state === "alive"), "the hubs are linked");
  await one.hub.stop();
  await until(() => two.events.some(({ event }) => event === "link-down"), "hub two says that the link is down");
  two.source.hear(HALL.address, WARM);
  const answer = await two.hub.ask("how warm is it in the hall?", 2000);
  expect(answer.text).toBe("The temperature at hall is 25.0 °C.");
});

test("identity and history outlive a restart; the epoch grows", async () => {
  const dataDir = folder();
  const first = await start(dataDir, { sensors: [CELLAR] });
  first.source.hear(CELLAR.address, WARM);
  const id = first.hub.status().hub;
  await first.hub.stop();
  const second = await start(dataDir, { sensors: [CELLAR] });
  expect(second.hub.status().hub).toBe(id);
  expect((await second.hub.history("ble:c0ffee000001" as never, "humidity", 5)).map(([, value]) => value)).toEqual([
    50.55,
  ]);
});

test("secrets are for the owner's eyes only, and the handle goes when the hub does", async () => {
  const dataDir = folder();
  const { hub } = await start(dataDir);
  for (const name of ["identity.json", "hub.json"])
    expect(statSync(join(dataDir, name)).mode & 0o777, name).toBe(0o600);
  const { token, url } = JSON.parse(readFileSync(join(dataDir, "hub.json"), "utf8")) as { token: string; url: string };
  expect((await fetch(`${url}api/status`)).status).toBe(401);
  const status = await fetch(`${url}metrics`, { headers: { Authorization: `Bearer ${token}` } });
  expect(await status.text()).toContain("mindos_up_seconds");
  await hub.stop();
  expect(existsSync(join(dataDir, "hub.json"))).toBe(false);
});

test("an MQTT client reads what sensors say, and can neither speak as a sensor nor as a hub", async () => {
  const { hub, source } = await start(folder(), { sensors: [CELLAR] });
  const client = await connectAsync(`mqtt://127.0.0.1:${hub.status().mqtt.port}`, {
    protocolVersion: 5,
    reconnectPeriod: 0,
  });
  const heard: string[] = [];
  client.on("message", (topic, payload) => heard.push(`${topic} ${payload.toString()}`));
  await client.subscribeAsync("mindos/v1/#");
  source.hear(CELLAR.address, WARM);
  await until(() => heard.length >= 2, "both quantities are published");
  expect(heard[0]).toMatch(/^mindos\/v1\/sensors\/c0ffee000001\/temperature \{"value":25,"unit":"Cel",/);
  const granted = await client.subscribeAsync("m").catch(() => [{ qos: 128 }]);
  expect(granted.every(({ qos }) => qos >= 128)).toBe(true);
  await client.endAsync(true);
});

test("a taken port, a folder in use: one error that says what to do, and nothing is left open", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const dataDir = folder();
  const failure = (overrides: Record<string, unknown>): Promise<unknown> =>
    start(dataDir, overrides).catch((error: unknown) => error);
  for (const [setting, option] of [
    ["mqttPort", "--port"],
    ["httpPort", "--http-port"],
  ] as const) {
    const error = (await failure({ [setting]: port })) as MindosError;
    expect(error).toBeInstanceOf(MindosError);
    expect(error.message).toContain(String(port));
    expect(error.remedy).toContain(` ${option};`);
  }
  server.close();
  await start(dataDir);
  expect(((await failure({})) as MindosError).code).toBe("DATA_DIR_IN_USE");
});

test("a question that nobody can answer, or that is none, is refused with what to do", async () => {
  const { hub } = await start(folder());
  await expect(hub.ask("is anything unusual?", 1000)).rejects.toMatchObject({ code: "NOBODY_CAN_ANSWER" });
  await expect(hub.ask("sing a song", 1000)).rejects.toMatchObject({ code: "QUESTION_UNCLEAR" });
  await expect(hub.ask("x".repeat(501), 1000)).rejects.toMatchObject({ code: "QUESTION_TOO_LONG" });
});

test("hostile adverts are counted, and the hub goes on", async () => {
  const { hub, source } = await start(folder(), { sensors: [CELLAR] });
  for (const data of ["", "40", "4002", "ff00", "4053ff41", "41".repeat(2000)]) source.hear(CELLAR.address, data);
  source.hear("not an address", WARM);
  source.hear(CELLAR.address, WARM);
  const { counters, readings } = hub.status();
  expect(readings).toBe(2);
  expect(Object.keys(counters).filter((name) => name.startsWith("advert.")).length).toBeGreaterThanOrEqual(4);
});

test("a stop in the middle of the start is no problem of anybody's, and nothing starts after it", async () => {
  const [dataDir] = await homeOfTwo();
  const events: MindosEvent[] = [];
  const source = new HandSource();
  const hub = await startHub(configOf(dataDir), { emit: (event) => events.push(event), sources: [source] });
  await hub.stop();
  await start(dataDir); // takes longer than what might go on behind the first one's back
  expect(events.filter(({ event }) => event === "problem")).toEqual([]);
  expect(source.listening).toBe(false);
});

test("a hub without a name of its own goes by the one that it joined its home with", async () => {
  const dataDir = folder();
  await createDevelopmentHome([dataDir], { wallMs: Date.now(), lifeMs: 3_600_000 });
  expect((await start(dataDir, { name: "" })).hub.status().name).toBe("hub-1");
});

test("a hub that joined while it did not run links with its inviter at its start, where nothing is announced", async () => {
  const inviter = await start(folder());
  await inviter.hub.admission?.createHome("villa");
  await until(() => inviter.hub.status().linkPort !== undefined, "the inviter listens for links");
  const opened = await inviter.hub.admission?.invite("member", 10);
  const dir = folder();
  const joiner = await openAdmission(dir, {
    ...{ holder: "test", hubName: "attic", host: "127.0.0.1" },
    onNote: () => undefined,
  });
  const { digits } = await joiner.api.beginJoining(opened?.url ?? "", undefined);
  await joiner.api.answerJoining(digits);
  await until(() => inviter.hub.admission?.invitation().state === "compare", "the digits can be typed");
  await inviter.hub.admission?.answerInvitation(opened?.id ?? 0, digits);
  await until(() => joiner.api.joining()?.state === "joined", "the papers have come");
  await joiner.close();
  const { events } = await start(dir);
  const isLinked = ({ event }: MindosEvent) => event === "link-up";
  await until(() => events.some(isLinked), "the two have a link");
});

test("a hub says how many invitations wait, when that changes, and never their codes", async () => {
  const { hub, events } = await start(folder());
  await hub.admission?.createHome("villa");
  const opened = await hub.admission?.invite("member", 10);
  await hub.admission?.invite("member", 10);
  await hub.admission?.answerInvitation(opened?.id ?? 0, undefined);
  const told = events.filter(({ event }) => event === "invitations");
  expect(told).toEqual([1, 2, 1].map((open) => ({ event: "invitations", open })));
});

test("a hub's room is the place of its sensors that have none of their own", async () => {
  const [dataDir] = await homeOfTwo();
  const { hub, source } = await start(dataDir, {
    name: "one",
    sensors: [CELLAR, { address: HALL.address, name: HALL.name }],
  });
  await until(() => hub.registry?.members().length === 1, "it lists itself");
  await hub.registry?.set("one.room", "loft");
  source.hear(HALL.address, WARM);
  source.hear(CELLAR.address, WARM);
  expect(hub.sensors().map(({ place }) => place)).toEqual(expect.arrayContaining(["loft", "cellar"]));
  expect((await hub.ask("how warm is it in the loft?", 1000)).text).toContain("loft");
});
