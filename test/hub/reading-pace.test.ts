import { describe, expect, it } from "vitest";
import { sensorIdFromAddress } from "../../runtime/core/ids.js";
import {
  FRAME_BYTES_MAX,
  inFrames,
  type ReadingBody,
  type ReadingNews,
  ReadingPace,
} from "../../runtime/hub/reading-pace.js";
import { readings } from "../../runtime/wire/messages/sensing.js";

function reading(sensor: number, value: number): ReadingBody {
  const id = sensorIdFromAddress(`C0:FF:EE:00:00:${sensor.toString(16).padStart(2, "0")}`);
  if (id === undefined) throw new Error("no address");
  return {
    type: "READING",
    sensor: id,
    readings: [{ quantity: "temperature", value, index: 0 }],
    wallMs: value,
    rssiDbm: -60,
    origin: "live",
  };
}

const heardIn = (news: ReadingNews): readonly Omit<ReadingBody, "type">[] =>
  news.type === "READINGS" ? news.heard : [news];
const degrees = (all: readonly ReadingNews[]) => all.flatMap(heardIn).map(({ readings: [item] }) => item?.value);

interface Told {
  readonly atMs: number;
  readonly news: ReadingNews;
}

/** Drives it as the hub does: a tick when its deadline has come, then what is said. */
function play(
  pace: ReadingPace,
  says: readonly { readonly atMs: number; readonly body: ReadingBody }[],
  untilMs: number,
): Told[] {
  const told: Told[] = [];
  const tickUntil = (atMs: number): void => {
    for (let due = pace.deadlineMs; due !== undefined && due <= atMs; due = pace.deadlineMs) {
      for (const news of pace.handle({ type: "tick" }, due)) told.push({ atMs: due, news });
    }
  };
  for (const { atMs, body } of says) {
    tickUntil(atMs);
    for (const news of pace.handle({ type: "say", body }, atMs)) told.push({ atMs, news });
  }
  tickUntil(untilMs);
  return told;
}

const never = () => expect.unreachable("nothing is left out");
const every = (ms: number, count: number, body: (index: number) => ReadingBody) =>
  Array.from({ length: count }, (_, index) => ({ atMs: index * ms, body: body(index) }));

describe("telling what sensors say", () => {
  it("is done at once while there is little, and one by one", () => {
    const pace = new ReadingPace(never);
    const told = play(
      pace,
      every(250, 240, (index) => reading(1, index)),
      60_000,
    );
    expect(told.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 240 }, (_, index) => index * 250));
    expect(told.every(({ news }) => news.type === "READING")).toBe(true);
    expect(pace.deadlineMs).toBeUndefined();
  });

  it("of a hundred a second tells every one in order, five frames a second, none later than 200 ms", () => {
    const pace = new ReadingPace(never);
    const says = every(10, 2000, (index) => reading(index % 7, index));
    const told = play(pace, says, 21_000);
    expect(degrees(told.map(({ news }) => news))).toEqual(says.map((_, index) => index));
    expect(told.filter(({ atMs }) => atMs >= 10_000 && atMs < 20_000).length).toBe(50);
    const late = told.flatMap(({ atMs, news }) => heardIn(news).map(({ wallMs }) => atMs - wallMs * 10));
    expect(Math.max(...late)).toBeLessThanOrEqual(200);
  });

  it("leaves out the oldest of a sensor that says too much, and nothing of one that does not", () => {
    let dropped = 0;
    const pace = new ReadingPace(() => {
      dropped += 1;
    });
    const chatty = every(0.25, 40_000, (index) => reading(1, index));
    const calm = every(1000, 10, (index) => reading(2, index));
    const told = play(
      pace,
      [...chatty, ...calm].sort((a, b) => a.atMs - b.atMs),
      20_000,
    );
    const heard = told.flatMap(({ news }) => heardIn(news));
    const ofChatty = heard.filter(({ sensor }) => sensor === reading(1, 0).sensor).map(({ wallMs }) => wallMs);
    expect(heard.length - ofChatty.length).toBe(10);
    expect(dropped).toBe(40_000 - ofChatty.length);
    expect(dropped).toBeGreaterThan(0);
    expect(ofChatty).toEqual([...ofChatty].sort((a, b) => a - b));
    expect(ofChatty.at(-1)).toBe(39_999);
  });

  it("puts no more in a frame than its bytes, and at the end tells what waits", () => {
    const pace = new ReadingPace(never);
    for (let index = 0; index < 500; index++) pace.handle({ type: "say", body: reading(1, index) }, 0);
    const rest = pace.rest();
    expect(degrees(rest)).toEqual(Array.from({ length: 450 }, (_, index) => 50 + index));
    expect(rest.length).toBeGreaterThan(1);
    for (const news of rest)
      if (news.type === "READINGS") expect(readings.size(news)).toBeLessThan(FRAME_BYTES_MAX + 16);
    expect(pace.deadlineMs).toBeUndefined();
  });

  it("of all sensors at once takes as few frames as they fit in", () => {
    expect(inFrames([])).toEqual([]);
    expect(inFrames([reading(1, 1)])).toEqual([reading(1, 1)]);
    const all = Array.from({ length: 256 }, (_, index) => reading(index, index));
    expect(degrees(inFrames(all))).toEqual(all.map((_, index) => index));
    expect(inFrames(all).length).toBeLessThanOrEqual(2);
  });
});
