import { describe, expect, it } from "vitest";
import type { Detection } from "../../runtime/core/detection.js";
import type { HubId, SensorId } from "../../runtime/core/ids.js";
import { Detections } from "../../runtime/hub/detections.js";

const SELF = "00000000000000000000000000000001" as HubId;
const OTHER = "00000000000000000000000000000002" as HubId;
const THIRD = "00000000000000000000000000000003" as HubId;

function detection(id: string, endedWallMs?: number): Detection {
  return {
    id,
    kind: "anomaly",
    sensor: "mote-1" as SensorId,
    score: 0.9,
    threshold: 0.5,
    model: "climate-anomaly",
    startedWallMs: 1_000_000,
    ...(endedWallMs === undefined ? {} : { endedWallMs }),
    origin: "replay",
    summary: "cold",
    evidence: [{ hub: OTHER, sensor: "mote-1" as SensorId, wallMs: 1_060_000 }],
  };
}

const ends = (detections: Detections) => detections.newestFirst().map(({ id, endedWallMs }) => [id, endedWallMs]);

describe("the detections that a hub knows", () => {
  it("of a hub that is gone are over, as far as they were seen, and go on when it says so", () => {
    const detections = new Detections(SELF);
    detections.take(OTHER, detection("a"), 0);
    detections.take(THIRD, detection("b"), 0);
    expect(detections.gone(OTHER).map(({ detection: { id } }) => id)).toEqual(["a"]);
    expect(ends(detections)).toEqual([
      ["b", undefined],
      ["a", 1_060_000],
    ]);
    expect(detections.gone(OTHER)).toEqual([]);
    expect(detections.take(OTHER, detection("a"), 10)).toBe("changed");
    expect(ends(detections)[0]).toEqual(["a", undefined]);
  });

  it("are over when their hub has long said nothing of them, though it lives", () => {
    const detections = new Detections(SELF);
    detections.take(OTHER, detection("a"), 0);
    expect(detections.expire(1_800_000)).toEqual([]);
    expect(detections.take(OTHER, detection("a"), 1_800_000)).toBe("same");
    expect(detections.expire(3_600_000)).toEqual([]);
    expect(detections.expire(3_700_000)).toHaveLength(1);
  });

  it("are repeated by the hub that raised them, every ten minutes while they go on", () => {
    const detections = new Detections(SELF);
    for (const id of ["a", "b", "c"]) detections.take(SELF, detection(id), 0);
    detections.take(SELF, detection("b", 1_070_000), 1000);
    detections.take(OTHER, detection("d"), 0);
    expect(detections.toRepeat(599_000)).toEqual([]);
    expect(detections.toRepeat(600_000).map(({ id }) => id)).toEqual(["a", "c"]);
    expect(detections.toRepeat(601_000)).toEqual([]);
    expect(detections.raised).toBe(3);
  });

  it("are changed by nobody but the hub that raised them", () => {
    const detections = new Detections(SELF);
    detections.take(OTHER, detection("a"), 0);
    expect(detections.take(THIRD, detection("a", 1_070_000), 0)).toBe("foreign");
    expect(ends(detections)).toEqual([["a", undefined]]);
  });
});
