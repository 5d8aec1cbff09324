import { describe, expect, test } from "vitest";
import { parseArguments } from "../../../runtime/cli/arguments.js";
import { command as hub, overridesOf } from "../../../runtime/cli/commands/hub.js";
import { freePorts, hubPlans, motesOf, readingAfter, type SwarmPlan } from "../../../runtime/cli/swarm/plan.js";
import { defaultConfig } from "../../../runtime/config/config.js";

const plan: SwarmPlan = { hubs: 3, speed: 100, from: 2_200, loop: false, dataDir: "/tmp/s" };
const configs = (one: SwarmPlan, elapsedMs = 0) =>
  hubPlans(one, () => elapsedMs).map(({ words }) => {
    const [name, ...rest] = words();
    expect(name).toBe("hub");
    return defaultConfig(overridesOf(parseArguments(hub, rest).options as Parameters<typeof overridesOf>[0]));
  });

describe("the hubs of a swarm", () => {
  test("share the motes round robin; those beyond the fourth hear none", () => {
    expect([0, 1, 2].map((at) => motesOf(at, 3))).toEqual([[1, 4], [2], [3]]);
    expect(motesOf(0, 1)).toEqual([1, 2, 3, 4]);
    expect([3, 4, 15].map((at) => motesOf(at, 16))).toEqual([[4], [], []]);
  });

  test("are given words that `mindos hub` understands", () => {
    const [first, second] = configs(plan);
    expect(first).toMatchObject({
      ...{
        name: "hub-1",
        dataDir: "/tmp/s/hub-1",
        mqttPort: 0,
        httpPort: 0,
        discovery: true,
        peers: [],
      },
      replay: { source: "motes", motes: [1, 4], speed: 100, from: 2_200, loop: false },
    });
    expect(first?.bluetooth.enabled).toBe(false);
    expect(second?.replay.motes).toEqual([2]);
    expect(configs({ ...plan, hubs: 5 })[4]?.replay.source).toBe("off");
  });

  test("are told of one another where multicast does not work", () => {
    const [first, second] = configs({ ...plan, hubs: 2, ports: [4_001, 4_002], profile: "small", loop: true });
    expect(first).toMatchObject({
      discovery: false,
      linkPort: 4_001,
      peers: [{ host: "127.0.0.1", port: 4_002 }],
      profile: "small",
    });
    expect(second).toMatchObject({
      linkPort: 4_002,
      peers: [{ host: "127.0.0.1", port: 4_001 }],
      replay: { loop: true },
    });
    expect(configs({ ...plan, hubs: 1, ports: [4_001] })[0]?.peers).toEqual([]);
  });

  test("come back to the reading that is spoken then", () => {
    expect(readingAfter(2_200, 100, 7_000)).toBe(2_340);
    expect(readingAfter(1, 1, 4_999)).toBe(1);
    expect(configs(plan, 10_000)[0]?.replay.from).toBe(2_400);
  });

  test("get ports of their own", async () => {
    const ports = await freePorts(8);
    expect(new Set(ports).size).toBe(8);
    for (const port of ports) expect(port).toBeGreaterThan(1_023);
  });
});
