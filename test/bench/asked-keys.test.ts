import { expect, test } from "vitest";
import { keys as meshKeys } from "../../tools/bench/mesh.js";
import { keys as simKeys } from "../../tools/bench/sim.js";

test("a run on real processes ends with every figure that is asked of them", () => {
  const asked = ["detectP99Ms", "serfDetectP99Ms", "falseDead", "coldStart49Ms", "hop3P50Ms", "hop3P99Ms"];
  expect(meshKeys).toEqual(expect.arrayContaining([...asked, "framesPerSecond", "headerBytes", "heartbeatBytes"]));
  expect(meshKeys).toEqual(expect.arrayContaining(["simDifference", "hubRssMiB", "dayRssGrownMiB"]));
});

test("a run of the simulator ends with every figure that is asked of it", () => {
  const asked = ["reach30Ms", "reach60Ms", "reach80Ms", "controlBytesPerSecond10k", "controlBytesPerSecond100k"];
  expect(simKeys).toEqual(
    expect.arrayContaining([...asked, "broadcastCopies", "broadcastCopiesChurn", "healMs", "seconds100k"]),
  );
  expect(simKeys).toEqual(
    expect.arrayContaining([
      "coldStart49SimMs",
      "replug49SimMs",
      "secondCutRatio",
      "gossipsubCopies",
      "gossipsubCopiesChurn",
    ]),
  );
});

test("no two parts of a bench give a figure of one name", () => {
  for (const keys of [meshKeys, simKeys]) expect(new Set(keys).size).toBe(keys.length);
});
