import { describe, expect, test } from "vitest";
import { EventLines } from "../../runtime/cli/event-stream.js";
import { hubNamed, nameOf } from "../../runtime/cli/mesh-names.js";
import { describeEcho, describeTimes, PingTimes, pingHub } from "../../runtime/cli/mesh-ping.js";
import { describeMesh } from "../../runtime/cli/mesh-text.js";
import { textWidth } from "../../runtime/cli/text-width.js";
import type { HubId } from "../../runtime/core/ids.js";
import type { MeshStatus } from "../../runtime/core/mesh-status.js";
import { meshNews } from "../../runtime/core/mesh-words.js";
import type { MindosEvent } from "../../runtime/core/status.js";
import { hubIdOf, manyCells, manyHubs, meshOf } from "../fakes/fake-mesh.js";

const WIDE = { columns: Number.POSITIVE_INFINITY, color: false, ways: false };
const small = meshOf(manyHubs(9));
const large = manyCells(manyHubs(40)).mesh;

describe("the mesh as text", () => {
  test("begins with home, hubs, cells and this hub's place", () => {
    const [first, place] = describeMesh(small, WIDE).split("\n");
    expect(first).toBe("cellar (00000000): home Rosenhof (owner) · 8 hubs, 1 away · 5 direct links · one cell");
    expect(place).toBe("  place      the one cell");
    expect(describeMesh(large, WIDE)).toContain("11 cells and 2 regions in sight");
    expect(describeMesh(large, WIDE)).toMatch(/place {6}cell of \S+ in the region of \S+\n/);
  });

  test("lists links by round trip, and members of the cell by name with the way to each", () => {
    const text = describeMesh(small, WIDE);
    const section = (title: string) => text.slice(text.indexOf(`\n${title}\n`)).split("\n\n")[0] ?? "";
    const rtts = [...section("Direct links").matchAll(/([\d.]+) ms/g)].map(([, ms]) => Number(ms));
    expect(rtts).toEqual([...rtts].sort((a, b) => a - b));
    expect(section("Hubs")).toMatch(/porch +\w{8} +in doubt +/);
    expect(section("Hubs")).toMatch(/barn +\w{8} +away\n/);
    expect(section("Hubs")).toContain("direct link");
  });

  test("shows regions where there are several cells, and every way with its backup when asked", () => {
    expect(describeMesh(small, WIDE)).not.toContain("Cells and regions");
    expect(describeMesh(large, WIDE)).toMatch(/Cells and regions\n {2}OF +KIND +SIZE +VIA +METRIC\n/);
    expect(describeMesh(large, WIDE)).not.toContain("BACKUP");
    expect(describeMesh(large, { ...WIDE, ways: true })).toContain("BACKUP");
  });

  test.each([72, 80])("fits %d columns", (columns) => {
    const body = describeMesh(large, { columns: columns - 2, color: false, ways: true })
      .split("\n\n")
      .slice(1)
      .join("\n");
    for (const line of body.split("\n")) expect(textWidth(line), line).toBeLessThanOrEqual(columns);
  });

  test("messages that only a later version can read are told with what to do", () => {
    const says = (unread: number) => describeMesh({ ...small, outbox: { parcels: 0, bytes: 0, unread } }, WIDE);
    expect(says(1)).toContain("problem    1 message from newer hubs waits here unread: update MindOS on this hub.\n");
    expect(says(3)).toContain("3 messages from newer hubs wait here unread");
    expect(describeMesh(small, WIDE)).not.toContain("unread");
  });

  test("a hub without links says that it is alone", () => {
    expect(describeMesh(meshOf(manyHubs(1)), WIDE)).toContain("this hub is alone");
  });

  test("a name cannot drive the terminal", () => {
    const evil = { ...small, names: { ...small.names, [hubIdOf(1)]: "\x1b[2Jgone" } };
    expect(describeMesh(evil, WIDE)).not.toContain("\x1b");
  });
});

describe("a hub is meant", () => {
  test("by its name, its id, or the first digits of it", () => {
    expect(hubNamed(small, "kitchen")).toBe(hubIdOf(1));
    expect(hubNamed(small, hubIdOf(2))).toBe(hubIdOf(2));
    expect(hubNamed(small, hubIdOf(2).slice(0, 6).toUpperCase())).toBe(hubIdOf(2));
  });

  test("by a whole id even when it is not known here", () => {
    const far = "ab".repeat(16) as HubId;
    expect(hubNamed(small, far)).toBe(far);
    expect(nameOf(small, far)).toBe("abababab");
  });

  test("or nobody, and the nearest name is offered; or more than one", () => {
    expect(() => hubNamed(small, "kitchn")).toThrow('did you mean "kitchen"?');
    const twins = { ...small, names: { ...small.names, [hubIdOf(2)]: "kitchen" } };
    expect(() => hubNamed(twins, "kitchen")).toThrow(/is any of \w{12}, \w{12}/);
  });
});

describe("a ping", () => {
  test("counts and measures as ping(8) does", () => {
    const times = new PingTimes();
    for (const rttMs of [1, 2, 3]) times.add({ hops: 0, rttMs });
    times.add(undefined);
    expect(describeTimes("attic", times.statistics())).toBe(
      "\n--- attic ping statistics ---\n4 asked, 3 answered, 25 % lost\nrtt min/avg/max/mdev = 1.000/2.000/3.000/0.816 ms\n",
    );
    expect(describeTimes("attic", new PingTimes().statistics())).toContain("0 asked, 0 answered, 0 % lost");
  });

  test("says how it went", () => {
    expect(describeEcho("attic", 1, { hops: 0, rttMs: 0.8 })).toBe(
      "answer from attic: seq=1 time=0.800 ms, direct link",
    );
    expect(describeEcho("attic", 2, { hops: 3, rttMs: 112.34 })).toContain("time=112.3 ms, over 3 other hubs");
    expect(describeEcho("attic", 3, { hops: 0, rttMs: 0.1 }, true)).toContain("this hub itself");
    expect(describeEcho("attic", 3, undefined)).toBe("no answer from attic: seq=3");
  });

  test("ends with 0 when anything came back, with 4 when nothing did", async () => {
    const lines: string[] = [];
    const out = { write: (text: string) => void lines.push(text) } as never;
    const plan = { hub: hubIdOf(1), name: "kitchen", isSelf: false, count: 2, intervalMs: 0 };
    const stop = new AbortController().signal;
    expect(await pingHub({ ...plan, ask: async () => ({ hops: 0, rttMs: 1 }) }, { json: true, out }, stop)).toBe(0);
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(["ping", "ping", "ping-statistics"]);
    expect(await pingHub({ ...plan, ask: async () => undefined }, { json: false, out }, stop)).toBe(4);
  });
});

describe("events", () => {
  const name = (hub: HubId) => nameOf(small, hub);
  const told = (event: MindosEvent) => meshNews(event, name)?.text;

  test("are told in plain words, with names", () => {
    const hub = hubIdOf(1);
    expect(told({ event: "hub-state", hub, state: "dead" })).toBe("kitchen is away");
    expect(told({ event: "link-up", peer: hub, name: "" })).toBe("direct link to kitchen");
    expect(told({ event: "mesh-cut", hubs: [1, 2, 3, 4, 5].map(hubIdOf) })).toBe(
      "5 hubs lost at once: kitchen, attic, garage and 2 more",
    );
    expect(told({ event: "hub-stopped", hub })).toBeUndefined();
  });

  test("are read out of any pieces, and what is no event is passed over", () => {
    const events: string[] = [];
    const lines = new EventLines((event) => void events.push(event.event));
    const text =
      'retry: 2000\n\ndata: {"event":"isolated"}\n\n: still here\n\ndata: nonsense\n\ndata: {"event":"cell"}\n\n';
    for (const character of text) lines.push(character);
    lines.push(`data: ${"x".repeat(2_000_000)}`);
    lines.push('"}\n\ndata: {"event":"locator"}\n');
    expect(events).toEqual(["isolated", "cell", "locator"]);
  });
});

test("names are shown for hubs that have one, digits for the others", () => {
  const mesh: MeshStatus = { ...small, names: {} };
  expect(nameOf(mesh, hubIdOf(1))).toBe(hubIdOf(1).slice(0, 8));
});
