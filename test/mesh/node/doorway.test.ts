/** What is said on a link before both ends know each other. */
import { describe, expect, test } from "vitest";
import type { Message } from "../../../runtime/core/messages.js";
import { TestHome } from "../../fakes/home.js";
import { helloOf, LoneNode } from "../../fakes/lone-node.js";

const home = new TestHome();
const self = home.admit("self", "owner");
const friend = home.admit("friend");
const stranger = new TestHome("another").admit("stranger");

const lonely = (): LoneNode => new LoneNode({ home, self });
const types = (messages: readonly Message[]): string[] => messages.map(({ type }) => type);
const isClosed = (lone: LoneNode, linkId: number): boolean =>
  lone.effects.some((effect) => effect.type === "close" && effect.linkId === linkId);

describe("the accepting end", () => {
  test("says who it is once the dialling one has, and then all that it has to say", () => {
    const lone = lonely();
    expect(lone.open(1, friend.hub)).toEqual([]);
    expect(types(LoneNode.said(lone.hear(1, helloOf(friend)), 1))[0]).toBe("HELLO");
    expect(lone.node.links.neighbourCount).toBe(1);
  });

  test("says so at once to a hub that it has let in before", () => {
    const lone = lonely();
    lone.link(1, friend);
    lone.input({ type: "link-closed", linkId: 1, reason: "" });
    expect(types(LoneNode.said(lone.open(2, friend.hub), 2))).toEqual(["HELLO"]);
    expect(types(LoneNode.said(lone.hear(2, helloOf(friend)), 2))).not.toContain("HELLO");
  });

  test("says nothing of itself to a stranger, whether it says HELLO, something else or nothing", () => {
    const lone = lonely();
    for (const linkId of [1, 2, 3]) lone.open(linkId, stranger.hub);
    lone.hear(1, helloOf(stranger));
    lone.hear(2, { type: "PING" });
    lone.run(6000);
    expect([1, 2, 3].map((linkId) => isClosed(lone, linkId))).toEqual([true, true, true]);
    const said = lone.effects.filter((effect) => effect.type === "send");
    expect(said).toMatchObject([{ linkId: 1, message: { type: "ERROR", code: "NOT_ADMITTED" } }]);
  });

  test("tells a hub whose start is behind who says so: it believes that of members alone", () => {
    const lone = lonely();
    lone.epochs.observe(friend.hub, 7, new Uint8Array(8).fill(7), false);
    lone.open(1, friend.hub);
    const told = LoneNode.said(lone.hear(1, helloOf(friend, { epoch: 5 })), 1);
    expect(told).toMatchObject([{ type: "HELLO" }, { type: "ERROR", code: "EPOCH_BEHIND" }]);
    expect(isClosed(lone, 1)).toBe(true);
  });
});

describe("a hub that is out", () => {
  test.each([false, true])("is told why and cut before it has said a word (dialled by this hub: %s)", (dialled) => {
    const lone = lonely();
    const gone = home.revocation(friend.hub);
    lone.membership.revoke(gone, 0);
    const said = LoneNode.said(lone.open(1, friend.hub, dialled), 1);
    expect(said).toEqual([
      { type: "ERROR", code: "NOT_ADMITTED", fault: "remote", detail: "mesh.admission.revoked" },
      { type: "REVOKE", revocations: [gone] },
    ]);
    expect(isClosed(lone, 1)).toBe(true);
    expect(lone.node.links.size).toBe(0);
  });
});

test("the dialling end says HELLO at once, since somebody must speak first", () => {
  expect(types(LoneNode.said(lonely().open(1, friend.hub, true), 1))).toEqual(["HELLO"]);
});

test("no counter is named by somebody else, member or not", () => {
  const lone = lonely();
  lone.open(1, stranger.hub);
  lone.link(2, friend);
  for (const linkId of [1, 2]) {
    for (let at = 0; at < 100; at++)
      lone.hear(linkId, { type: "ERROR", code: `MADE_UP_${at}`, fault: "remote", detail: "" });
  }
  expect([...lone.counts]).toEqual([["mesh.told.other", 200]]);
});
