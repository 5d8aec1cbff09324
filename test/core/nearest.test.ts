import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editDistance, nearest } from "../../runtime/core/nearest.js";

describe("the distance of two words", () => {
  test.each([
    ["", "", 0],
    ["a", "", 1],
    ["kitten", "sitting", 3],
    ["satus", "status", 1],
    ["sttaus", "status", 1],
    ["ab", "ba", 1],
  ])("of %j and %j is %d", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  test("is symmetric, zero for equals only, and at most the longer length", () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});

describe("the nearest word", () => {
  const commands = ["hub", "swarm", "ask", "status", "sensors", "record", "doctor", "completion"];

  test.each([
    ["stauts", "status"],
    ["SWARM", "swarm"],
    ["hubs", "hub"],
    ["sensor", "sensors"],
    ["askk", "ask"],
  ])("to %j is %j", (word, expected) => {
    expect(nearest(word, commands)).toBe(expected);
  });

  test("ignores how its parts are joined", () => {
    expect(nearest("mqtt_port", ["name", "mqttPort"])).toBe("mqttPort");
    expect(nearest("Data-Dir", ["data", "dataDir"])).toBe("dataDir");
  });

  test("is nothing when no word is near", () => {
    expect(nearest("zzzzzz", commands)).toBeUndefined();
    expect(nearest("", commands)).toBeUndefined();
    expect(nearest("x".repeat(100_000), commands)).toBeUndefined();
  });
});
