import { expect, test } from "vitest";
import { hubsCounted } from "../../runtime/core/mesh-words.js";
import type { MindosEvent } from "../../runtime/core/status.js";
import { INITIAL_STATE, type PageState, reduce } from "../../runtime/dashboard/page/store.js";
import { byPlace, exampleQuestions, homeState, onePerSensor } from "../../runtime/dashboard/page/summary.js";
import { FakeHubApi, HUB_IDS } from "../fakes/fake-hub-api.js";

const stateOf = (hub: FakeHubApi): PageState =>
  reduce(INITIAL_STATE, {
    type: "snapshot",
    status: hub.status(),
    sensors: hub.sensors(),
    detections: hub.detections(),
    nowMs: 0,
  });
const headline = (state: PageState) => homeState(state).headline;

test("the headline tells what matters most", () => {
  const hub = new FakeHubApi();
  expect(headline(INITIAL_STATE)).toBe("Looking at your home…");
  expect(headline(stateOf(new FakeHubApi({ empty: true })))).toBe("Listening for sensors");
  expect(headline(stateOf(hub))).toBe("Everything is as usual");
  hub.setHubState(1, "dead");
  expect(headline(stateOf(hub))).toBe("One hub is missing");
  hub.detect(0, "d1");
  expect(headline(stateOf(hub))).toBe("Something is unusual");
  hub.detect(1, "d2");
  expect(headline(stateOf(hub))).toBe("2 things are unusual");
  hub.detect(0, "d1", { lastedMs: 5 });
  hub.detect(1, "d2", { lastedMs: 5 });
  expect(headline(stateOf(hub))).toBe("One hub is missing");
});

test("a hub that was put out is neither missing nor counted", () => {
  const hub = new FakeHubApi();
  const page = (): PageState => {
    const base = stateOf(hub);
    const hubs = base.status!.hubs.map((view, at) => (at === 1 ? { ...view, putOut: true } : view));
    return { ...base, status: { ...base.status!, hubs } };
  };
  hub.setHubState(1, "dead");
  expect(headline(page())).toBe("Everything is as usual");
  expect(hubsCounted(page().status!.hubs)).toBe("2 hubs");
  hub.setHubState(2, "dead");
  expect(headline(page())).toBe("One hub is missing");
  expect(hubsCounted(page().status!.hubs)).toBe("1 hub, 1 away");
});

test.each([
  ["revoked", "This hub was put out of its home"],
  ["cloned", "Another hub runs with the key of this one"],
  ["expired", "The certificate of this hub does not hold: expired"],
])("a hub that is out of its home (%s) says why, not that the others are missing", (homeProblem, says) => {
  const hub = new FakeHubApi();
  hub.setHubState(1, "dead");
  hub.setHubState(2, "dead");
  const base = stateOf(hub);
  expect(headline({ ...base, status: { ...base.status!, homeProblem } })).toBe(says);
});

test("smoke comes before all else, and a low battery is no alarm", () => {
  const base = stateOf(new FakeHubApi());
  const [sensor] = base.sensors;
  const heard = (quantity: "smoke" | "battery_low"): MindosEvent => ({
    event: "sensor-heard",
    sensor: { ...sensor!, latest: [{ quantity, value: 1, index: 0 }] },
  });
  const after = (event: MindosEvent) => homeState(reduce(base, { type: "event", event, wallMs: 0 }));
  expect(after(heard("smoke"))).toEqual({ tone: "alert", headline: "A sensor raises an alarm" });
  expect(after(heard("battery_low")).tone).toBe("calm");
});

test("a page that has lost its hub does not say that all is well", () => {
  const lost = reduce(stateOf(new FakeHubApi()), { type: "connection", connection: { phase: "lost", retryAtMs: 1 } });
  expect(headline(lost)).toBe("The hub is out of reach");
});

test("places are in order, those without one last, and numbers count as numbers", () => {
  const [one] = new FakeHubApi().sensors();
  const named = (name: string, place?: string) => ({ ...one!, name, place, sensor: `ble:${name}` as never });
  const places = byPlace([named("b 10", "attic"), named("x"), named("b 9", "attic"), named("c", "Cellar")]);
  expect(places.map(([place, list]) => [place, list.map(({ name }) => name)])).toEqual([
    ["attic", ["b 9", "b 10"]],
    ["Cellar", ["c"]],
    ["", ["x"]],
  ]);
});

test("a sensor that several hubs hear is one card, by the hub that hears it best and not one that lost it", () => {
  const [one] = new FakeHubApi().sensors();
  const views = [
    { ...one!, rssiDbm: -80 },
    { ...one!, hub: HUB_IDS[1], rssiDbm: -50, stale: true },
    { ...one!, hub: HUB_IDS[2], rssiDbm: -60 },
  ];
  expect(onePerSensor(views)).toEqual([{ view: views[2], alsoHeardBy: [HUB_IDS[0], HUB_IDS[1]] }]);
});

test("the examples are about places that the home has, and topics that living hubs offer", () => {
  expect(exampleQuestions(INITIAL_STATE)).toEqual([]);
  expect(exampleQuestions(stateOf(new FakeHubApi({ empty: true })))).toEqual(["Is anything unusual?"]);
  expect(exampleQuestions(stateOf(new FakeHubApi()))).toEqual([
    "Is anything unusual?",
    "Which room is the warmest?",
    "How warm is it indoors?",
    "How humid is it indoors?",
  ]);
});
