import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renderLine } from "../../../runtime/cli/swarm/frame.js";
import { editorOf } from "../../../runtime/cli/swarm/line-editor.js";
import { changedLines } from "../../../runtime/cli/swarm/screen.js";
import type { Action, SwarmState } from "../../../runtime/cli/swarm/state.js";
import { renderView } from "../../../runtime/cli/swarm/view.js";
import { textWidth } from "../../../runtime/cli/text-width.js";
import { detectionOf, emptySwarm, hubId, run, runningSwarm, sensorOf } from "./sample.js";

const draw = (state: SwarmState, columns: number, rows: number): string[] =>
  renderView(state, { columns, rows }, 10_000).map((line) => renderLine(line, columns, false));
const detect = (id: string, change = {}): Action => ({
  ...{ type: "event", at: 0 },
  event: { event: "detection", hub: hubId(0), detection: detectionOf(id, change) },
});

describe("the screen of a swarm", () => {
  const busy = run(
    runningSwarm(3),
    { type: "sensors", at: 0, sensors: [sensorOf(7, { name: "Küche 漢字 🌡️", place: "Keller" })] },
    detect("d1"),
    detect("d2", { endedWallMs: 1_050_000, startedWallMs: 9_000_000, score: 0.51 }),
    {
      type: "answered",
      question: "is anything unusual?",
      text: "Yes: the humidity of mote 1 jumped.",
      detail: "3 of 3 hubs",
    },
  );

  test("has all that matters on 80 columns and 24 rows", () => {
    const screen = draw(busy, 80, 24);
    const text = screen.join("\n");
    expect(screen).toHaveLength(24);
    expect(text).toContain("3 of 3 hubs");
    expect(text).toMatch(/▸ 1 hub-1\s+a{8} running\s+here 2\/2\s+2\/2\s+1\s+100\s+90\s+130/);
    expect(text).toContain("hub-1 ↔ hub-2 1.3 ms");
    expect(text).toMatch(/mote 1\s+lab\s+27\.5 °C\s+hub-1\s+0\.0 s replay/);
    expect(text).toContain("Küche 漢字");
    expect(text).toMatch(/ongoing\s+0\.93 true\s+mote 1: humidity jumps/);
    expect(text).toMatch(/over\s+0\.51 false/);
    expect(text).toContain("Yes: the humidity of mote 1 jumped.");
    expect(text).toContain(`http://127.0.0.1:4000/?token=${"t".repeat(32)}`);
    expect(text).not.toContain("mesh.late");
    expect(screen.at(-1)).toContain("k kill hub-1");
  });

  test.each([
    [50, "MindOS swarm  3 of 3 hubs  10 s  replay ×100"],
    [62, "MindOS swarm  3 of 3 hubs  10 s  replay ×100 from reading 2200"],
    [80, "MindOS swarm  3 of 3 hubs  10 s  replay ×100 from reading 2200  multicast"],
  ])("says in its first line what has room on %d columns, nothing of it cut", (columns, says) => {
    expect(draw(busy, columns, 24)[0]?.trimEnd()).toBe(says);
  });

  test("uses the space of a wide terminal", () => {
    const text = draw(busy, 160, 50).join("\n");
    for (const more of ["onnxruntime-node 1.30.0", "PID", "bthome-v2", "-60 dBm"]) expect(text).toContain(more);
  });

  test.each([
    [80, 24],
    [60, 20],
    [40, 12],
    [20, 5],
    [20, 1],
    [200, 60],
    [1, 1],
  ])("fills exactly %d × %d", (columns, rows) => {
    for (const state of [busy, emptySwarm(1), runningSwarm(16)]) {
      const screen = draw(state, columns, rows);
      expect(screen).toHaveLength(rows);
      for (const line of screen) expect(textWidth(line)).toBeLessThanOrEqual(columns);
    }
  });

  test("keeps the selected one of many hubs in sight", () => {
    for (const at of [0, 7, 15]) {
      const text = draw(run(runningSwarm(16), { type: "select", at }), 80, 24).join("\n");
      expect(text).toContain(`▸ ${at + 1} hub-${at + 1}`);
    }
  });

  test("shows a killed hub, a countdown and the newest notes", () => {
    const state = run(
      runningSwarm(3),
      { type: "exited", at: 0, process: "killed", why: "killed by hand" },
      { type: "exited", at: 1, process: "down", retryAtMs: 12_300, why: "ended by SIGSEGV" },
    );
    const text = draw(state, 80, 24).join("\n");
    expect(text).toMatch(/hub-1\s+\S+ killed/);
    expect(text).toMatch(/hub-2\s+\S+ back in 3 s/);
    expect(text).toContain("hub-2: ended by SIGSEGV");
  });

  test("shows what is being typed, with its end in sight", () => {
    const long = `${"x".repeat(200)} the end`;
    const text = draw(run(busy, { type: "edit", editor: editorOf(long) }), 80, 24).join("\n");
    expect(text).toContain("the end");
    expect(text).toContain("Enter asks");
  });

  test("lets no name drive the terminal", () => {
    const evil = "\x1b[2J\u202eevil\r\n";
    const state = run(
      runningSwarm(1),
      { type: "sensors", at: 0, sensors: [sensorOf(9, { name: evil, place: evil })] },
      detect("d", { summary: evil }),
      { type: "answered", question: evil, text: evil, detail: evil },
      { type: "note", text: evil },
    );
    expect(draw(state, 80, 24).join("")).not.toMatch(/[\p{Cc}\u202e]/u);
  });

  test("stays in its bounds whatever the names", () => {
    const name = fc.string({ unit: "grapheme", maxLength: 40 });
    fc.assert(
      fc.property(
        name,
        name,
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 1, max: 40 }),
        (sensor, place, columns, rows) => {
          const state = run(busy, { type: "sensors", at: 0, sensors: [sensorOf(5, { name: sensor, place })] });
          const screen = draw(state, columns, rows);
          expect(screen).toHaveLength(rows);
          for (const line of screen) expect(textWidth(line)).toBeLessThanOrEqual(columns);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("drawing", () => {
  test("writes only the lines that changed", () => {
    expect(changedLines(["a", "b", "c"], ["a", "B", "c"])).toBe("\x1b[2;1HB\x1b[K");
    expect(changedLines(["a"], ["a"])).toBe("");
    expect(changedLines(["a", "b"], ["a"])).toBe("\x1b[2;1H\x1b[K");
    expect(changedLines([], ["x"])).toBe("\x1b[1;1Hx\x1b[K");
  });

  test("colours only when there are colours", () => {
    const line = [{ text: "ab", style: "good" as const }];
    expect(renderLine(line, 80, true)).toBe("\x1b[32mab\x1b[0m");
    expect(renderLine(line, 80, false)).toBe("ab");
  });
});
