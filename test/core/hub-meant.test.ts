import { expect, test } from "vitest";
import { hubMeant } from "../../runtime/core/hub-meant.js";
import type { HubId } from "../../runtime/core/ids.js";

const CELLAR = "c0ffee".padEnd(32, "0") as HubId;
const ATTIC = "abc".padEnd(32, "1") as HubId;
const HUBS = [
  { hub: CELLAR, name: "cellar" },
  { hub: ATTIC, name: "attic" },
];
const USUAL = { digitsMin: 4, unknownIds: false };

test("a hub is meant by its name, its id, or the first digits of it", () => {
  expect(hubMeant("cellar", HUBS, USUAL)).toBe(CELLAR);
  expect(hubMeant(ATTIC.toUpperCase(), HUBS, USUAL)).toBe(ATTIC);
  expect(hubMeant("C0ff", HUBS, USUAL)).toBe(CELLAR);
  expect(() => hubMeant("c0ff", HUBS, { ...USUAL, digitsMin: 8 })).toThrow('called "c0ff"');
});

test("a name comes before digits: somebody may call a hub cafe", () => {
  const cafe = { hub: "f00d".padEnd(32, "2") as HubId, name: "c0ffee" };
  expect(hubMeant("c0ffee", [...HUBS, cafe], USUAL)).toBe(cafe.hub);
});

test("an id that nobody known has serves only where it may", () => {
  const far = "d".repeat(32) as HubId;
  expect(hubMeant(far, HUBS, { ...USUAL, unknownIds: true })).toBe(far);
  expect(() => hubMeant(far, HUBS, USUAL)).toThrow(expect.objectContaining({ code: "HUB_UNKNOWN" }));
});

test("nobody is meant, and the nearest name is offered; or more than one, and they are told", () => {
  expect(() => hubMeant("celler", HUBS, USUAL)).toThrow(
    'no hub that is known here is called "celler"; did you mean "cellar"?',
  );
  const twin = { hub: "b".repeat(32) as HubId, name: "attic" };
  expect(() => hubMeant("attic", [...HUBS, twin], USUAL)).toThrow('"attic" is any of abc111111111, bbbbbbbbbbbb');
});
