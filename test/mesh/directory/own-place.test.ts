import { expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { OwnPlace } from "../../../runtime/mesh/directory/own-place.js";
import { DIRECTORY_DEFAULTS } from "../../../runtime/mesh/directory/settings.js";
import { generator, hubIdOf } from "../static-ways.js";

const random = generator(4);
const [self, here, there] = [hubIdOf(random), hubIdOf(random), hubIdOf(random)];
const regions: readonly [HubId, HubId] = [here, there];
/** One half. */
const rng = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at === 0 ? 128 : 0));

/** @param step what happens every 100 ms. @returns when it registered. */
function firstRegistrations(endMs: number, step: (place: OwnPlace, nowMs: number) => void): number[] {
  return said(new OwnPlace(self, 1, DIRECTORY_DEFAULTS, undefined), endMs, step);
}

/** The same for a hub that said where it was long ago. */
function registrations(endMs: number, step: (place: OwnPlace, nowMs: number) => void): number[] {
  const place = new OwnPlace(self, 1, DIRECTORY_DEFAULTS, undefined);
  place.moved([there], -100_000, rng);
  place.registered(regions, -100_000, rng);
  place.isDue(-50_000, rng);
  return said(place, endMs, step);
}

function said(place: OwnPlace, endMs: number, step: (place: OwnPlace, nowMs: number) => void): number[] {
  const times: number[] = [];
  for (let nowMs = 0; nowMs <= endMs; nowMs += 100) {
    step(place, nowMs);
    if (!place.isDue(nowMs, rng)) continue;
    place.registered(regions, nowMs, rng);
    times.push(nowMs);
  }
  return times;
}

test("a change is said at once, and not repeated where all is quiet afterwards", () => {
  expect(registrations(40_000, (place, nowMs) => nowMs === 0 && place.moved([here], nowMs, rng))).toEqual([300]);
});

test("the first time it waits until nothing around has changed for a moment", () => {
  const said = firstRegistrations(40_000, (place, nowMs) => {
    if (nowMs === 0) place.moved([here], nowMs, rng);
    else if (nowMs <= 2000) place.disturbed(false, nowMs);
  });
  expect(said).toEqual([2800]);
});

test("but not for ever", () => {
  const said = firstRegistrations(40_000, (place, nowMs) => {
    if (nowMs === 0) place.moved([here], nowMs, rng);
    else if (nowMs < 20_000) place.disturbed(false, nowMs);
  });
  expect(said[0]).toBe(3000);
});

test("a hub whose mesh is one cell again before it has said anything begins anew", () => {
  const said = firstRegistrations(40_000, (place, nowMs) => {
    if (nowMs === 0 || nowMs === 20_000) place.moved([here], nowMs, rng);
    if (nowMs === 300) place.moved([], nowMs, rng);
  });
  expect(said).toEqual([20_800]);
});

test("while regions around go away it is said twice more, while they only become more it is not", () => {
  const said = (lost: boolean) =>
    registrations(40_000, (place, nowMs) => {
      if (nowMs === 0) place.moved([here], nowMs, rng);
      else if (nowMs < 10_000) place.disturbed(lost, nowMs);
    });
  expect(said(true)).toEqual([300, 1300, 4300]);
  expect(said(false)).toEqual([300]);
});

test("a place that flaps ten times a second is said at most every eight seconds in the end", () => {
  const said = registrations(120_000, (place, nowMs) => place.moved([nowMs % 200 === 0 ? here : there], nowMs, rng));
  expect(said.filter((ms) => ms < 10_000).length).toBeLessThan(8);
  expect(said.filter((ms) => ms >= 60_000).length).toBeLessThanOrEqual(60_000 / DIRECTORY_DEFAULTS.changeGapMsMax + 1);
});

test("after quiet times a change is said at once again", () => {
  const said = registrations(60_000, (place, nowMs) => {
    if (nowMs < 5000 || nowMs === 50_000) place.moved([nowMs % 200 === 0 ? here : there], nowMs, rng);
  });
  expect(said).toContain(50_300);
});
