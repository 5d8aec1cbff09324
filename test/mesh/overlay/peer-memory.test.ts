import { describe, expect, it } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { PeerMemory } from "../../../runtime/mesh/overlay/peer-memory.js";
import { OVERLAY_DEFAULTS } from "../../../runtime/mesh/overlay/settings.js";

const SELF = "00000000000000000000000000000001" as HubId;
const OTHER = "00000000000000000000000000000002" as HubId;
const rng = (length: number): Uint8Array => new Uint8Array(length).fill(128);

/** @returns how long the hub is left alone after each of so many links of that life. */
function pauses(memory: PeerMemory, count: number, lifeMs: number, fromMs = 0): number[] {
  const found: number[] = [];
  let nowMs = fromMs;
  for (let i = 0; i < count; i++) {
    memory.linked(OTHER, nowMs);
    nowMs += lifeMs;
    memory.unlinked(OTHER, 1, false, nowMs, rng);
    const retryMs = memory.get(OTHER)?.retryMs ?? nowMs;
    found.push(retryMs - nowMs);
    nowMs = retryMs;
  }
  return found;
}

describe("a link that broke", () => {
  it("is tried again after a second, however often, when it had lasted", () => {
    const found = pauses(new PeerMemory(SELF, OVERLAY_DEFAULTS), 8, 60_000);
    for (const pauseMs of found) expect(pauseMs).toBeLessThanOrEqual(1500);
  });

  it("at once, again and again, is tried ever more seldom, up to once a minute", () => {
    const memory = new PeerMemory(SELF, OVERLAY_DEFAULTS);
    const found = pauses(memory, 10, 50);
    expect(found[0]).toBeLessThanOrEqual(1500);
    expect(found[5]).toBeGreaterThan(16_000);
    expect(found.at(-1)).toBeGreaterThan(30_000);
    expect(Math.max(...found)).toBeLessThanOrEqual(90_000);
    expect(pauses(memory, 1, 60_000, 1e6)[0]).toBeLessThanOrEqual(1500);
  });
});
