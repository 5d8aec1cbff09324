/**
 * What frames consist of: limits, the form between two ends of a link, and the payload of the routed form. PROTOCOL.md §1. Pure.
 * Decoding never throws: what is wrong with bytes from another hub is a value, to be counted and dropped.
 * Encoding throws: what is wrong with a message of our own is a mistake here.
 */
import { MindosError, messageOf } from "../core/errors.js";
import type { Message, MessageType } from "../core/messages.js";
import type { EncodedPayload, Payload } from "../core/routed.js";
import { type CborMap, type CborValue, decodeCbor, encodeCbor } from "./cbor.js";
import type { CborLimits } from "./cbor-limits.js";
import { Reader, type References, SKIP, type Writer } from "./codec.js";
import { LINK_SEQ_MAX } from "./messages/link.js";
import { messageOfName, messageOfNumber, type SpecifiedMessage } from "./messages.js";
import type { FrameProblem, ProblemCode } from "./problems.js";
import { HEADER_BYTES_MAX, ROUTED_HEAD, TYPE_MAX } from "./routed-header.js";

const DEPTH_MAX = 8;
/** 255 characters in the longest field, times 2 for hex, and some room for the fields to come. */
const TEXT_BYTES_MAX = 4096;
export const FRAME_LIMITS: CborLimits = {
  bytesMax: 64 * 1024,
  depthMax: DEPTH_MAX,
  itemsMax: 16_384,
  textBytesMax: TEXT_BYTES_MAX,
};
export const CONTROL_LIMITS: CborLimits = {
  bytesMax: 8 * 1024,
  depthMax: DEPTH_MAX,
  itemsMax: 1024,
  textBytesMax: TEXT_BYTES_MAX,
};
/** A body leaves room for any header: what one hub could send, every hub on the way can pass on. */
const BODY_LIMITS: CborLimits = { ...FRAME_LIMITS, bytesMax: FRAME_LIMITS.bytesMax - HEADER_BYTES_MAX };

export type Form = "link" | "routed";

/** A frame between the two ends of one link. */
export interface LinkFrame {
  /** Of the frames in this form on this link, from 1. */
  readonly seq: number;
  readonly message: Message;
}

export interface DecodedPayload {
  readonly message: Message;
  /** How many parts of a newer hub's message were left out; absent when none. */
  readonly ignored?: number;
}

export function isProblem(result: object): result is FrameProblem {
  return "problem" in result;
}

/** @returns whether these bytes claim to be in the routed form. */
export function isRouted(bytes: Uint8Array): boolean {
  return bytes[0] === ROUTED_HEAD;
}

/** @param seq its low 8 bits travel.
 *  @returns bytes of their own: the only encoding of the frame on this link.
 *  @throws MindosError BAD_INPUT when it cannot be sent: it names the field, or says how large the frame is. */
export function encodeLinkFrame(seq: number, message: Message, writer?: Writer): Uint8Array {
  const entry = entryOf(message.type, "link");
  checkLocal(Number.isSafeInteger(seq) && seq >= 0, "seq is a whole number");
  const body = writeBody(entry, message, writer);
  const shortSeq = seq % (LINK_SEQ_MAX + 1);
  // An empty body is left out.
  const bytes = encodeCbor(body.size === 0 ? [entry.number, shortSeq] : [entry.number, shortSeq, body]);
  return checkLength(bytes, entry, limitsOf(entry).bytesMax, "frame");
}

/** @returns the frame with the low 8 bits of its number, or what is wrong with the bytes. Never throws. */
export function decodeLinkFrame(
  bytes: Uint8Array,
  references?: References,
): (LinkFrame & DecodedPayload) | FrameProblem {
  const number = peekType(bytes);
  if (number === undefined) return problem("BAD_FRAME", "not an array of 2, 3 or 6 that begins with a type");
  const entry = readEntry(number, "link");
  if (isProblem(entry)) return entry;
  const decoded = decodeCbor(bytes, limitsOf(entry));
  if (isProblem(decoded)) return { problem: decoded.problem, detail: `${entry.name}: ${decoded.detail}` };
  const [, seq, body = NO_BODY] = decoded.value as readonly CborValue[];
  if (!isShortSeq(seq)) return problem("BAD_FRAME", `${entry.name}: seq`);
  if (body !== NO_BODY && body instanceof Map && body.size === 0)
    return problem("NOT_CANONICAL", `${entry.name}: an empty body is left out`);
  const read = readBody(entry, body, references);
  return isProblem(read) ? read : { seq, ...read };
}

/** For the routed form. @throws MindosError BAD_INPUT, as `encodeLinkFrame`. */
export function encodePayload(payload: Payload): EncodedPayload {
  if ("encoded" in payload) {
    checkLocal(isUint(payload.number, TYPE_MAX), `a message's number is 0 … ${TYPE_MAX}`);
    checkLocal(payload.encoded.length <= BODY_LIMITS.bytesMax, "a payload longer than a frame holds");
    return payload;
  }
  const entry = entryOf(payload.type, "routed");
  const encoded = encodeCbor(writeBody(entry, payload, undefined));
  return { number: entry.number, encoded: checkLength(encoded, entry, bodyLimitsOf(entry).bytesMax, "body") };
}

/** For whoever a routed frame is for. What came over a link is checked here for the first time. Never throws. */
export function decodePayload(payload: Payload): DecodedPayload | FrameProblem {
  if (!("encoded" in payload)) return { message: payload };
  const entry = readEntry(payload.number, "routed");
  if (isProblem(entry)) return entry;
  const decoded = decodeCbor(payload.encoded, bodyLimitsOf(entry));
  if (isProblem(decoded)) return { problem: decoded.problem, detail: `${entry.name}: ${decoded.detail}` };
  return readBody(entry, decoded.value, undefined);
}

export function checkLocal(holds: boolean, message: string): void {
  if (!holds) throw new MindosError("BAD_INPUT", message);
}

export function isUint(value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max;
}

function isShortSeq(value: unknown): value is number {
  return isUint(value, LINK_SEQ_MAX);
}

function problem(code: ProblemCode, detail: string): FrameProblem {
  return { problem: code, detail };
}

function limitsOf({ control }: SpecifiedMessage): CborLimits {
  return control ? CONTROL_LIMITS : FRAME_LIMITS;
}

function bodyLimitsOf({ control }: SpecifiedMessage): CborLimits {
  return control ? CONTROL_LIMITS : BODY_LIMITS;
}

function allows(entry: SpecifiedMessage, form: Form): boolean {
  return entry.form === "either" || entry.form === form;
}

/** Which limits hold depends on the type, so it is looked at before anything is decoded. */
function peekType(bytes: Uint8Array): number | undefined {
  const [head, first, second] = bytes;
  if (head !== 0x82 && head !== 0x83) return undefined;
  if (first === undefined || first < 0x18) return first;
  return first === 0x18 && second !== undefined && second >= 0x18 ? second : undefined;
}

function readEntry(number: number, form: Form): SpecifiedMessage | FrameProblem {
  const entry = messageOfNumber(number);
  if (entry === undefined) return problem(number % 2 === 0 ? "IGNORED" : "UNSUPPORTED", `type ${number}`);
  if (entry.body === undefined) return problem("UNSUPPORTED", `${entry.name} is reserved`);
  return allows(entry, form) ? entry : problem("BAD_FRAME", `${entry.name} does not travel in the ${form} form`);
}

function entryOf(name: MessageType, form: Form): SpecifiedMessage {
  const entry = messageOfName(name);
  if (entry === undefined) throw new MindosError("BAD_INPUT", `${name} is not specified`);
  checkLocal(allows(entry, form), `${name} does not travel in the ${form} form`);
  return entry;
}

function checkLength(bytes: Uint8Array, { name }: SpecifiedMessage, bytesMax: number, what: string): Uint8Array {
  checkLocal(bytes.length <= bytesMax, `${name}: a ${what} of ${bytes.length} bytes, at most ${bytesMax}`);
  return bytes;
}

function writeBody(entry: SpecifiedMessage, message: object, writer: Writer | undefined): CborMap {
  try {
    return entry.body.write(message, writer);
  } catch (error) {
    throw new MindosError("BAD_INPUT", `${entry.name}: ${messageOf(error)}`, { cause: error });
  }
}

const NO_BODY: CborMap = new Map();

function readBody(
  entry: SpecifiedMessage,
  wire: CborValue,
  references: References | undefined,
): DecodedPayload | FrameProblem {
  const reader = new Reader(references);
  const body = entry.body.read(wire, reader);
  if (body === undefined || body === SKIP) {
    reader.within(entry.name);
    return reader.toProblem();
  }
  const message = { type: entry.name, ...body } as Message;
  return reader.ignored === 0 ? { message } : { message, ignored: reader.ignored };
}
