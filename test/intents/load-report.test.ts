import { describe, expect, it } from "vitest";
import type { LoadBody } from "../../runtime/core/messages.js";
import { shouldSend } from "../../runtime/intents/load-report.js";

const calm: LoadBody = {
  cpuLoad: 0.2,
  freeMemoryMiB: 500,
  queueLength: 0,
  sensors: 3,
  warmModels: [],
  neighbours: [],
} as unknown as LoadBody;
const busy: LoadBody = { ...calm, cpuLoad: 0.9 };

/** @returns how many reports a hub sends in ten minutes, looking every second. */
function reports(cellHubs: number, loadAt: (second: number) => LoadBody): number {
  let previous: Parameters<typeof shouldSend>[0];
  let sent = 0;
  for (let second = 0; second < 600; second++) {
    const load = loadAt(second);
    if (!shouldSend(previous, load, { nowMs: second * 1000, cellHubs, linkedMs: -3000, isBehind: false })) continue;
    previous = { load, sentMs: second * 1000 };
    sent += 1;
  }
  return sent;
}

describe("a load report", () => {
  it("follows a change within a second in a home of three hubs, and is repeated every 15 s", () => {
    expect(
      shouldSend({ load: calm, sentMs: 0 }, busy, { nowMs: 1000, cellHubs: 3, linkedMs: -3000, isBehind: false }),
    ).toBe(true);
    expect(reports(3, () => calm)).toBe(40);
  });

  it("waits until no link has come or gone for three seconds", () => {
    const previous = { load: calm, sentMs: 0 };
    expect(shouldSend(previous, busy, { nowMs: 60_000, cellHubs: 3, linkedMs: 57_500, isBehind: false })).toBe(false);
    expect(shouldSend(previous, busy, { nowMs: 60_000, cellHubs: 3, linkedMs: 57_000, isBehind: false })).toBe(true);
  });

  it("of a hub that is behind waits until its links have been the same for fifteen, and no longer", () => {
    const previous = { load: calm, sentMs: 0 };
    const moment = { nowMs: 60_000, cellHubs: 3, isBehind: true };
    expect(shouldSend(previous, busy, { ...moment, linkedMs: 45_500 })).toBe(false);
    expect(shouldSend(previous, busy, { ...moment, linkedMs: 45_000 })).toBe(true);
  });

  it("costs a hub of a cell of 64 at most one from somebody in two seconds while nothing happens, two a second while all are restless", () => {
    expect((reports(64, () => calm) * 64) / 600).toBeLessThanOrEqual(0.6);
    expect((reports(64, (second) => (second % 2 === 0 ? calm : busy)) * 64) / 600).toBeLessThanOrEqual(2.2);
  });
});
