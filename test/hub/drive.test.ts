import { describe, expect, it } from "vitest";
import type { Machine, Tick } from "../../runtime/core/machine.js";
import { drive } from "../../runtime/hub/drive.js";

type Input = { readonly type: "starved" } | { readonly type: "frame"; readonly number: number };
type Effect = { readonly type: "said"; readonly what: string };

/** Says what it is told; a frame 0 makes it be told of frame 1 at once. */
class Parrot implements Machine<Input | Tick, Effect> {
  readonly deadlineMs = Number.POSITIVE_INFINITY;
  handle(input: Input | Tick): readonly Effect[] {
    return [{ type: "said", what: input.type === "frame" ? `frame ${input.number}` : input.type }];
  }
}

function driven(before: (nowMs: number) => Input | undefined): {
  readonly said: string[];
  readonly input: (number: number) => void;
} {
  const said: string[] = [];
  const driver = drive<Input, Effect>(new Parrot(), {
    clock: { nowMs: () => 0, wallMs: () => 0 },
    rng: () => new Uint8Array(),
    before,
    carryOut: ({ what }) => {
      said.push(what);
      if (what === "frame 0") driver.input({ type: "frame", number: 1 });
    },
  });
  return { said, input: (number) => driver.input({ type: "frame", number }) };
}

describe("a driver of a machine", () => {
  it("says before what has come that the process could not run", () => {
    let starved = true;
    const { said, input } = driven(() => (starved ? { type: "starved" } : undefined));
    input(7);
    starved = false;
    input(8);
    expect(said).toEqual(["starved", "frame 7", "frame 8"]);
  });

  it("asks once for what an input causes: it came at the same moment", () => {
    let asked = 0;
    const { said, input } = driven(() => {
      asked += 1;
      return { type: "starved" };
    });
    input(0);
    expect(said).toEqual(["starved", "frame 0", "frame 1"]);
    expect(asked).toBe(1);
  });
});
