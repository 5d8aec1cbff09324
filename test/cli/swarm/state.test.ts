import { describe, expect, test } from "vitest";
import { isConnected, isTrue, linkFigures, readingsOf, seenBy, summaryOf } from "../../../runtime/cli/swarm/figures.js";
import type { Action } from "../../../runtime/cli/swarm/state.js";
import { detectionOf, emptySwarm, hubId, run, runningSwarm, sensorId, sensorOf, statusOf } from "./sample.js";

const killed = (at: number): Action => ({ type: "exited", at, process: "killed", why: "killed by hand" });

describe("a swarm's state", () => {
  test("knows each pair of linked hubs once", () => {
    const links = linkFigures(runningSwarm(3)).map(({ from, to, rttMs }) => [from.name, to.name, rttMs]);
    expect(links).toEqual([
      ["hub-1", "hub-2", 1.25],
      ["hub-1", "hub-3", 1.25],
      ["hub-2", "hub-3", 1.25],
    ]);
  });

  test("follows link events between two statuses", () => {
    const state = run(
      emptySwarm(2),
      {
        type: "event",
        at: 0,
        event: { event: "hub-started", hub: hubId(0), name: "hub-1", mqttPort: 1, url: "", startMs: 1 },
      },
      {
        type: "event",
        at: 1,
        event: { event: "hub-started", hub: hubId(1), name: "hub-2", mqttPort: 1, url: "", startMs: 1 },
      },
      { type: "event", at: 0, event: { event: "link-up", peer: hubId(1), name: "hub-2" } },
    );
    expect(linkFigures(state)).toHaveLength(1);
    const down = run(state, { type: "event", at: 0, event: { event: "link-down", peer: hubId(1), reason: "timeout" } });
    expect(linkFigures(down)).toHaveLength(0);
    expect(down.notes.at(-1)?.text).toBe("hub-1: link to hub-2 is down: timeout");
    expect(
      run(down, { type: "event", at: 0, event: { event: "link-up", peer: hubId(1), name: "hub-2" } }).notes,
    ).toEqual([]);
  });

  test("keeps counting readings over a restart", () => {
    const state = run(
      runningSwarm(2),
      { type: "exited", at: 1, process: "down", retryAtMs: 1_500, why: "ended by SIGSEGV" },
      { type: "spawned", at: 1, pid: 300 },
      { type: "event", at: 1, event: { event: "stats", status: statusOf(1, [0], { readings: 7 }) } },
    );
    expect(readingsOf(state.slots[1]!)).toBe(107);
    expect(state.slots[1]).toMatchObject({ restarts: 1, process: "running", retryAtMs: undefined });
    expect(state.problems).toBe(1);
  });

  test("says how the others see a hub that was killed", () => {
    const suspicious = statusOf(0, [1]);
    const hubs = suspicious.hubs.map((view) => (view.hub === hubId(1) ? { ...view, state: "suspect" as const } : view));
    const state = run(runningSwarm(3), killed(1), {
      type: "event",
      at: 0,
      event: { event: "stats", status: { ...suspicious, hubs } },
    });
    expect(seenBy(state, state.slots[1]!)).toEqual({ worst: "suspect", hubs: 1, of: 2 });
    expect(state.slots[1]).toMatchObject({ process: "killed", restarts: 0 });
    expect(state.slots[1]?.page).toBeUndefined();
    expect(state.problems).toBe(0);
  });

  test("shows a sensor as the hub that hears it tells it, while that hub runs", () => {
    const own = sensorOf(2, { hub: hubId(1), rssiDbm: -50 });
    const hearsay = sensorOf(2, { hub: hubId(1), rssiDbm: -99 });
    const state = run(
      runningSwarm(2),
      { type: "sensors", at: 1, sensors: [own] },
      { type: "sensors", at: 0, sensors: [hearsay] },
    );
    expect(state.sensors.get(sensorId(2))?.rssiDbm).toBe(-50);
    const after = run(state, killed(1), { type: "sensors", at: 0, sensors: [hearsay] });
    expect(after.sensors.get(sensorId(2))?.rssiDbm).toBe(-99);
  });

  test("has one entry for a detection that several hubs tell, and it stays over once it is over", () => {
    const tell = (at: number, endedWallMs?: number): Action => ({
      ...{ type: "event", at },
      event: { event: "detection", hub: hubId(at), detection: detectionOf("d1", { endedWallMs }) },
    });
    const state = run(runningSwarm(2), tell(0), tell(0, 1_050_000), tell(1));
    expect([...state.detections.values()]).toEqual([detectionOf("d1", { endedWallMs: 1_050_000 })]);
  });

  test("bounds what it keeps", () => {
    const many = Array.from({ length: 1_000 }, (_, i): Action[] => [
      { type: "event", at: 0, event: { event: "detection", hub: hubId(0), detection: detectionOf(`d${i}`) } },
      { type: "event", at: 0, event: { event: "sensor-heard", sensor: sensorOf(i) } },
      { type: "note", text: `note ${i}` },
    ]).flat();
    const state = run(runningSwarm(1), ...many);
    expect(state.detections.size).toBe(200);
    expect(state.detections.has("d999")).toBe(true);
    expect(state.sensors.size).toBe(512);
    expect(state.notes).toHaveLength(20);
    expect(state.notes.at(-1)?.text).toBe("note 999");
  });

  test("counts an answer once, whether the hub's event or the request tells it first", () => {
    const event: Action = {
      ...{ type: "event", at: 0 },
      event: { event: "answer", question: "q", text: "t", tookMs: 5, hubs: 3, sensors: 4 },
    };
    const reply: Action = { type: "answered", question: "q", text: "t", detail: "3 of 3 hubs" };
    expect(run(runningSwarm(1), { type: "asked", question: "q" }, event, reply).answers).toBe(1);
    expect(run(runningSwarm(1), { type: "asked", question: "q" }, reply, event).answers).toBe(1);
    const twice = run(
      runningSwarm(1),
      { type: "asked", question: "q" },
      event,
      reply,
      { type: "asked", question: "q" },
      event,
      reply,
    );
    expect(twice.answers).toBe(2);
  });

  test("keeps the selection among the hubs", () => {
    expect(run(runningSwarm(3), { type: "select", at: 9 }).selected).toBe(2);
    expect(run(runningSwarm(3), { type: "select", at: -1 }).selected).toBe(0);
  });
});

describe("a detection against the labels", () => {
  const labels = [{ sensor: sensorId(1), startedWallMs: 900_000, endedWallMs: 1_100_000 }];
  test.each([
    ["inside", { startedWallMs: 1_000_000 }, true],
    ["begun shortly after", { startedWallMs: 1_150_000 }, true],
    ["ongoing, begun a reading before", { startedWallMs: 895_000 }, true],
    ["ongoing, begun long before", { startedWallMs: 700_000 }, false],
    ["begun long after", { startedWallMs: 1_300_000 }, false],
    ["over before", { startedWallMs: 800_000, endedWallMs: 850_000 }, false],
    ["spanning it", { startedWallMs: 800_000, endedWallMs: 1_500_000 }, true],
    ["of another sensor", { sensor: sensorId(2) }, false],
    ["of live data", { origin: "live" as const }, undefined],
  ])("%s", (_, change, verdict) => {
    expect(isTrue(detectionOf("d", change), labels)).toBe(verdict);
  });

  test("is neither when nothing is labelled", () => {
    expect(isTrue(detectionOf("d"), [])).toBeUndefined();
  });
});

describe("the summary", () => {
  test("is good when all hubs run, are linked and have readings", () => {
    const detection = (id: string, startedWallMs: number): Action => ({
      ...{ type: "event", at: 0 },
      event: { event: "detection", hub: hubId(0), detection: detectionOf(id, { startedWallMs }) },
    });
    const state = run(runningSwarm(3), detection("d1", 1_000_000), detection("d2", 5_000_000));
    expect(summaryOf(state, 10_000)).toEqual({
      ...{
        event: "summary",
        hubs: 3,
        hubsUp: 3,
        linksUp: 3,
        readings: 300,
        predictions: 270,
        detections: 2,
        trueDetections: 1,
      },
      ...{ falseDetections: 1, answers: 0, problems: 0, restarts: 0, seconds: 10, meeting: "multicast", exitCode: 0 },
    });
  });

  test("is good for a single hub without links, and for a hub that was killed by hand", () => {
    expect(summaryOf(runningSwarm(1), 1).exitCode).toBe(0);
    expect(summaryOf(run(runningSwarm(3), killed(2)), 1)).toMatchObject({ exitCode: 0, hubsUp: 2, linksUp: 1 });
  });

  test("is not good when a hub is away, alone, or silent", () => {
    expect(summaryOf(emptySwarm(3), 1).exitCode).toBe(5);
    expect(summaryOf(run(runningSwarm(3), { type: "exited", at: 0, process: "down", why: "" }), 1).exitCode).toBe(5);
    const alone = run(
      runningSwarm(3),
      ...[0, 1].map(
        (at): Action => ({ type: "event", at, event: { event: "stats", status: statusOf(at, at === 0 ? [1] : [0]) } }),
      ),
      { type: "event", at: 2, event: { event: "stats", status: statusOf(2, []) } },
    );
    expect(isConnected(alone)).toBe(false);
    expect(summaryOf(alone, 1).exitCode).toBe(5);
    const silent = run(runningSwarm(1), {
      type: "event",
      at: 0,
      event: { event: "stats", status: statusOf(0, [], { readings: 0 }) },
    });
    expect(summaryOf(silent, 1).exitCode).toBe(5);
  });
});
