import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { layoutOf } from "../../runtime/dashboard/page/replay/layout.js";
import { openRecording } from "../../runtime/dashboard/page/replay/opening.js";
import { Player } from "../../runtime/dashboard/page/replay/player.js";
import {
  HUBS_MAX,
  type Recording,
  RecordingError,
  RecordingReader,
} from "../../runtime/dashboard/page/replay/recording.js";
import { chainOfFive, headOf, line } from "./recordings.js";

function read(text: string): Recording {
  const reader = new RecordingReader();
  reader.push(text);
  return reader.end();
}

function outcome(text: string): string {
  try {
    return `${read(text).events.count} events`;
  } catch (error) {
    if (error instanceof RecordingError) return error.message;
    throw error;
  }
}

const stateOf = (player: Player) => ({
  states: [...player.states],
  cells: [...player.cells],
  up: [...player.up],
  suspectedBy: [...player.suspectedBy],
  buriedBy: [...player.buriedBy],
  running: player.running,
  groups: player.groups(),
});

describe("a recording", () => {
  test("is read, in any pieces", () => {
    const text = chainOfFive();
    const whole = read(text);
    expect(whole).toMatchObject({ scenario: "scene", topology: "made-up", seed: 7, endMs: 1_000, places: undefined });
    expect(whole.ids).toHaveLength(5);
    expect([...whole.links]).toEqual([0, 1, 1, 2, 2, 3, 3, 4]);
    expect(whole.notes.map((note) => note.text)).toEqual(["1 hub is killed", "hub 1: 1 hub lost at once"]);
    const reader = new RecordingReader();
    for (let at = 0; at < text.length; at += 7) reader.push(text.slice(at, at + 7));
    expect(reader.end()).toEqual(whole);
  });

  test("may end in the middle of a line, or behind one: it then says how long it was to last", () => {
    const whole = chainOfFive();
    const end = whole.lastIndexOf("{");
    expect(read(whole).plannedMs).toBeUndefined();
    expect(read(whole.slice(0, end))).toMatchObject({ endMs: 808, plannedMs: 1_000 });
    const cut = read(whole.slice(0, end - 20));
    expect(cut).toMatchObject({ endMs: 807, plannedMs: 1_000 });
    expect(cut.events.count).toBe(read(whole).events.count - 1);
  });

  test.each([
    ["", "The file is empty."],
    ["hello\n", "This is no recording of the simulator."],
    [line([1]), "This is no recording of the simulator."],
    [line({ type: "mindos-sim", version: 2 }), "Line 1: recordings of version 2 are not known here."],
    [headOf(HUBS_MAX + 1, { edges: [] }), "more than a screen can show"],
    [headOf(2, { edges: [[0, 2]] }), "Line 1: edge 0 joins no two hubs of this recording."],
    [headOf(2, { endMs: "soon" }), 'Line 1: "endMs" is no time.'],
    [`${headOf(2)}{"t":1,\n`, "Line 2: it is not JSON."],
    [headOf(2) + line({ t: 5, e: "isolated", h: 0 }) + line({ t: 4, e: "isolated", h: 0 }), "Line 3: "],
    [headOf(2) + line({ t: 1, e: "hub", h: 2, s: "running" }), 'Line 2: "h" is no hub of this recording.'],
    [headOf(2) + line({ t: 1, e: "hub", h: 1, s: "asleep" }), 'Line 2: "s" is none of off, running, stalled, killed.'],
    [headOf(2) + line({ t: 1, e: "cut", h: 1, of: 3 }), 'Line 2: "of" is no list.'],
    [headOf(2) + line({ t: 1, e: "what comes later" }), "0 events"],
  ])("of which something is wrong is refused with the line and the reason (%#)", (text, says) => {
    expect(outcome(text)).toContain(says);
  });

  test("of any lines is a value or a clear error", () => {
    const value = fc.oneof(
      fc.integer({ min: -2, max: 6 }),
      fc.constantFrom("running", "dead", "suspect", null, []),
      fc.double(),
    );
    const event = fc.record(
      {
        t: fc.integer({ min: 0, max: 50 }),
        e: fc.constantFrom("hub", "up", "down", "held", "place", "cut", "isolated", "fault", "new"),
        ...{ h: value, a: value, b: value, of: fc.oneof(value, fc.array(value)), s: value, in: fc.array(value) },
      },
      { requiredKeys: [] },
    );
    const lines = fc.array(
      fc.oneof(
        event.map(line),
        fc.json().map((text) => `${text}\n`),
        fc.string(),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(lines, fc.boolean(), (parts, headed) => void outcome((headed ? headOf(5) : "") + parts.join(""))),
    );
  });

  test("of any bytes is a value or a clear error", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const file = new Blob([headOf(3), bytes as Uint8Array<ArrayBuffer>]);
        await openRecording(file, () => undefined).catch((error: unknown) =>
          expect(error).toBeInstanceOf(RecordingError),
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe("a player", () => {
  const recording = read(chainOfFive());

  test("shows what was at that time", () => {
    const player = new Player(recording);
    player.seek(300);
    expect(stateOf(player)).toMatchObject({
      ...{ states: [1, 1, 1, 1, 1], cells: [1, 1, 1, 4, 4], up: [1, 1, 1, 1], running: 5 },
      groups: { count: 1, largest: 5 },
    });
    player.seek(505);
    expect(player.running).toBe(4);
    expect(player.groups()).toEqual({ count: 2, largest: 2 });
    expect(player.suspectedBy[2]).toBe(2);
    expect(player.linksInUse()).toBe(2);
    player.seek(600);
    expect([player.suspectedBy[2], player.buriedBy[2]]).toEqual([1, 1]);
    player.seek(99_999);
    expect(player.isOver).toBe(true);
    expect(player.doubted()).toEqual({ suspected: 0, buried: 0 });
    expect(player.groups()).toEqual({ count: 1, largest: 5 });
    expect(player.cellCount()).toBe(2);
  });

  test("shows the same however it came there", () => {
    const times = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(times, (stops) => {
        const [wandering, straight] = [new Player(recording), new Player(recording)];
        for (const stop of stops) wandering.seek(stop);
        straight.seek(stops.at(-1) ?? 0);
        expect(stateOf(wandering)).toEqual(stateOf(straight));
      }),
    );
  });
});

describe("a layout", () => {
  const inside = (points: Float64Array) => points.every((value) => value >= 0 && value <= 1);
  const distance = (points: Float64Array, a: number, b: number) =>
    Math.hypot(points[2 * a]! - points[2 * b]!, points[2 * a + 1]! - points[2 * b + 1]!);

  test("without places lets a chain lie as a chain, the same every time", () => {
    const recording = read(headOf(40));
    const points = layoutOf(recording);
    expect(inside(points)).toBe(true);
    expect(distance(points, 0, 39)).toBeGreaterThan(5 * distance(points, 0, 1));
    expect(layoutOf(recording)).toEqual(points);
  });

  test("with places keeps them, north up, and is not spoilt by one hub far away", () => {
    const hubs = Array.from({ length: 100 }, (_, at) => ({ id: String(at), x: at % 10, y: Math.floor(at / 10) }));
    const points = layoutOf(read(headOf(101, { hubs: [...hubs, { id: "far", x: 9_999, y: 3 }], edges: [] })));
    expect(inside(points)).toBe(true);
    expect(points[2 * 5]).toBeGreaterThan(points[2 * 4]!);
    expect(points[2 * 94 + 1]).toBeLessThan(points[2 * 4 + 1]!);
    expect(distance(points, 0, 9)).toBeGreaterThan(0.7);
  });

  test("keeps hubs at one place apart, and bears one hub, and islands", () => {
    const here = Array.from({ length: 30 }, () => ({ id: "", x: 1, y: 1 }));
    const points = layoutOf(read(headOf(30, { hubs: here, edges: [] })));
    for (let at = 1; at < 30; at++) expect(distance(points, 0, at)).toBeGreaterThan(0.003);
    expect(inside(layoutOf(read(headOf(1, { edges: [] }))))).toBe(true);
    expect(
      inside(
        layoutOf(
          read(
            headOf(12, {
              edges: [
                [0, 1],
                [5, 6],
              ],
            }),
          ),
        ),
      ),
    ).toBe(true);
  });
});
