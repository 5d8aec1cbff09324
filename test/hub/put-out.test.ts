import { expect, test } from "vitest";
import type { HubView } from "../../runtime/core/status.js";
import { meshWithPutOut, viewsWithPutOut } from "../../runtime/hub/put-out.js";
import { hubIdOf, manyHubs, meshOf } from "../fakes/fake-mesh.js";

const [kitchen, cellar] = [hubIdOf(1), hubIdOf(2)];
const gate = { isRevoked: (hub: string) => hub === cellar };

test("whoever was put out is here no more, though nobody is left to miss it, and no link leads there", () => {
  const common = { state: "alive", sensorCount: 0, topics: [], rttMs: 1 } as const;
  const views: HubView[] = [
    { ...common, hub: kitchen, name: "kitchen", neighbours: [cellar] },
    { ...common, hub: cellar, name: "cellar", neighbours: [kitchen] },
  ];
  const [here, out] = viewsWithPutOut(views, gate);
  expect(here).toMatchObject({ state: "alive", rttMs: 1, neighbours: [] });
  expect(out).toMatchObject({ state: "dead", putOut: true, neighbours: [] });
  expect(out).not.toHaveProperty("rttMs");
});

test("in the mesh it has left", () => {
  const mesh = meshWithPutOut(meshOf(manyHubs(4)), gate);
  expect(mesh.putOut).toEqual([cellar]);
  expect(mesh.members.find(({ hub }) => hub === cellar)?.state).toBe("left");
});

test("a hub that was put out itself is still this hub to its own page", () => {
  const self: HubView = {
    ...{ hub: cellar, name: "cellar", state: "self" },
    neighbours: [],
    sensorCount: 0,
    topics: [],
  };
  expect(viewsWithPutOut([self], gate)[0]).toMatchObject({ state: "self" });
  const mesh = meshWithPutOut(meshOf([self]), gate);
  expect(mesh.members).toMatchObject([{ hub: cellar, state: "alive" }]);
});
