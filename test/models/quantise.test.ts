import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { InferenceBackend } from "../../runtime/core/model.js";
import { createNativeBackend } from "../../runtime/io/inference/onnx-node.js";
import { calibrate } from "../../tools/train/calibrate.js";
import { denseModel } from "../../tools/train/dense-onnx.js";
import { createNetwork, predict, train } from "../../tools/train/network.js";
import { floatsOf, integer, type OnnxModel, readOnnx, tensor, writeOnnx } from "../../tools/train/onnx-file.js";
import { quantise, tensorsToCalibrate } from "../../tools/train/quantise.js";
import { createRandom } from "../../tools/train/random.js";

let backend: InferenceBackend;
beforeAll(async () => {
  backend = await createNativeBackend();
});
afterAll(() => backend.close());

async function run(model: OnnxModel, inputs: Float32Array, rows: number): Promise<Float32Array> {
  const loaded = await backend.load("test", writeOnnx(model));
  const output = await loaded.run(inputs, rows);
  await loaded.close();
  return output;
}

/** A network that has learnt whether two numbers have the same sign, and 400 pairs of them. */
function learn(seed: number) {
  const random = createRandom(seed);
  const inputs = Float32Array.from({ length: 800 }, () => random.between(-2, 2));
  const labels = Float32Array.from({ length: 400 }, (_, at) =>
    (inputs[at * 2] ?? 0) * (inputs[at * 2 + 1] ?? 0) > 0 ? 1 : 0,
  );
  const layers = createNetwork([2, 16, 8, 1], random);
  const losses: number[] = [];
  const progress = (_: number, loss: number) => losses.push(loss);
  const samples = { width: 2, inputs, labels, weights: new Float32Array(400).fill(1) };
  train(layers, samples, { epochs: 40, batchRows: 16, learningRate: 0.01, weightDecay: 0.001, progress }, random);
  return { layers, inputs, labels, losses };
}

const LEARNT = learn(5);

describe("the trainer", () => {
  test("learns what no single layer can", () => {
    const { layers, inputs, labels, losses } = LEARNT;
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 3);
    const right = predict(layers, inputs).filter((score, at) => score >= 0.5 === (labels[at] === 1));
    expect(right.length / labels.length).toBeGreaterThan(0.95);
  });

  test("gives the same bytes for the same seed, and others for another", () => {
    const bytes = ({ layers }: ReturnType<typeof learn>) =>
      Buffer.from(writeOnnx(denseModel("m", layers))).toString("hex");
    expect(bytes(learn(5))).toBe(bytes(LEARNT));
    expect(bytes(learn(6))).not.toBe(bytes(LEARNT));
  });
});

test("the fp32 file computes what the network computes", async () => {
  const { layers, inputs } = LEARNT;
  const output = await run(denseModel("m", layers), inputs, 400);
  const own = predict(layers, inputs);
  for (const [at, value] of output.entries()) expect(value).toBeCloseTo(own[at] ?? Number.NaN, 4);
});

test("int8 stays close to fp32, and is not the same", async () => {
  const { layers, inputs } = LEARNT;
  const model = denseModel("m", layers);
  expect(tensorsToCalibrate(model)).toEqual(["features", "hidden0", "hidden1"]);
  const small = quantise(model, await calibrate(model, tensorsToCalibrate(model), inputs));
  const [exact, rough] = [await run(model, inputs, 400), await run(small, inputs, 400)];
  const mean = exact.reduce((sum, value, at) => sum + Math.abs(value - (rough[at] ?? Number.NaN)), 0) / 400;
  expect(mean).toBeLessThan(0.02);
  expect(mean).toBeGreaterThan(0);
});

test("a tensor that was not calibrated is refused by name", () => {
  const model = denseModel("m", LEARNT.layers);
  expect(() => quantise(model, new Map([["features", [0, 1]]]))).toThrow("hidden0 was not calibrated");
});

describe("an ONNX file", () => {
  test("that is read and written again is the same model, unknown corners included", () => {
    const model = denseModel("m", LEARNT.layers);
    model.metadataProps = [{ key: "who", value: "we" }];
    const bytes = writeOnnx(model);
    expect(writeOnnx(readOnnx(bytes))).toEqual(bytes);
    expect(readOnnx(bytes).metadataProps?.[0]).toMatchObject({ key: "who", value: "we" });
    expect(integer(readOnnx(bytes).irVersion)).toBe(8);
  });

  test("keeps floats exactly, in either way of storing them", () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true }), { maxLength: 20 }), (values) => {
        const exact = Float32Array.from(values);
        expect(floatsOf(tensor("t", [values.length], exact))).toEqual(exact);
        expect(floatsOf({ name: "t", dims: [values.length], dataType: 1, floatData: values })).toEqual(exact);
      }),
    );
  });

  test("of any bytes is a model or MODEL_INVALID", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          expect(readOnnx(bytes).graph.node.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ name: "MindosError", code: "MODEL_INVALID" });
        }
      }),
    );
  });
});
