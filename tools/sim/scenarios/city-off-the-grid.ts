/** A part of the city loses its power, and gets it back. */
import { type CutShape, cut } from "../cuts.js";
import type { Scenario } from "../plan.js";

const SETTLE_MS = 40_000;
const DARK_MS = 30_000;
const LIGHT_MS = 40_000;

/** One cut of a share of the hubs, by geography or by subtree. */
function cityOffTheGrid(percent: number, shape: CutShape): Scenario {
  return {
    name: `city-off-the-grid-${percent}${shape === "disc" ? "" : `-${shape}`}`,
    about: `${percent} % of the hubs lose power (${shape}), and return half a minute later`,
    topology: "grid:20x20",
    hubs: 400,
    minutes: 2,
    search: { topology: "geometric:6", hubs: 48 },
    plan({ topology, random }) {
      const dark = cut(topology, shape, percent / 100, random);
      const lightMs = SETTLE_MS + DARK_MS;
      return {
        startWithinMs: 1000,
        faults: [
          { atMs: SETTLE_MS, type: "power-off", hubs: dark },
          { atMs: lightMs, type: "start", hubs: dark },
        ],
        reach: [
          { name: "reach", fromMs: SETTLE_MS, toMs: lightMs - 2000, without: dark, draw: 1, demanded: true },
          { name: "heal", fromMs: lightMs, toMs: lightMs + LIGHT_MS, without: [], draw: 2, demanded: true },
        ],
        endMs: lightMs + LIGHT_MS,
        agreedMs: lightMs + LIGHT_MS,
      };
    },
  };
}

export const cityScenarios: readonly Scenario[] = [
  cityOffTheGrid(30, "disc"),
  cityOffTheGrid(60, "disc"),
  cityOffTheGrid(80, "disc"),
  cityOffTheGrid(30, "half-plane"),
  cityOffTheGrid(60, "half-plane"),
  cityOffTheGrid(80, "half-plane"),
  cityOffTheGrid(30, "subtree"),
  cityOffTheGrid(60, "subtree"),
  cityOffTheGrid(80, "subtree"),
];

/** The same 30 % twice: what was learnt the first time helps the second. Between them as long a look at what bad links alone take. */
function secondCut(shape: "disc" | "half-plane"): Scenario {
  return {
    name: `second-cut${shape === "disc" ? "" : `-${shape}`}`,
    about: `the same 30 % by geography (${shape}) go dark twice, three minutes apart`,
    topology: "grid:20x20",
    hubs: 400,
    minutes: 6,
    plan({ topology, random }) {
      const dark = cut(topology, shape, 0.3, random);
      const windows = { first: 60_000, calm: 210_000, second: 240_000 };
      return {
        startWithinMs: 1000,
        faults: [
          { atMs: windows.first, type: "power-off", hubs: dark },
          { atMs: 120_000, type: "start", hubs: dark },
          { atMs: windows.second, type: "power-off", hubs: dark },
        ],
        reach: Object.entries(windows).map(([name, fromMs]) => ({
          name,
          fromMs,
          toMs: fromMs + 20_000,
          without: dark,
          draw: 1,
          demanded: name !== "calm",
        })),
        endMs: 270_000,
      };
    },
  };
}

/** In Ulm and Stuttgart hardly any way leads through a disc from one side to the other: what a half-plane takes is missed there. */
export const secondCutScenarios: readonly Scenario[] = [secondCut("disc"), secondCut("half-plane")];
