/** What every inference backend must do. Run by the native one and by the WebAssembly one. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { InferenceBackend } from "../../runtime/core/model.js";
import { denseModel } from "../../tools/train/dense-onnx.js";
import type { Layer } from "../../tools/train/network.js";
import { batchValue, node, writeOnnx } from "../../tools/train/onnx-file.js";

/** Two inputs, one output: sigmoid(relu(a − b) × 2 + relu(b − a) × −1 + 0.5), worked out by hand below. */
const LAYERS: readonly Layer[] = [
  { inputs: 2, outputs: 2, weights: Float32Array.of(1, -1, -1, 1), bias: Float32Array.of(0, 0) },
  { inputs: 2, outputs: 1, weights: Float32Array.of(2, -1), bias: Float32Array.of(0.5) },
];
const MODEL = writeOnnx(denseModel("by-hand", LAYERS));
const SHIPPED = readFileSync(join(import.meta.dirname, "../../models/climate-anomaly/model.onnx"));

function expected(a: number, b: number): number {
  return 1 / (1 + Math.exp(-(2 * Math.max(0, a - b) - Math.max(0, b - a) + 0.5)));
}

/** @param open makes a backend; the contract closes it. */
export function describeInferenceBackendContract(name: string, open: () => Promise<InferenceBackend>): void {
  describe(`${name} keeps the inference backend's contract`, () => {
    let backend: InferenceBackend;
    beforeAll(async () => {
      backend = await open();
    }, 20_000);
    afterAll(() => backend.close());

    test("it names itself with a version", () => {
      expect(backend.name).toMatch(/^[a-z-]+ \d+\.\d+\.\d+/);
    });

    test("a model says what its input and output are called", async () => {
      const model = await backend.load("by-hand", MODEL);
      expect([model.inputName, model.outputName]).toEqual(["features", "score"]);
      await model.close();
    });

    test("outputs are what the weights make of the inputs, row by row", async () => {
      const model = await backend.load("by-hand", MODEL);
      const output = await model.run(Float32Array.of(1, 0, 0, 1, 3, 2.5), 3);
      expect(output).toHaveLength(3);
      for (const [at, [a, b]] of [
        [1, 0],
        [0, 1],
        [3, 2.5],
      ].entries()) {
        expect(output[at]).toBeCloseTo(expected(a ?? 0, b ?? 0), 5);
      }
      await model.close();
    });

    test("ten thousand rows in one batch give what each gives alone", async () => {
      const model = await backend.load("by-hand", MODEL);
      const rows = 10_000;
      const batch = Float32Array.from({ length: rows * 2 }, (_, at) => ((at * 7919) % 1000) / 250 - 2);
      const output = await model.run(batch, rows);
      expect(output).toHaveLength(rows);
      for (const row of [0, 1, 4999, 9999]) {
        const [alone] = await model.run(batch.slice(row * 2, row * 2 + 2), 1);
        expect(output[row]).toBeCloseTo(alone ?? Number.NaN, 6);
      }
      await model.close();
    });

    test("runs that are not awaited each get their own answer", async () => {
      const model = await backend.load("by-hand", MODEL);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, at) => model.run(Float32Array.of(at / 10, 1), 1)),
      );
      for (const [at, answer] of answers.entries()) expect(answer[0]).toBeCloseTo(expected(at / 10, 1), 5);
      await model.close();
    });

    test("two models live side by side", async () => {
      const [one, other] = await Promise.all([backend.load("by-hand", MODEL), backend.load("shipped", SHIPPED)]);
      const [left] = await one.run(Float32Array.of(1, 0), 1);
      expect(left).toBeCloseTo(expected(1, 0), 5);
      await one.close();
      expect(other.outputName).toBe("score");
      await other.close();
    });

    test.each([
      ["too few values", Float32Array.of(1), 1],
      ["too many values", Float32Array.of(1, 2, 3), 1],
      ["no rows", new Float32Array(), 0],
      ["a negative number of rows", Float32Array.of(1, 2), -1],
      ["half a row", Float32Array.of(1), 0.5],
      ["a NaN", Float32Array.of(1, Number.NaN), 1],
      ["an infinity", Float32Array.of(Number.NEGATIVE_INFINITY, 1), 1],
    ])("%s is BAD_INPUT, and the model still works", async (_, batch, rows) => {
      const model = await backend.load("by-hand", MODEL);
      await expect(model.run(batch, rows)).rejects.toMatchObject({ name: "MindosError", code: "BAD_INPUT" });
      expect((await model.run(Float32Array.of(1, 0), 1))[0]).toBeCloseTo(expected(1, 0), 5);
      await model.close();
    });

    test.each([
      ["no bytes", new Uint8Array()],
      ["garbage", Uint8Array.from({ length: 500 }, (_, at) => (at * 131) & 255)],
      ["text", new TextEncoder().encode("this is not a model")],
      ["a model cut in half", SHIPPED.subarray(0, SHIPPED.length >> 1)],
      ["a model without its last byte", SHIPPED.subarray(0, SHIPPED.length - 1)],
      ["an operator that nobody knows", unknownOperator()],
    ])("%s is MODEL_INVALID, and other models still load", async (_, bytes) => {
      await expect(backend.load("broken", bytes)).rejects.toMatchObject({ name: "MindosError", code: "MODEL_INVALID" });
      await (await backend.load("by-hand", MODEL)).close();
    });

    test("a model with two inputs is MODEL_INVALID", async () => {
      const graph = denseModel("two", LAYERS);
      graph.graph.input.push(batchValue("other", [2]));
      await expect(backend.load("two", writeOnnx(graph))).rejects.toMatchObject({ code: "MODEL_INVALID" });
    });

    test("a run after close is INFERENCE_FAILED, and a second close does nothing", async () => {
      const model = await backend.load("by-hand", MODEL);
      await model.close();
      await model.close();
      await expect(model.run(Float32Array.of(1, 0), 1)).rejects.toMatchObject({ code: "INFERENCE_FAILED" });
    });

    test("a close waits for the runs that were begun before it", async () => {
      const model = await backend.load("by-hand", MODEL);
      const running = model.run(Float32Array.of(1, 0), 1);
      await model.close();
      expect((await running)[0]).toBeCloseTo(expected(1, 0), 5);
    });
  });
}

function unknownOperator(): Uint8Array {
  const model = denseModel("unknown", LAYERS);
  model.graph.node[0] = node("NoSuchOperator", model.graph.node[0]?.input ?? [], model.graph.node[0]?.output[0] ?? "");
  return writeOnnx(model);
}
