import { describe, expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { NewLinks } from "../../../runtime/mesh/state/new-links.js";
import { STATE_DEFAULTS } from "../../../runtime/mesh/state/settings.js";

const hub = (index: number): HubId => index.toString(16).padStart(32, "0") as HubId;
const { newLinkMs, newLinkMsMax, newsMs, quietMs } = STATE_DEFAULTS;

describe("links that come up together", () => {
  test("are compared one after the other: few within 100 ms of the first, all within the time that is set", () => {
    const links = new NewLinks(STATE_DEFAULTS);
    for (let i = 0; i < 100; i++) links.add(hub(i), true, i / 100, 0);
    const firstMs = links.dueMs;
    const first = links.take(firstMs + 100);
    expect(first.length).toBeGreaterThanOrEqual(1);
    expect(first.length).toBeLessThanOrEqual(3);
    expect(first.length + links.take(newLinkMs).length).toBe(100);
  });

  test("wait while news comes in, but not for ever", () => {
    const links = new NewLinks(STATE_DEFAULTS);
    links.add(hub(1), true, 0, 0);
    for (let nowMs = 0; nowMs < newLinkMsMax; nowMs += quietMs / 2) {
      links.news(nowMs);
      expect(links.take(nowMs)).toEqual([]);
    }
    expect(links.take(newLinkMsMax)).toEqual([hub(1)]);
  });
});

describe("a link whose ends have agreed", () => {
  test("is broadcast over again once it is new no more", () => {
    const links = new NewLinks(STATE_DEFAULTS);
    links.add(hub(1), true, 0, 1000);
    expect(links.covers(hub(1))).toBe(true);
    expect(links.take(1000)).toEqual([hub(1)]);
    links.agreed(hub(1), 1000, 1040);
    expect(links.covers(hub(1))).toBe(true);
    expect(links.take(1000 + newLinkMsMax)).toEqual([]);
    expect(links.covers(hub(1))).toBe(false);
  });

  test("is compared again while it is new, when something comes in", () => {
    const links = new NewLinks(STATE_DEFAULTS);
    links.add(hub(1), true, 0, 1000);
    links.take(1000);
    links.agreed(hub(1), 1000, 1040);
    links.news(3000);
    expect(links.take(3000 + quietMs - 1)).toEqual([]);
    expect(links.take(3000 + quietMs)).toEqual([hub(1)]);
  });

  test("is compared once more where news came in meanwhile", () => {
    const links = new NewLinks(STATE_DEFAULTS);
    links.add(hub(1), true, 0.5, 1000);
    links.take(links.dueMs);
    links.news(5000);
    links.agreed(hub(1), 4990, 5040);
    expect(links.covers(hub(1))).toBe(true);
    expect(links.take(links.dueMs)).toEqual([hub(1)]);
  });

  test("is compared again soon from whichever end has news", () => {
    const links = new NewLinks(STATE_DEFAULTS);
    links.add(hub(1), false, 0.9, 1000);
    links.agreed(hub(1), 2000, 2040);
    links.news(3000);
    expect(links.take(3000 + quietMs + newsMs)).toEqual([hub(1)]);
  });
});
