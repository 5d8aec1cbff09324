import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MindosError } from "../../runtime/core/errors.js";
import { parseQuestion } from "../../runtime/intents/question.js";

const places = ["indoor", "outdoor", "living room", "room", "mote 1"];

test.each([
  ["is anything unusual?", "anomaly.recent", {}],
  ["Is anything strange outdoors?", "anomaly.recent", { place: "outdoor" }],
  ["How warm is it in the living room?", "climate.value", { quantity: "temperature", place: "living room" }],
  ["temperature of mote 1", "climate.value", { quantity: "temperature", place: "mote 1" }],
  ["what's the humidity indoors right now?", "climate.value", { quantity: "humidity", place: "indoor" }],
  ["WHICH ROOM IS THE WARMEST?", "climate.extreme", { quantity: "temperature", order: "most" }],
  ["where is it dampest", "climate.extreme", { quantity: "humidity", order: "most" }],
  ["what is the coldest place in the house?", "climate.extreme", { quantity: "temperature", order: "least" }],
  ["how humid is it in the house?", "climate.value", { quantity: "humidity" }],
])("%s → %s", (question, topic, args) => {
  expect(parseQuestion(question, places)).toMatchObject({ topic, args });
});

describe("what is not understood is refused, with what would be", () => {
  test("a place that nobody has", () => {
    expect(() => parseQuestion("how warm is it in the attic?", places)).toThrow(
      /no place called "attic"; I know: indoor/,
    );
  });
  test.each(["", "   ", "play some music", "\u0000", "?"])("%j", (question) => {
    expect(() => parseQuestion(question, places)).toThrow(MindosError);
  });
  test("more than 500 characters", () => {
    expect(() => parseQuestion("warm ".repeat(20_000), places)).toThrow(/500 is the most/);
  });
});

test("any text and any places give a topic or a MindosError", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 600 }),
      fc.array(fc.string({ unit: "binary" })),
      (question, names) => {
        try {
          expect(parseQuestion(question, names).topic).toMatch(/^[a-z]+\.[a-z]+$/);
        } catch (error) {
          expect(error).toBeInstanceOf(MindosError);
        }
      },
    ),
  );
});
