/** A link that is given up loses nothing that is on its way. */
import { describe, expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import type { RoutedFrame } from "../../../runtime/core/routed.js";
import type { NodeEffect } from "../../../runtime/mesh/node/inputs.js";
import { TestHome } from "../../fakes/home.js";
import { LoneNode } from "../../fakes/lone-node.js";

const home = new TestHome();
const self = home.admit("self", "owner");
const others = Array.from({ length: 20 }, (_, at) => home.admit(`other ${at}`));
const hubs = others.map(({ hub }) => hub);

const closes = (effects: readonly NodeEffect[]) => effects.filter(({ type }) => type === "close");

/** Twenty neighbours that have each other, too, which is more than a hub keeps: it gives some up. */
function parting(): { lone: LoneNode; linkId: number; hub: HubId } {
  const lone = new LoneNode({ home, self });
  for (const [at, other] of others.entries()) {
    lone.link(at + 1, other);
    lone.hear(at + 1, { type: "NEIGHBOUR", op: "view", added: hubs.filter((hub) => hub !== other.hub), wanted: false });
  }
  for (let time = 1; time < 400; time++) {
    lone.run(100 * time);
    for (const [at] of others.entries())
      if (lone.node.links.get(at + 1) !== undefined) lone.hear(at + 1, { type: "PING" });
    const down = lone.effects.find((effect) => effect.type === "link-down");
    if (down?.type !== "link-down") continue;
    lone.effects.length = 0;
    return { lone, linkId: hubs.indexOf(down.hub) + 1, hub: down.hub };
  }
  throw new Error("no link was given up");
}

const frame = (src: HubId, seq: number): RoutedFrame => ({
  ...{ src, srcEpoch: 1, dst: self.hub, locator: undefined, hops: 0, seq },
  payload: { type: "ECHO", nonce: 7, hops: 1 },
});

describe("a link that this hub gives up", () => {
  test("still takes frames on their way until the other end has closed it", () => {
    const { lone, linkId, hub } = parting();
    expect(lone.node.links.get(linkId)).toBeUndefined();
    expect(closes(lone.effects)).toEqual([]);
    const effects = lone.frame(linkId, { form: "routed", frame: frame(hub, 1) });
    expect(effects).toContainEqual({ type: "echo", from: hub, nonce: 7, hops: 0 });
    lone.input({ type: "link-closed", linkId, reason: "closed" });
    lone.frame(linkId, { form: "routed", frame: frame(hub, 2) });
    expect(lone.count("mesh.unknownLink")).toBe(1);
    lone.run(lone.nowMs + 300);
    expect(closes(lone.effects).filter((effect) => effect.type === "close" && effect.linkId === linkId)).toEqual([]);
  });

  test("is closed after 250 ms when the other end does not, and at once when that has given it up, too", () => {
    const { lone, linkId } = parting();
    const [startMs, isClosed] = [
      lone.nowMs,
      () => closes(lone.effects).some((e) => e.type === "close" && e.linkId === linkId),
    ];
    lone.run(startMs + 140);
    expect(isClosed()).toBe(false);
    lone.run(startMs + 250);
    expect(isClosed()).toBe(true);
    const again = parting();
    expect(
      closes(
        again.lone.frame(again.linkId, { form: "link", seq: 99, message: { type: "NEIGHBOUR", op: "disconnect" } }),
      ),
    ).toHaveLength(1);
  });

  test("takes nothing of a hub that is put out meanwhile", () => {
    const { lone, linkId, hub } = parting();
    lone.membership.revoke(home.revocation(hub), 0);
    expect(lone.frame(linkId, { form: "routed", frame: frame(hub, 1) })).toEqual([]);
  });
});

test("a link that the other end gives up is closed at once, behind what was said", () => {
  const lone = new LoneNode({ home, self });
  lone.link(1, others[0]!);
  const effects = lone.hear(1, { type: "NEIGHBOUR", op: "disconnect" });
  expect(closes(effects)).toEqual([{ type: "close", linkId: 1, reason: "parted" }]);
  expect(effects.filter(({ type }) => type === "notice")).not.toContainEqual(
    expect.objectContaining({ state: "suspect" }),
  );
});
