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

describe("a hub that does not answer", () => {
  const never = { hub: OTHER, addresses: [{ host: "192.0.2.1", port: 1 }] };
  const failing = (source: "discovery" | "hearsay", times: number) => {
    const memory = new PeerMemory(SELF, OVERLAY_DEFAULTS);
    const peer = memory.meet(never, source, 0);
    if (peer === undefined) throw new Error("not remembered");
    for (let time = 0; time < times; time++) memory.failed(peer, 0, rng);
    return { memory, peer };
  };

  it("is tried again every minute or so when discovery has found it, since discovery tells once", () => {
    const { memory, peer } = failing("discovery", 12);
    expect(peer.retryMs).toBeLessThanOrEqual(1.5 * OVERLAY_DEFAULTS.localRetryMaxMs);
    expect(memory.isReady(peer, peer.retryMs)).toBe(true);
  });

  it("is left to others when it was only heard of", () => {
    const { memory, peer } = failing("hearsay", 12);
    expect(peer.retryMs).toBeGreaterThan(OVERLAY_DEFAULTS.localRetryMaxMs);
    expect(memory.isReady(peer, peer.retryMs)).toBe(false);
  });
});
