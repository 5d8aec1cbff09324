import { describe, expect, it } from "vitest";
import { LATENESS_DEFAULTS, Lateness } from "../../../runtime/mesh/node/lateness.js";
import { PATIENT_DEFAULTS, Patient } from "../../../runtime/mesh/node/patient.js";

const rng = (length: number): Uint8Array => new Uint8Array(length);

/** A part that wants to work at 1,000 ms, and then no more. */
function waiting(isUrgent?: () => boolean) {
  const done: number[] = [];
  const lateness = new Lateness();
  const part = {
    deadlineMs: 1000,
    tick(nowMs: number) {
      done.push(nowMs);
      part.deadlineMs = Number.POSITIVE_INFINITY;
    },
  };
  const patient = new Patient(part, lateness, PATIENT_DEFAULTS, isUrgent);
  /** The hub's next timer, so late. */
  const tick = (nowMs: number, lateMs: number): void => {
    lateness.notice(nowMs - lateMs, nowMs);
    if (patient.deadlineMs <= nowMs) patient.tick(nowMs, rng);
  };
  return { done, part, patient, tick };
}

describe("a hub", () => {
  it("is behind for a moment after a timer that was late, though the next are on time", () => {
    const lateness = new Lateness();
    lateness.notice(1000, 1040);
    expect(lateness.isBehind(1040)).toBe(false);
    lateness.notice(1000, 1060);
    lateness.notice(1062, 1063);
    lateness.notice(Number.POSITIVE_INFINITY, 1064);
    expect(lateness.isBehind(1060 + LATENESS_DEFAULTS.rememberedMs - 1)).toBe(true);
    expect(lateness.isBehind(1060 + LATENESS_DEFAULTS.rememberedMs)).toBe(false);
  });
});

describe("a part that can wait", () => {
  it("works on time when the hub is on time", () => {
    const { done, patient, tick } = waiting();
    tick(1004, 4);
    expect(done).toEqual([1004]);
    expect(patient.deadlineMs).toBe(Number.POSITIVE_INFINITY);
  });

  it("is put off while the hub is behind, and works once it has not been for half a second", () => {
    const { done, patient, tick } = waiting();
    tick(1200, 200);
    expect(patient.deadlineMs).toBe(1450);
    tick(1452, 2);
    expect(patient.deadlineMs).toBe(1702);
    expect(done).toEqual([]);
    tick(1703, 1);
    expect(done).toEqual([1703]);
  });

  it("is put off when it is on time itself, but what the hub did before was not", () => {
    const { done, tick } = waiting();
    tick(990, 80);
    tick(1000, 0);
    expect(done).toEqual([]);
  });

  it("does not wait with what is urgent", () => {
    const { done, tick } = waiting(() => true);
    tick(1200, 200);
    expect(done).toEqual([1200]);
  });

  it("works after five seconds though the hub is still behind", () => {
    const { done, patient, tick } = waiting();
    for (let nowMs = 1200; done.length === 0; nowMs = patient.deadlineMs + 300) tick(nowMs, 300);
    expect(done[0]).toBeGreaterThanOrEqual(1200 + PATIENT_DEFAULTS.pausesMsMax);
    expect(done[0]).toBeLessThan(1200 + PATIENT_DEFAULTS.pausesMsMax + 600);
  });

  it("is put off for another five seconds when it is late another time", () => {
    const { done, part, patient, tick } = waiting();
    tick(1200, 200);
    part.deadlineMs = 60_000;
    tick(60_100, 100);
    expect(done).toEqual([]);
    expect(patient.deadlineMs).toBe(60_350);
  });
});
