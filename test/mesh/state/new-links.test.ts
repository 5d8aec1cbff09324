import { expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { NewLinks } from "../../../runtime/mesh/state/new-links.js";
import { STATE_DEFAULTS } from "../../../runtime/mesh/state/settings.js";

const OTHER = "0000000000000000000000000000000b" as HubId;

/** @returns the moments at which it compares, up to `untilMs`. Unit: ms. */
function compared(links: NewLinks, fromMs: number, untilMs: number): number[] {
  const found: number[] = [];
  for (let nowMs = fromMs; nowMs <= untilMs; nowMs += 10) if (links.take(nowMs).includes(OTHER)) found.push(nowMs);
  return found;
}

test("a newcomer compares over a link once, and soon, when nothing came in meanwhile", () => {
  const links = new NewLinks(STATE_DEFAULTS);
  links.addSoon(OTHER, true, 0.5, 0);
  const [first = Number.NaN] = compared(links, 0, 1000);
  expect(first).toBeLessThanOrEqual(STATE_DEFAULTS.newcomerLinkMs);
  links.agreed(OTHER, first, first + 10);
  expect(compared(links, first + 20, 60_000)).toEqual([]);
  expect(links.size).toBe(0);
});

test("it compares again when another taught it something meanwhile: what is known here is not passed on any more", () => {
  const links = new NewLinks(STATE_DEFAULTS);
  links.addSoon(OTHER, true, 0.5, 0);
  const [first = Number.NaN] = compared(links, 0, 1000);
  links.news(first + 5);
  links.agreed(OTHER, first, first + 10);
  const [second = Number.NaN] = compared(links, first + 20, 5000);
  expect(second).toBeLessThanOrEqual(first + STATE_DEFAULTS.quietMs + STATE_DEFAULTS.newcomerLinkMs + 20);
  links.agreed(OTHER, second, second + 10);
  expect(links.size).toBe(0);
});
