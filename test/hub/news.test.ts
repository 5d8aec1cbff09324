import { expect, it, vi } from "vitest";
import { createCounters } from "../../runtime/core/counters.js";
import type { HubId } from "../../runtime/core/ids.js";
import { sensorIdFromAddress } from "../../runtime/core/ids.js";
import type { Message } from "../../runtime/core/messages.js";
import { News, type NewsOptions } from "../../runtime/hub/news.js";
import type { ReadingBody } from "../../runtime/hub/reading-pace.js";

const SELF = "ffeeddccbbaa99887766554433221100" as HubId;
const OTHER = "0123456789abcdef0123456789abcdef" as HubId;

function reading(value: number, measurements = 1): ReadingBody {
  const sensor = sensorIdFromAddress("C0:FF:EE:00:00:01");
  if (sensor === undefined) throw new Error("no address");
  const readings = Array.from(
    { length: measurements },
    (_, index) => ({ quantity: "temperature", value, index }) as const,
  );
  return { type: "READING", sensor, readings, wallMs: value, rssiDbm: -60, origin: "live" };
}

function open() {
  const said: Message[] = [];
  const sent: Message[] = [];
  const published = vi.fn();
  const counters = createCounters();
  const clock = { now: 0, nowMs: () => clock.now, wallMs: () => clock.now };
  const news = new News({
    self: SELF,
    clock,
    rng: () => 0.5,
    counters,
    store: {},
    publisher: { reading: published },
    mesh: {
      broadcast: (message: Message) => said.push(message),
      send: (_: HubId, message: Message) => sent.push(message),
    },
    lastSaid: () => [reading(1), reading(2)],
    emit: () => {},
    onProblem: (error: unknown) => expect.unreachable(String(error)),
  } as unknown as NewsOptions);
  return { news, said, sent, published, counters, clock };
}

it("what is said faster than it may be told goes out whole when the hub stops", () => {
  const { news, said } = open();
  for (let value = 0; value < 120; value++) news.say(reading(value));
  expect(said.length).toBe(50);
  news.stop();
  const all = said.flatMap((message) => (message.type === "READINGS" ? message.heard : [message as ReadingBody]));
  expect(all.map(({ wallMs }) => wallMs)).toEqual(Array.from({ length: 120 }, (_, value) => value));
});

it("a newcomer hears the newest of all sensors in one frame", () => {
  const { news, sent } = open();
  news.onHubUp(OTHER);
  expect(sent).toEqual([{ type: "READINGS", heard: [reading(1), reading(2)] }]);
});

it("whoever comes to the cell by way of others hears soon what a sensor is called", () => {
  const { news, said, clock } = open();
  const named = { ...reading(1), name: "roof" };
  const names = () => said.splice(0).map((message) => (message as ReadingBody).name);
  news.onCell([SELF]);
  clock.now = 2_000;
  news.say(named);
  news.say(named);
  expect(names()).toEqual(["roof", undefined]);
  news.onCell([SELF, OTHER]);
  clock.now = 12_000;
  news.say(named);
  news.onCell([SELF]);
  clock.now = 30_000;
  news.say(named);
  expect(names()).toEqual(["roof", undefined]);
});

it("of a hub that floods, no more is taken than can be shown", () => {
  const { news, published, counters, clock } = open();
  for (let value = 0; value < 1000; value++) news.onReading(OTHER, reading(value, 64), true);
  expect(published.mock.calls.length).toBe(Math.floor(4000 / 64));
  expect(counters.snapshot()["mesh.readingsTooMany"]).toBe(1000 - Math.floor(4000 / 64));
  clock.now = 10_000;
  news.onReading(OTHER, reading(1, 64), true);
  expect(published.mock.calls.length).toBe(Math.floor(4000 / 64) + 1);
});
