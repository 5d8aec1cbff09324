import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HubId } from "../../runtime/core/ids.js";
import { ALIASES_MAX, HeardAliases, hubAlias, SentAliases } from "../../runtime/wire/aliases.js";
import { list, Reader, record } from "../../runtime/wire/codec.js";
import { anyHubId } from "./arbitraries.js";

interface Body {
  readonly first: HubId;
  readonly rest: readonly HubId[];
}
const body = record<Body>({ first: { key: 1, codec: hubAlias }, rest: { key: 2, codec: list(hubAlias, 2_000) } });
const hubOf = (n: number): HubId => n.toString(16).padStart(32, "0") as HubId;

describe("hubs in a body", () => {
  it("come back as they were, message after message, whatever was bound and evicted in between", () => {
    const hub = fc.oneof(anyHubId, fc.nat({ max: 3_000 }).map(hubOf));
    fc.assert(
      fc.property(
        fc.array(fc.record({ first: hub, rest: fc.array(hub, { maxLength: 900 }) }), { maxLength: 5 }),
        (all) => {
          const [sent, heard] = [new SentAliases(), new HeardAliases()];
          for (const { first, rest } of all) {
            sent.begin();
            expect(body.read(body.write({ first, rest }, sent), new Reader(heard))).toEqual({ first, rest });
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it("are an id once, and a number from then on", () => {
    const sent = new SentAliases();
    const wire = body.write({ first: hubOf(1), rest: [hubOf(2), hubOf(1), hubOf(2)] }, sent);
    expect(wire.get(1)).toEqual([0, expect.any(Uint8Array)]);
    expect(wire.get(2)).toEqual([[1, expect.any(Uint8Array)], 0, 1]);
    expect(body.write({ first: hubOf(2), rest: [hubOf(1)] }, sent)).toEqual(
      new Map<number, unknown>([
        [1, 1],
        [2, [0]],
      ]),
    );
  });

  it("cannot be said where no link is: in what crosses links", () => {
    expect(() => body.write({ first: hubOf(1), rest: [] })).toThrow(/first: an alias outside a link/);
    const reader = new Reader();
    expect(hubAlias.read(0, reader)).toBeUndefined();
    expect(reader.toProblem()).toMatchObject({ problem: "BAD_FIELD" });
  });

  it.each([
    [5, "UNKNOWN_ALIAS"],
    [-1, "UNKNOWN_ALIAS"],
    [0.5, "UNKNOWN_ALIAS"],
    ["0", "BAD_FIELD"],
    [[0], "BAD_FIELD"],
    [[0, new Uint8Array(15)], "BAD_FIELD"],
    [[ALIASES_MAX, new Uint8Array(16)], "BAD_FIELD"],
    [[-1, new Uint8Array(16)], "BAD_FIELD"],
    [[0, new Uint8Array(16), 1], "BAD_FIELD"],
  ])("%j is a problem", (wire, problem) => {
    const reader = new Reader(new HeardAliases());
    expect(hubAlias.read(wire, reader)).toBeUndefined();
    expect(reader.toProblem()).toMatchObject({ problem });
  });
});
