import { beforeEach, describe, expect, it } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { Overlay } from "../../../runtime/mesh/overlay/overlay.js";
import { OVERLAY_DEFAULTS } from "../../../runtime/mesh/overlay/settings.js";

const { redialAfterMs, dialTimeoutMs } = OVERLAY_DEFAULTS;
const SELF = "0a".repeat(16) as HubId;
const OTHER = "b0".repeat(16) as HubId;
const rng = (length: number): Uint8Array => new Uint8Array(length);

describe("a hub that is dialled and seen by discovery meanwhile", () => {
  let overlay: Overlay;
  let dialsMs: number[];
  let nowMs: number;

  beforeEach(() => {
    dialsMs = [];
    nowMs = 0;
    overlay = new Overlay(
      { hub: SELF, addresses: [] },
      {
        send: () => 1,
        route: () => undefined,
        count: () => undefined,
        notice: (notice) => notice.type === "dial" && dialsMs.push(nowMs),
      },
    );
    seenAt(0);
    overlay.tick(0, rng);
  });

  function seenAt(ms: number): void {
    nowMs = ms;
    overlay.found({ hub: OTHER, addresses: [{ host: "10.0.0.2", port: 7411 }] }, ms, rng);
  }

  it("is dialled anew when the dial had no answer for a while, and not before", () => {
    seenAt(redialAfterMs - 1);
    expect(dialsMs).toEqual([0]);
    seenAt(redialAfterMs);
    seenAt(redialAfterMs + 10);
    seenAt(2 * redialAfterMs);
    expect(dialsMs).toEqual([0, redialAfterMs, 2 * redialAfterMs]);
  });

  it("has failed in its time however often it was seen: it keeps nobody else's place", () => {
    for (let ms = 1000; ms < dialTimeoutMs; ms += 1000) seenAt(ms);
    nowMs = dialTimeoutMs;
    // Whoever is alone tries again whom it knows, unless a dial is under way.
    overlay.tick(nowMs, rng);
    expect(dialsMs.at(-1)).toBe(dialTimeoutMs);
  });
});
