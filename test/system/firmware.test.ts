import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decoder } from "../../firmware-bridge/decoders/bthome-v2.js";
import { hexToBytes } from "../../runtime/core/bytes.js";
import { decryptCcm } from "../../runtime/io/aes-ccm.js";

const core = join(import.meta.dirname, "../../firmware-bridge/firmware/core");
const program = `
#include "bthome.h"
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
  struct bthome_climate climate = {(uint8_t)atoi(argv[1]), (int16_t)atoi(argv[2]), (uint16_t)atoi(argv[3]), (uint16_t)atoi(argv[4])};
  size_t capacity = (size_t)atoi(argv[5]);
  uint8_t *out = malloc(capacity);
  size_t length = bthome_encode_climate(&climate, out, capacity);
  for (size_t i = 0; i < length; i++) printf("%02x", out[i]);
  free(out);
  return argc == 6 ? 0 : 1;
}`;
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mindos-firmware-"));
  writeFileSync(join(folder, "main.c"), program);
  const flags = [
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-pedantic",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-g",
  ];
  execFileSync("gcc", [
    ...flags,
    "-I",
    core,
    "-o",
    join(folder, "agent"),
    join(folder, "main.c"),
    join(core, "bthome.c"),
  ]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function encode(packetId: number, centiCel: number, centiRh: number, milliV: number, capacity = 24): Uint8Array {
  const args = [packetId, centiCel, centiRh, milliV, capacity].map(String);
  return hexToBytes(execFileSync(join(folder, "agent"), args, { encoding: "utf8" }));
}

test.each([
  [0, 0, 0, 0],
  [255, -4000, 10_000, 3000],
  [7, 2153, 4593, 0],
  [1, 32_767, 1, 1],
  [2, -32_768, 9999, 65_535],
])("the hub reads what the sensor wrote: packet %i, %i cCel, %i cRH, %i mV", (packetId, centiCel, centiRh, milliV) => {
  const decoded = decoder.decode(encode(packetId, centiCel, centiRh, milliV), {
    address: new Uint8Array(6),
    decryptCcm,
  });
  const measured = (quantity: string): number | undefined =>
    decoded?.measurements.find((one) => one.quantity === quantity)?.value;
  expect(decoded?.packetId).toBe(packetId);
  expect(measured("temperature")).toBeCloseTo(centiCel / 100, 10);
  expect(measured("humidity")).toBeCloseTo(centiRh / 100, 10);
  expect(measured("voltage")).toBe(milliV === 0 ? undefined : milliV / 1000);
});

test("what does not fit, or is out of range, is not sent", () => {
  expect(encode(1, 0, 0, 0, 8)).toHaveLength(0);
  expect(encode(1, 0, 0, 3000, 11)).toHaveLength(0);
  expect(encode(1, 0, 10_001, 0)).toHaveLength(0);
});
