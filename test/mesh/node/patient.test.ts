import { describe, expect, it } from "vitest";
import { PATIENT_DEFAULTS, Patient } from "../../../runtime/mesh/node/patient.js";

const rng = (length: number): Uint8Array => new Uint8Array(length);

/** A part that wants to work at 1,000 ms, and then no more. */
function waiting() {
  const done: number[] = [];
  const part = {
    deadlineMs: 1000,
    tick(nowMs: number) {
      done.push(nowMs);
      part.deadlineMs = Number.POSITIVE_INFINITY;
    },
  };
  return { done, part, patient: new Patient(part) };
}

describe("a part that can wait", () => {
  it("works on time when the hub is on time", () => {
    const { done, patient } = waiting();
    patient.tick(1004, rng);
    expect(done).toEqual([1004]);
    expect(patient.deadlineMs).toBe(Number.POSITIVE_INFINITY);
  });

  it("is put off while the hub is behind, and works as soon as it is not", () => {
    const { done, patient } = waiting();
    patient.tick(1200, rng);
    expect(patient.deadlineMs).toBe(1450);
    patient.tick(1600, rng);
    expect(patient.deadlineMs).toBe(1850);
    expect(done).toEqual([]);
    patient.tick(1853, rng);
    expect(done).toEqual([1853]);
  });

  it("works after five seconds though the hub is still behind", () => {
    const { done, patient } = waiting();
    for (let nowMs = 1200; done.length === 0; nowMs = patient.deadlineMs + 300) patient.tick(nowMs, rng);
    expect(done[0]).toBeGreaterThanOrEqual(1200 + PATIENT_DEFAULTS.pausesMsMax);
    expect(done[0]).toBeLessThan(1200 + PATIENT_DEFAULTS.pausesMsMax + 600);
  });

  it("is put off for another five seconds when it is late another time", () => {
    const { done, part, patient } = waiting();
    patient.tick(1200, rng);
    part.deadlineMs = 60_000;
    patient.tick(60_100, rng);
    expect(done).toEqual([]);
    expect(patient.deadlineMs).toBe(60_350);
  });
});
