/** Recordings of the simulator, made up for tests. */

export const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

export function headOf(hubs: number, more: Readonly<Record<string, unknown>> = {}): string {
  return line({
    ...{ type: "mindos-sim", version: 1, scenario: "scene", seed: 7, topology: "made-up", endMs: 1_000 },
    hubs: Array.from({ length: hubs }, (_, at) => ({ id: at.toString(16).padStart(32, "0") })),
    edges: Array.from({ length: hubs - 1 }, (_, at) => [at, at + 1]),
    ...more,
  });
}

/** A chain of five hubs that start, link, lose the one in the middle at 500 ms, and get it back at 800 ms. */
export function chainOfFive(): string {
  const lines = [headOf(5)];
  for (let h = 0; h < 5; h++) lines.push(line({ t: 0, e: "hub", h, s: "running" }));
  for (let a = 0; a < 4; a++) lines.push(line({ t: 100 + a, e: "up", a, b: a + 1 }));
  for (let h = 0; h < 5; h++) lines.push(line({ t: 200, e: "place", h, in: [h < 3 ? 1 : 4] }));
  lines.push(
    line({ t: 500, e: "fault", type: "kill", count: 1, on: [2] }),
    line({ t: 500, e: "hub", h: 2, s: "killed" }),
    line({ t: 501, e: "held", h: 1, of: 2, s: "suspect" }),
    line({ t: 502, e: "held", h: 3, of: 2, s: "suspect" }),
    line({ t: 510, e: "held", h: 1, of: 2, s: "dead" }),
    line({ t: 510, e: "cut", h: 1, of: [2] }),
    line({ t: 511, e: "down", a: 1, b: 2 }),
    line({ t: 511, e: "down", a: 3, b: 2 }),
    line({ t: 800, e: "hub", h: 2, s: "running" }),
    line({ t: 805, e: "up", a: 2, b: 1 }),
    line({ t: 806, e: "held", h: 1, of: 2, s: "alive" }),
    line({ t: 807, e: "held", h: 3, of: 2, s: "alive" }),
    line({ t: 808, e: "up", a: 2, b: 3 }),
    line({ t: 1_000, e: "end" }),
  );
  return lines.join("");
}
