/**
 * ONNX files: read, build, write. Fields that this project does not touch survive a round trip.
 * A value of the file is what protobufjs gives: 64-bit integers may be `Long` objects (`integer` makes a number).
 */
import protobuf from "protobufjs";
import { MindosError, messageOf } from "../../runtime/core/errors.js";
import { ATTRIBUTE_TYPE, DATA_TYPE, ONNX_PROTO } from "./onnx-schema.js";

/** A 64-bit integer as protobufjs reads it. */
export type Int64 = number | { toNumber(): number };

export interface OnnxTensor {
  name: string;
  dims: Int64[];
  dataType: number;
  rawData?: Uint8Array;
  floatData?: number[];
}
export interface OnnxAttribute {
  name: string;
  type: number;
  f?: number;
  i?: Int64;
}
export interface OnnxNode {
  name: string;
  opType: string;
  input: string[];
  output: string[];
  domain?: string;
  attribute?: OnnxAttribute[];
}
export interface OnnxValue {
  name: string;
  type: { tensorType: { elemType: number; shape: { dim: ({ dimValue: Int64 } | { dimParam: string })[] } } };
}
export interface OnnxGraph {
  name: string;
  node: OnnxNode[];
  initializer: OnnxTensor[];
  input: OnnxValue[];
  output: OnnxValue[];
}
export interface OnnxModel {
  irVersion: Int64;
  opsetImport: { domain: string; version: Int64 }[];
  producerName: string;
  graph: OnnxGraph;
  metadataProps?: { key: string; value: string }[];
}

const modelType = protobuf.parse(ONNX_PROTO).root.lookupType("onnx.ModelProto");

/** @throws MindosError MODEL_INVALID when the bytes are no ONNX model. */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  let model: OnnxModel;
  try {
    model = modelType.decode(bytes) as unknown as OnnxModel;
  } catch (cause) {
    throw new MindosError("MODEL_INVALID", `This is no ONNX file: ${messageOf(cause)}.`, { cause });
  }
  if (!model.graph || model.graph.node.length === 0) throw new MindosError("MODEL_INVALID", "The model has no graph.");
  return model;
}

export function writeOnnx(model: OnnxModel): Uint8Array {
  const problem = modelType.verify(model);
  if (problem !== null) throw new MindosError("MODEL_INVALID", `The model cannot be written: ${problem}.`);
  return modelType.encode(modelType.fromObject(model)).finish();
}

export function integer(value: Int64): number {
  return typeof value === "number" ? value : value.toNumber();
}

/** @returns a copy of a float tensor's values, however the file stores them. */
export function floatsOf(tensor: OnnxTensor): Float32Array {
  if (tensor.dataType !== DATA_TYPE.float) throw new MindosError("MODEL_INVALID", `${tensor.name} is not float32.`);
  const raw = tensor.rawData;
  if (raw === undefined || raw.length === 0) return Float32Array.from(tensor.floatData ?? []);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Float32Array.from({ length: raw.byteLength / 4 }, (_, at) => view.getFloat32(at * 4, true));
}

type TensorData = Float32Array | Int8Array | Int32Array;

/** @param values written little-endian, as ONNX demands. */
export function tensor(name: string, dims: readonly number[], values: TensorData): OnnxTensor {
  const rawData = new Uint8Array(values.byteLength);
  const view = new DataView(rawData.buffer);
  const size = values.BYTES_PER_ELEMENT;
  for (const [at, value] of values.entries()) {
    if (values instanceof Float32Array) view.setFloat32(at * size, value, true);
    else if (values instanceof Int32Array) view.setInt32(at * size, value, true);
    else view.setInt8(at, value);
  }
  return { name, dims: [...dims], dataType: dataTypeOf(values), rawData };
}

export function node(opType: string, input: string[], output: string, attribute: OnnxAttribute[] = []): OnnxNode {
  return { name: `${opType}_${output}`, opType, input, output: [output], attribute };
}

export function intAttribute(name: string, i: number): OnnxAttribute {
  return { name, type: ATTRIBUTE_TYPE.int, i };
}

export function attributeInt(of: OnnxNode, name: string, otherwise: number): number {
  const found = of.attribute?.find((attribute) => attribute.name === name);
  return found?.i === undefined ? otherwise : integer(found.i);
}

/** A float32 value of rank 2 or more whose first dimension is the batch. */
export function batchValue(name: string, dims: readonly number[]): OnnxValue {
  const dim = [{ dimParam: "N" }, ...dims.map((dimValue) => ({ dimValue }))];
  return { name, type: { tensorType: { elemType: DATA_TYPE.float, shape: { dim } } } };
}

function dataTypeOf(values: TensorData): number {
  if (values instanceof Float32Array) return DATA_TYPE.float;
  return values instanceof Int32Array ? DATA_TYPE.int32 : DATA_TYPE.int8;
}
