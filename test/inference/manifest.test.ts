import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MindosError } from "../../runtime/core/errors.js";
import { parseManifest } from "../../runtime/inference/manifest.js";
import { manifestJson } from "./manifest-fixture.js";

function changed(path: string, value: unknown): unknown {
  const json = manifestJson();
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  const holder = keys.reduce((at, key) => at[key] as Record<string, unknown>, json);
  holder[last] = value;
  return json;
}

test("a complete manifest is taken as it stands, and cannot be changed", () => {
  const manifest = parseManifest(manifestJson());
  expect(manifest).toEqual(manifestJson());
  expect(Object.isFrozen(manifest)).toBe(true);
});

describe("a manifest is MODEL_INVALID, and the message names the field, when", () => {
  test.each([
    ["schema", 2],
    ["id", "../escape"],
    ["file", "../../etc/passwd.onnx"],
    ["file", "sub/model.onnx"],
    ["file", "model.exe"],
    ["bytes", 64 * 1024 * 1024 + 1],
    ["sha256", "A".repeat(64)],
    ["threshold", 1.5],
    ["window.periodMs", 0],
    ["window.length", 1e9],
    ["window.lengthMin", 5],
    ["window.gapMaxMs", 999],
    ["window.gapMaxMs", 5000],
    ["window.quantities", ["temperature", "temperature"]],
    ["window.quantities", ["temperature", "mood"]],
    ["window.limits", [[0, 1]]],
    [
      "window.limits",
      [
        [1, 0],
        [0, 1],
      ],
    ],
    ["input.dims", [3]],
    ["output.dtype", "int8"],
    ["features.0.kind", "magic"],
    ["features.0.quantity", "pressure"],
    ["features.0.span", 5],
    ["features.0.scale", 0],
    ["accuracy.auc", Number.NaN],
    ["surprise", 1],
  ])("%s is %j", (path, value) => {
    const parse = () => parseManifest(changed(path, value));
    expect(parse).toThrow(MindosError);
    expect(parse).toThrow(path);
  });
});

test("whatever JSON it is given, it gives a manifest or a MODEL_INVALID", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(manifestJson())), (value, key) => {
      for (const input of [value, { ...manifestJson(), [key]: value }]) {
        try {
          parseManifest(input);
        } catch (error) {
          expect(error).toMatchObject({ name: "MindosError", code: "MODEL_INVALID" });
        }
      }
    }),
  );
});
