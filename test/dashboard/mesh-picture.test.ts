import { describe, expect, test } from "vitest";
import { assignSlots } from "../../runtime/dashboard/page/graph.js";
import { hueOf, labelOf, pictureOf, routeTo, WIDTH } from "../../runtime/dashboard/page/mesh-picture.js";
import { hubIdOf, manyCells, manyHubs, meshOf } from "../fakes/fake-mesh.js";

describe("the picture of the mesh", () => {
  test.each([1, 3, 18, 19, 40, 64])(
    "of one cell with %d hubs shows each, apart from the others, in the frame",
    (count) => {
      const hubs = manyHubs(count);
      const { hubs: drawn, cells, height, hubsLeftOut } = pictureOf(hubs, assignSlots({}, hubs), meshOf(hubs));
      expect([drawn.length, cells.length, hubsLeftOut]).toEqual([count, 0, 0]);
      for (const [at, a] of drawn.entries()) {
        expect(a.x - a.radius).toBeGreaterThanOrEqual(0);
        expect(a.x + a.radius).toBeLessThanOrEqual(WIDTH);
        expect(a.y + a.radius).toBeLessThanOrEqual(height);
        for (const b of drawn.slice(at + 1))
          expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(a.radius + b.radius);
      }
    },
  );

  test("of several cells has the own in the middle, the others around it, and their hubs in them", () => {
    const { hubs, mesh } = manyCells(manyHubs(40));
    const { hubs: drawn, cells } = pictureOf(hubs, assignSlots({}, hubs), mesh);
    expect(cells.filter(({ own }) => own)).toHaveLength(1);
    expect(cells).toHaveLength(11);
    const own = cells.find((cell) => cell.own)!;
    for (const { view, x, y } of drawn) {
      const home = mesh.members.find(({ hub }) => hub === view.hub)!;
      const cell = cells.find(({ landmark }) => landmark === home.cell) ?? own;
      expect(Math.hypot(x - cell.x, y - cell.y)).toBeLessThan(cell.radius);
    }
  });

  test("puts neighbours of whose cell nobody has told into one without a name", () => {
    const { hubs, mesh } = manyCells(manyHubs(12));
    const untold = {
      ...mesh,
      members: mesh.members.map(({ cell, ...rest }) => (rest.inCell ? { ...rest, cell } : rest)),
    };
    const { cells, hubs: drawn } = pictureOf(hubs, assignSlots({}, hubs), untold);
    expect(cells.find(({ landmark }) => landmark === undefined)).toMatchObject({ size: 3, own: false });
    expect(drawn).toHaveLength(15);
  });

  test("tells how many hubs and cells it has no room for", () => {
    const hubs = manyHubs(200);
    expect(pictureOf(hubs, assignSlots({}, hubs), meshOf(hubs))).toMatchObject({ hubsLeftOut: 72 });
    const { mesh } = manyCells(manyHubs(3));
    const regions = Array.from({ length: 30 }, (_, at) => ({
      ...{ level: 1, landmark: hubIdOf(100 + at), size: 20, metric: at, own: false },
    }));
    expect(pictureOf(manyHubs(3), {}, { ...mesh, regions })).toMatchObject({ cellsLeftOut: 16 });
  });

  test("gives cells side by side colours of their own", () => {
    const hues = [1, 2, 3, 4].map((number) => hueOf(hubIdOf(number)));
    expect(new Set(hues).size).toBe(4);
    expect(hueOf(hubIdOf(1))).toBe(hues[0]);
  });
});

describe("the way to a hub", () => {
  const hubs = manyHubs(20);
  const mesh = meshOf(hubs);

  test("is the link itself, or leads through its next hop, open where the rest is not known here", () => {
    expect(routeTo(mesh, hubs, hubIdOf(1))).toMatchObject({ hubs: [hubIdOf(0), hubIdOf(1)], isOpen: false });
    const near = routeTo(mesh, hubs, hubIdOf(3));
    expect(near).toMatchObject({ hubs: [hubIdOf(0), hubIdOf(1), hubIdOf(3)], isOpen: false });
    expect(near?.backup).toEqual([hubIdOf(0), hubIdOf(2), hubIdOf(3)]);
    expect(routeTo(mesh, hubs, hubIdOf(8))).toMatchObject({ isOpen: true });
  });

  test("to a hub of another cell is the way to that cell, or the link; to nobody, none", () => {
    const many = manyCells(hubs);
    const cell = many.mesh.regions.find(({ own, level }) => !own && level === 1)!.landmark;
    expect(routeTo(many.mesh, many.hubs, cell)?.way.destination).toBe(cell);
    expect(routeTo(many.mesh, many.hubs, hubIdOf(9_000))).toMatchObject({ isOpen: false });
    expect(routeTo(mesh, hubs, hubIdOf(999))).toBeUndefined();
    expect(routeTo(mesh, hubs, mesh.hub)).toBeUndefined();
  });
});

test("a hub is called by its name, or by the digits that tell it apart", () => {
  const hubs = manyHubs(3);
  expect(labelOf(undefined, hubs, hubIdOf(1))).toBe("kitchen");
  expect(labelOf(meshOf(hubs), [], hubIdOf(2))).toBe("attic");
  expect(labelOf(undefined, [], hubIdOf(2))).toBe(hubIdOf(2).slice(0, 8));
});
