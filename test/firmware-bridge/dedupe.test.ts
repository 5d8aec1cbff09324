import { expect, test } from "vitest";
import { COPY_GAP_MS, Dedupe, EQUAL_SAMPLE_MS } from "../../firmware-bridge/dedupe.js";
import type { Decoded, Measurement } from "../../runtime/core/decoder.js";

const temperature = (value: number): Measurement => ({ quantity: "temperature", value, index: 0 });
const press: Measurement = { quantity: "button", value: 1, index: 0 };

function decoded(measurement: Measurement, more: Partial<Decoded> = {}): Decoded {
  return { format: "test", encrypted: false, measurements: [measurement], ...more };
}

test("a packet id heard again with the same content is a copy for as long as the copies keep coming", () => {
  const dedupe = new Dedupe();
  const advert = decoded(temperature(21.5), { packetId: 7 });
  expect(dedupe.hear(advert, 0)).toBe(false);
  for (let nowMs = 1_000; nowMs <= 60_000; nowMs += 1_000) expect(dedupe.hear(advert, nowMs)).toBe(true);
  expect(dedupe.hear(advert, 60_000 + COPY_GAP_MS + 1)).toBe(false);
});

test("the next packet id is new, and so is the same id after it has wrapped", () => {
  const dedupe = new Dedupe();
  for (let i = 0; i < 600; i++)
    expect(dedupe.hear(decoded(temperature(21.5), { packetId: i % 256 }), i * 100)).toBe(false);
});

test("a packet id that never changes does not hide values that do", () => {
  const dedupe = new Dedupe();
  expect(dedupe.hear(decoded(temperature(21.5), { packetId: 0 }), 0)).toBe(false);
  expect(dedupe.hear(decoded(temperature(21.6), { packetId: 0 }), 100)).toBe(false);
  expect(dedupe.hear(decoded({ ...temperature(21.6), index: 1 }, { packetId: 0 }), 200)).toBe(false);
  expect(dedupe.hear(decoded({ quantity: "dew_point", value: 21.6, index: 0 }, { packetId: 0 }), 300)).toBe(false);
});

test("equal samples without a packet id are copies within a second, and samples after it", () => {
  const dedupe = new Dedupe();
  const advert = decoded(temperature(21.5));
  expect(dedupe.hear(advert, 0)).toBe(false);
  expect(dedupe.hear(advert, EQUAL_SAMPLE_MS - 1)).toBe(true);
  expect(dedupe.hear(advert, EQUAL_SAMPLE_MS)).toBe(false);
  expect(dedupe.hear(advert, EQUAL_SAMPLE_MS + 10)).toBe(true);
});

test("one press without a packet id is one event however long its burst, and a press after a pause is another", () => {
  const dedupe = new Dedupe();
  expect(dedupe.hear(decoded(press), 0)).toBe(false);
  for (let nowMs = 300; nowMs <= 9_000; nowMs += 300) expect(dedupe.hear(decoded(press), nowMs)).toBe(true);
  expect(dedupe.hear(decoded(press), 9_000 + COPY_GAP_MS + 1)).toBe(false);
});

test("a sensor that sends its values in turns has copies of each found", () => {
  const dedupe = new Dedupe();
  const turns = [1, 2, 3].map((value) => decoded(temperature(value), { triggered: true }));
  for (const turn of turns) expect(dedupe.hear(turn, 0)).toBe(false);
  for (const turn of turns) expect(dedupe.hear(turn, 500)).toBe(true);
});

test("asking remembers nothing", () => {
  const dedupe = new Dedupe();
  expect(dedupe.isCopy(decoded(press), 0)).toBe(false);
  expect(dedupe.isCopy(decoded(press), 1)).toBe(false);
  expect(dedupe.hear(decoded(press), 2)).toBe(false);
  expect(dedupe.isCopy(decoded(press), 3)).toBe(true);
});

test("texts are told apart", () => {
  const dedupe = new Dedupe();
  const text = (text: string): Decoded => decoded({ quantity: "text", value: 0, index: 0, text });
  expect(dedupe.hear(text("open"), 0)).toBe(false);
  expect(dedupe.hear(text("shut"), 1)).toBe(false);
  expect(dedupe.hear(text("open"), 2)).toBe(true);
});
