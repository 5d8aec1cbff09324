/**
 * What the hub and its inference child say to each other over Node's IPC channel (structured clone), and the guards
 * that check it: a child whose native code has gone wrong may say anything.
 */
import type { ErrorCode } from "../../core/errors.js";

export type BackendChoice = "auto" | "native" | "wasm";

export interface ModelToLoad {
  readonly id: string;
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export type ToChild =
  | { readonly type: "start"; readonly backend: BackendChoice; readonly models: readonly ModelToLoad[] }
  | {
      readonly type: "batch";
      readonly batch: number;
      readonly model: string;
      readonly rows: number;
      readonly data: Float32Array;
    };

export interface LoadProblem {
  readonly model: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export type FromChild =
  | {
      readonly type: "ready";
      readonly backend: string;
      readonly models: readonly string[];
      readonly problems: readonly LoadProblem[];
    }
  | { readonly type: "unable"; readonly code: ErrorCode; readonly message: string }
  | { readonly type: "result"; readonly batch: number; readonly output: Float32Array }
  | { readonly type: "failure"; readonly batch: number; readonly message: string };

/** @returns undefined when it is no message of the child. */
export function fromChild(value: unknown): FromChild | undefined {
  const message = value as FromChild | null;
  switch (message?.type) {
    case "ready":
      return isText(message.backend) && isList(message.models) && isList(message.problems) ? message : undefined;
    case "unable":
      return isText(message.code) && isText(message.message) ? message : undefined;
    case "result":
      return Number.isSafeInteger(message.batch) && message.output instanceof Float32Array ? message : undefined;
    case "failure":
      return Number.isSafeInteger(message.batch) && isText(message.message) ? message : undefined;
    default:
      return undefined;
  }
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isList(value: unknown): boolean {
  return Array.isArray(value);
}
