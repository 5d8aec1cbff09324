/** What a node says about who is out, with real certificates and without a mesh around it. */
import { expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import type { Message } from "../../../runtime/core/messages.js";
import { LinkTable, type NodeLink } from "../../../runtime/mesh/node/link-table.js";
import { RevocationNews, type RevocationNewsContext } from "../../../runtime/mesh/node/revocation-news.js";
import { HOME_WALL_MS, keyOf, TestHome } from "../../fakes/home.js";

const MINUTE_MS = 60_000;
const home = new TestHome("news");
const founder = home.admit("founder", "owner");
const rng = (length: number): Uint8Array => new Uint8Array(length).fill(128);
const revocationOf = (name: string): Uint8Array => home.revocation(keyOf(name).hub);

/** A hub that knows some revocations and is linked with some others. */
function scene({
  known = [] as Uint8Array[],
  neighbours = [] as string[],
  listed = undefined as Uint8Array[] | undefined,
}) {
  const membership = home.membership(founder);
  for (const bytes of known) membership.revoke(bytes, HOME_WALL_MS);
  const gate: RevocationNewsContext["gate"] = {
    revoke: (bytes: Uint8Array) => {
      const verdict = membership.revoke(bytes, HOME_WALL_MS);
      return typeof verdict === "string" ? verdict : { problem: verdict.problem };
    },
    isRevoked: (hub: HubId) => membership.isRevoked(hub),
    revocations: () => listed ?? membership.revoked(),
    revocationsAbout: (hub: HubId) => membership.revocationsAbout(hub),
  };
  const links = new LinkTable();
  const said: { readonly to: HubId; readonly revocations: readonly Uint8Array[] }[] = [];
  const [published, counted, cut]: [Message[], string[], HubId[]] = [[], [], []];
  let pruned = 0;
  const news = new RevocationNews({
    ...{ gate, links, count: (name: string) => counted.push(name), notice: () => undefined },
    send: (link, message) => said.push({ to: link.peer, revocations: (message as never)["revocations"] }),
    cut: (link) => {
      cut.push(link.peer);
      links.remove(link.linkId);
    },
    publish: (message) => published.push(message),
    prune: () => {
      pruned += 1;
    },
  });
  const link = (name: string, linkId: number): void => {
    const peer = keyOf(name).hub;
    const opened: NodeLink = {
      ...{ linkId, dialled: true, peer, openedMs: 0, greeted: true, neighbour: undefined, sentSeq: 0, heardSeq: 0 },
    };
    links.add(opened);
    links.prove(opened, { hub: peer, linkId, name, epoch: 1, upMs: 0, rttMs: 1, cost: 1 });
  };
  neighbours.forEach(link);
  return { news, said, published, counted, cut, pruned: () => pruned };
}

test("whoever comes later is told all that are known, in messages of sixteen", () => {
  const known = Array.from({ length: 40 }, (_, at) => revocationOf(`gone ${at}`));
  const { news, said } = scene({ known, neighbours: ["late"] });
  news.neighbourUp(keyOf("late").hub, 0, rng);
  expect(said.map(({ revocations }) => revocations.length)).toEqual([16, 16, 8]);
  expect(new Set(said.flatMap(({ revocations }) => revocations)).size).toBe(40);
});

test("a neighbour is told all again about every five minutes, while somebody is out", () => {
  const { news, said } = scene({ neighbours: ["a", "b"] });
  news.neighbourUp(keyOf("a").hub, 0, rng);
  expect(news.deadlineMs).toBe(Number.POSITIVE_INFINITY);
  news.heard([revocationOf("gone")], undefined, 0, rng);
  expect(said).toEqual([]);
  for (let time = 1; time <= 3; time++) {
    const dueMs = news.deadlineMs;
    expect(dueMs / time / MINUTE_MS).toBeGreaterThanOrEqual(3.75);
    expect(dueMs / time / MINUTE_MS).toBeLessThanOrEqual(6.25);
    news.tick(dueMs, rng);
    expect(said).toHaveLength(time);
  }
});

test("a long list is told again so seldom that it takes less than 100 bytes a second", () => {
  const listed = new Array<Uint8Array>(384).fill(new Uint8Array(448));
  const { news } = scene({ listed, neighbours: ["a"] });
  news.neighbourUp(keyOf("a").hub, 0, rng);
  expect((384 * 448) / (news.deadlineMs / 1000)).toBeLessThan(100);
});

test("news of a link goes on over the others, once; of a broadcast nowhere", () => {
  const { news, said, published, pruned } = scene({ neighbours: ["a", "b", "c"] });
  const gone = [revocationOf("gone"), revocationOf("gone too")];
  news.heard(gone, keyOf("a").hub, 0, rng);
  news.heard(gone, keyOf("b").hub, 0, rng);
  expect(said.map(({ to }) => to)).toEqual([keyOf("b").hub, keyOf("c").hub]);
  news.heard([revocationOf("another")], undefined, 0, rng);
  expect(said).toHaveLength(2);
  expect(published).toEqual([]);
  expect(pruned()).toBe(2);
});

test("what a person signs here is broadcast though it is known, beyond one message goes over the links, and cuts those of who is out", () => {
  const gone = Array.from({ length: 20 }, (_, at) => revocationOf(`gone ${at}`));
  const { news, said, published, cut } = scene({ known: gone, neighbours: ["a", "gone 19"] });
  news.publish(gone, 0, rng);
  expect(published).toEqual([{ type: "REVOKE", revocations: gone.slice(0, 16) }]);
  expect(cut).toEqual([keyOf("gone 19").hub]);
  expect(said.filter(({ to }) => to === keyOf("a").hub)).toEqual([{ to: keyOf("a").hub, revocations: gone.slice(16) }]);
  expect(said.at(-1)).toEqual({ to: keyOf("gone 19").hub, revocations: [gone[19]] });
});

test("a link that brings revocations without end has a few passed on", () => {
  const { news, said, counted } = scene({ neighbours: ["a", "b"] });
  for (let at = 0; at < 60; at++) news.heard([revocationOf(`gone ${at}`)], keyOf("a").hub, 0, rng);
  expect(said).toHaveLength(48);
  expect(counted).toEqual(new Array(12).fill("mesh.revocationsLater"));
});
