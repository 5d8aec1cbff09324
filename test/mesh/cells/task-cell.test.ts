import { describe, expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { commonLevel, type TaskAdvert, taskCell } from "../../../runtime/mesh/cells/task-cell.js";

const id = (name: string): HubId => name.repeat(32).slice(0, 32) as HubId;
const [cellA, cellB, cellC, regionX, regionY] = ["a", "b", "c", "d", "e"].map(id) as [
  HubId,
  HubId,
  HubId,
  HubId,
  HubId,
];
const here = [cellA, regionX];
const advert = (name: string, locator: readonly HubId[], ...classes: string[]): TaskAdvert => ({
  hub: id(name),
  classes,
  locator,
});
const adverts = [
  advert("1", [cellA, regionX], "vision", "climate"),
  advert("2", [cellA, regionX], "climate"),
  advert("3", [cellB, regionX], "vision"),
  advert("4", [cellB, regionX], "vision"),
  advert("5", [cellC, regionY], "vision", "speech"),
];

describe("a task cell", () => {
  test.each([
    ["vision", 1, 1, ["1"]],
    ["vision", 2, 2, ["1", "3", "4"]],
    ["vision", 4, 3, ["1", "3", "4", "5"]],
    ["climate", 2, 1, ["1", "2"]],
    ["speech", 1, 3, ["5"]],
    ["speech", 9, 3, ["5"]],
    ["nothing", 1, 3, []],
  ] as const)("of %s with at least %i reaches up to level %i", (taskClass, hubsMin, level, hubs) => {
    expect(taskCell(taskClass, adverts, here, hubsMin)).toEqual({ level, hubs: hubs.map(id) });
  });

  test("in a mesh of one cell is all of its class", () => {
    const flat = adverts.map((one) => ({ ...one, locator: [] }));
    expect(taskCell("vision", flat, [], 1).hubs).toHaveLength(4);
  });
});

test("two hubs of different top regions share only the mesh, whatever their cells are called", () => {
  expect(commonLevel([cellA, regionX], [cellA, regionY])).toBe(3);
  expect(commonLevel([cellA, regionX], [cellB, regionX])).toBe(2);
  expect(commonLevel([], [])).toBe(1);
});
