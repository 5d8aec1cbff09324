/**
 * A message inside another one: what a broadcast or a parcel carries. Pure.
 * The message's number in one byte, then its body as in a routed frame: PROTOCOL.md §1. Link aliases are never in it, since it crosses links.
 */
import type { Message } from "../core/messages.js";
import { decodePayload, encodePayload, isProblem } from "./frame.js";
import type { FrameProblem } from "./problems.js";

/** @returns bytes of their own.
 *  @throws MindosError BAD_INPUT when it cannot be sent. */
export function encodeCarried(message: Message): Uint8Array {
  const { number, encoded } = encodePayload(message);
  const bytes = new Uint8Array(1 + encoded.length);
  bytes[0] = number;
  bytes.set(encoded, 1);
  return bytes;
}

/** @returns the message, or what is wrong with the bytes. Never throws. */
export function decodeCarried(bytes: Uint8Array): Message | FrameProblem {
  const [number] = bytes;
  if (number === undefined) return { problem: "TRUNCATED", detail: "a carried message of no bytes" };
  const read = decodePayload({ number, encoded: bytes.subarray(1) });
  return isProblem(read) ? read : read.message;
}
