import { describe, expect, test } from "vitest";
import type { Detection } from "../../runtime/core/detection.js";
import type { HubId, SensorId } from "../../runtime/core/ids.js";
import { Detections } from "../../runtime/hub/detections.js";
import { MissedDetections } from "../../runtime/hub/missed-detections.js";

const SELF = "0".repeat(32) as HubId;
const ATTIC = "a".repeat(32) as HubId;
const CELLAR = "c".repeat(32) as HubId;

function detection(id: string, summary = "cold", endedWallMs?: number): Detection {
  return {
    ...{ id, kind: "anomaly", sensor: "ble:c0ffee000001" as SensorId, score: 0.9, threshold: 0.5 },
    ...{ model: "climate-anomaly", startedWallMs: 1_000_000, origin: "live", summary, evidence: [] },
    ...(endedWallMs === undefined ? {} : { endedWallMs }),
  };
}

function scene(): { away: HubId[]; told: [HubId, string, boolean][]; missed: MissedDetections } {
  const away: HubId[] = [];
  const told: [HubId, string, boolean][] = [];
  const send = (to: HubId, message: object): void => {
    const { id, endedWallMs } = message as Detection;
    told.push([to, id, endedWallMs !== undefined]);
  };
  return { away, told, missed: new MissedDetections({ away: () => away, send }) };
}

describe("a hub that is away", () => {
  test("is told of the beginning and of the end, not of what changes between", () => {
    const { away, told, missed } = scene();
    away.push(ATTIC);
    missed.raised(detection("x"), 0);
    missed.raised(detection("x", "colder"), 1000);
    missed.raised(detection("x", "colder", 2_000_000), 2000);
    expect(told).toEqual([
      [ATTIC, "x", false],
      [ATTIC, "x", true],
    ]);
  });

  test("is told what was said shortly before it was found to be dead, and nothing older", () => {
    const { away, told, missed } = scene();
    missed.raised(detection("old"), 0);
    missed.raised(detection("new"), 40_000);
    away.push(CELLAR);
    missed.hubDead(CELLAR, 41_000);
    expect(told).toEqual([[CELLAR, "new", false]]);
  });

  test("is told nothing when it is no member", () => {
    const { told, missed } = scene();
    missed.raised(detection("new"), 0);
    missed.hubDead(CELLAR, 1000);
    expect(told).toEqual([]);
  });

  test("may hear of an end before the beginning: what its hub has ended stays so", () => {
    const detections = new Detections(ATTIC);
    expect(detections.take(SELF, detection("x", "cold", 2_000_000), 0)).toBe("changed");
    expect(detections.take(SELF, detection("x"), 10)).toBe("same");
    expect(detections.newestFirst()[0]?.endedWallMs).toBe(2_000_000);
  });
});
