import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseHubOutput } from "../../../runtime/cli/swarm/hub-output.js";
import { createLineSplitter } from "../../../runtime/cli/swarm/line-splitter.js";

describe("a line of a hub's output", () => {
  test("is an event when it has the fields of one", () => {
    const event = { event: "link-up", peer: "ab", name: "hub-2", later: true };
    expect(parseHubOutput(JSON.stringify(event))).toEqual({ type: "event", event });
  });

  test("is the error with which the hub ended", () => {
    const error = { code: "PORT_IN_USE", message: "taken", remedy: "choose" };
    expect(parseHubOutput(JSON.stringify({ error }))).toMatchObject({ type: "failure", problem: error });
  });

  test.each([
    "",
    "hello",
    "{",
    "{}",
    "[]",
    '{"event":"link-up"}',
    '{"event":"stats","status":null}',
    '{"event":"toString"}',
    '{"event":"__proto__"}',
    '{"error":null}',
    '{"error":{"code":"NO_SUCH","message":"x"}}',
    '{"error":{"code":"INTERNAL"}}',
  ])("%j is something else", (text) => {
    expect(parseHubOutput(text)).toEqual({ type: "other" });
  });
});

describe("the line splitter", () => {
  test("gives the same lines however the text is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{0,5}$/)), fc.array(fc.nat(9)), (lines, cuts) => {
        const splitter = createLineSplitter(100);
        let rest = lines.map((line) => `${line}\n`).join("");
        const out: string[] = [];
        for (const cut of [...cuts, rest.length]) {
          out.push(...splitter.push(rest.slice(0, cut)));
          rest = rest.slice(cut);
        }
        out.push(...splitter.push(rest));
        expect(out).toEqual(lines);
      }),
    );
  });

  test("leaves out a line that is too long, and goes on with the next", () => {
    const splitter = createLineSplitter(4);
    expect(splitter.push("abc")).toEqual([]);
    expect(splitter.push("defgh")).toEqual([]);
    expect(splitter.rest()).toBe("");
    expect(splitter.push("ij\nok\nwaytoolong\nfine\nend")).toEqual(["ok", "fine"]);
    expect(splitter.tooLong).toBe(2);
    expect(splitter.rest()).toBe("end");
  });
});
