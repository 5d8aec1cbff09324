/** The vectors of test/vectors/wire, with what JSON cannot say: {"$hex"} bytes and {"$map"} maps. */
import { readFileSync } from "node:fs";
import { hexToBytes } from "../../runtime/core/bytes.js";
import type { CborValue } from "../../runtime/wire/cbor.js";
import type { ProblemCode } from "../../runtime/wire/problems.js";
import type { Frame } from "./fresh-link.js";

export interface InvalidVector {
  readonly name: string;
  readonly hex: string;
  readonly problem: ProblemCode;
}

export function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive);
  if (value === null || typeof value !== "object") return value;
  if ("$hex" in value) return hexToBytes(String(value.$hex));
  if ("$map" in value) return new Map((value.$map as [unknown, unknown][]).map(([key, item]) => [key, revive(item)]));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, revive(item)]));
}

function load(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../vectors/wire/${name}.json`, import.meta.url), "utf8"));
}

type Named = { readonly name: string; readonly hex: string };

export const frameVectors = (load("frames") as (Named & { frame: unknown })[]).map(({ name, hex, frame }) => ({
  name,
  hex,
  frame: revive(frame) as Frame,
}));
export const invalidFrameVectors = load("invalid") as readonly InvalidVector[];

const cbor = load("cbor") as { valid: (Named & { value: unknown })[]; invalid: InvalidVector[] };
export const cborVectors = cbor.valid.map(({ name, hex, value }) => ({ name, hex, value: revive(value) as CborValue }));
export const invalidCborVectors: readonly InvalidVector[] = cbor.invalid;

export const decimalVectors = load("decimals") as readonly { readonly value: number; readonly hex: string }[];
export const quantityVectors = load("quantities") as Readonly<Record<string, number>>;
