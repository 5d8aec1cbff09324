import { expect, test } from "vitest";
import type { HubId } from "../../runtime/core/ids.js";
import { missingFor } from "../../runtime/intents/routing.js";

test("of the hubs that answer a topic those out of reach are missing, and none that was put out", () => {
  const [here, away, out, other] = ["1", "2", "3", "4"].map((digit) => digit.repeat(32) as HubId) as [
    HubId,
    HubId,
    HubId,
    HubId,
  ];
  const known = [here, away, out].map((hub) => ({ hub, topics: ["climate.value"] }));
  const all = [...known, { hub: other, topics: ["light"] }];
  expect(missingFor("climate.value", all, new Set([here]), (hub) => hub === out)).toEqual([away]);
});
