/** What a hub believes of what others say about it. */
import { beforeEach, expect, test } from "vitest";
import type { MessageOf } from "../../runtime/core/messages.js";
import { Standing } from "../../runtime/hub/standing.js";
import { keyOf } from "../fakes/home.js";

const [a, b] = [keyOf("a").hub, keyOf("b").hub];
const error = (code: string, detail: string): MessageOf<"ERROR"> => ({ type: "ERROR", code, fault: "remote", detail });
const CLONED = error("CLONED", "another hub runs with this key");
const behind = (epoch: number) => error("EPOCH_BEHIND", `epoch ${epoch} was met before`);

let standing: Standing;
let nowMs: number;
let raised: number[];
let problems: string[];
let silent: number;
beforeEach(() => {
  [nowMs, raised, problems, silent] = [0, [], [], 0];
  standing = new Standing({
    epoch: 5,
    clock: { nowMs: () => nowMs },
    raise: async (epoch) => void raised.push(epoch),
    fallSilent: () => {
      silent += 1;
    },
    onProblem: ({ code }) => problems.push(code),
  });
});

test("a member that has met a later start is believed, once for each start that was said, and a person is told once", async () => {
  standing.onTold(a, true, 5, behind(9));
  standing.onTold(b, true, 5, behind(9));
  standing.onTold(b, true, 10, behind(12));
  expect(raised).toEqual([10, 13]);
  await Promise.resolve();
  expect(problems).toEqual(["EPOCH_BEHIND"]);
});

test("nobody uses the epochs up: too far ahead, too often, of a stranger, or nonsense is not believed", () => {
  standing.onTold(a, false, 5, behind(9));
  standing.onTold(a, true, 5, behind(5 + 2 ** 20 + 1));
  standing.onTold(a, true, 5, error("EPOCH_BEHIND", "epoch 9 or so"));
  expect(raised).toEqual([]);
  for (let epoch = 5; epoch < 100; epoch++) standing.onTold(a, true, epoch, behind(epoch));
  expect(raised).toHaveLength(4);
});

test("one liar does not silence a hub that has another neighbour, or had a moment ago; two do", () => {
  for (const hub of [a, b]) standing.linked(hub);
  nowMs = 59_000;
  for (let i = 0; i < 10; i++) standing.onTold(a, true, 5, CLONED);
  standing.onTold(b, false, 5, CLONED);
  expect([silent, standing.isCloned]).toEqual([0, false]);
  expect(problems).toEqual(["CLONED"]);
  standing.onTold(b, true, 5, CLONED);
  standing.onTold(b, true, 5, CLONED);
  expect([silent, standing.isCloned]).toEqual([1, true]);
});

test("where there is one neighbour alone it is believed", () => {
  standing.linked(a);
  standing.onTold(a, true, 5, CLONED);
  expect(silent).toBe(1);
});

test("that it is revoked or expired a person is told, once each; other refusals are the other's business", () => {
  for (let i = 0; i < 3; i++)
    for (const why of ["mesh.admission.revoked", "mesh.admission.expired", "mesh.admission.unknownHome"])
      standing.onTold(a, false, 5, error("NOT_ADMITTED", why));
  expect(problems).toEqual(["HUB_REVOKED", "CERTIFICATE_EXPIRED"]);
});
