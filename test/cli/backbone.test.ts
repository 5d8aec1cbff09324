import { expect, test } from "vitest";
import { describeBackbones } from "../../runtime/cli/commands/backbone.js";
import type { BackboneView } from "../../runtime/core/backbone.js";
import type { HomeId } from "../../runtime/core/membership.js";
import { hubIdOf } from "../fakes/fake-mesh.js";

const broker: BackboneView = {
  ...{ url: "mqtt://broker.example:1883", state: "connected", mqtt: "5", met: 1 },
  links: [{ hub: hubIdOf(1), rttMs: 12 }],
  others: [{ home: "0".repeat(32) as HomeId, name: "mill", met: 2, links: [{ hub: hubIdOf(2) }] }],
};

test("other homes that are met at a broker stand below it, with their hubs and links", () => {
  const [, own, other] = describeBackbones([broker], 100).split("\n");
  expect(own).toMatch(/mqtt:\/\/broker\.example:1883 +connected, MQTT 5 +1 +\w{8} 12 ms$/);
  expect(other).toMatch(/^ +home mill +2 +\w{8}$/);
});
