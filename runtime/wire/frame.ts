/**
 * Frames ↔ bytes: PROTOCOL.md §1. Pure.
 * Decoding never throws: what is wrong with bytes from another hub is a value, to be counted and dropped.
 * Encoding throws: what is wrong with a frame of our own is a mistake here.
 */
import { MindosError, messageOf } from "../core/errors.js";
import { HUB_ID_BYTES, type HubId, hubIdFromBytes, idToBytes, isHubId } from "../core/ids.js";
import type { Message, MessageType } from "../core/messages.js";
import { type CborMap, type CborValue, decodeCbor, encodeCbor } from "./cbor.js";
import type { CborLimits } from "./cbor-limits.js";
import { Reader, SKIP } from "./codec.js";
import { LINK_SEQ_MAX } from "./messages/link.js";
import {
  type LinkMessage,
  messageOfName,
  messageOfNumber,
  type RoutedMessage,
  type SpecifiedMessage,
} from "./messages.js";
import type { FrameProblem, ProblemCode } from "./problems.js";

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

/** `dst` values that mean the same on every link. */
export const DST_LINK = 0;
export const DST_CELL = 1;
export const DST_EVERYONE = 2;
/** Smaller numbers are not names of hubs. */
export const ALIAS_MIN = 3;
export const ALIAS_MAX = 65_535;
/** More than the diameter of any home. */
export const HOPS_MAX = 23;
/** Room for a frame every microsecond for nine years, and for exact sums. */
export const SEQ_MAX = 2 ** 48 - 1;

/** A hub, or a number that stands for it on this link. */
export type Address = HubId | number;

export interface LinkFrame {
  readonly form: "link";
  /** 0–255. */
  readonly seq: number;
  readonly message: LinkMessage;
}

export interface RoutedFrame {
  readonly form: "routed";
  readonly src: Address;
  readonly dst: Address;
  /** How often the frame has been passed on. */
  readonly hops: number;
  readonly seq: number;
  readonly message: RoutedMessage;
}

export type Frame = (LinkFrame | RoutedFrame) & {
  /** How many parts of a newer peer's frame were left out; absent when none. Not written. */
  readonly ignored?: number;
};

export function isProblem(result: Frame | FrameProblem): result is FrameProblem {
  return "problem" in result;
}

/** @returns bytes of their own: the only encoding of `frame`.
 *  @throws MindosError BAD_INPUT when it cannot be sent: it names the field, or says how large the frame is. */
export function encodeFrame(frame: Frame): Uint8Array {
  const name: MessageType = frame.message.type;
  const entry = messageOfName(name);
  if (entry === undefined) throw new MindosError("BAD_INPUT", `${name} is not specified`);
  if (!allows(entry, frame.form))
    throw new MindosError("BAD_INPUT", `${name} does not travel in the ${frame.form} form`);
  const bytes = encodeCbor(frame.form === "link" ? linkItems(frame, entry) : routedItems(frame, entry));
  const { bytesMax } = limitsOf(entry);
  if (bytes.length > bytesMax) {
    throw new MindosError("BAD_INPUT", `${name}: a frame of ${bytes.length} bytes, at most ${bytesMax}`);
  }
  return bytes;
}

/** @returns the frame, or what is wrong with the bytes. Never throws. */
export function decodeFrame(bytes: Uint8Array): Frame | FrameProblem {
  const number = peekType(bytes);
  if (number === undefined) return problem("BAD_FRAME", "not an array of 2, 3 or 6 that begins with a type");
  const entry = messageOfNumber(number);
  if (entry === undefined) return problem(number % 2 === 0 ? "IGNORED" : "UNSUPPORTED", `type ${number}`);
  if (entry.body === undefined) return problem("UNSUPPORTED", `${entry.name} is reserved`);
  const decoded = decodeCbor(bytes, limitsOf(entry));
  if ("problem" in decoded) return { problem: decoded.problem, detail: `${entry.name}: ${decoded.detail}` };
  const items = decoded.value as readonly CborValue[];
  const form = items.length === 6 ? "routed" : "link";
  if (!allows(entry, form)) return problem("BAD_FRAME", `${entry.name} does not travel in the ${form} form`);
  return form === "link" ? readLink(items, entry) : readRouted(items, entry);
}

function problem(code: ProblemCode, detail: string): FrameProblem {
  return { problem: code, detail };
}

function limitsOf({ control }: SpecifiedMessage): CborLimits {
  return control ? CONTROL_LIMITS : FRAME_LIMITS;
}

function allows(entry: SpecifiedMessage, form: Frame["form"]): boolean {
  return entry.form === "either" || entry.form === form;
}

/** Which limits hold depends on the type, so it is looked at before anything is decoded. */
function peekType(bytes: Uint8Array): number | undefined {
  const [head, first, second] = bytes;
  if (head !== 0x82 && head !== 0x83 && head !== 0x86) return undefined;
  if (first === undefined || first < 0x18) return first;
  return first === 0x18 && second !== undefined && second >= 0x18 ? second : undefined;
}

function linkItems({ seq, message }: LinkFrame, entry: SpecifiedMessage): CborValue[] {
  checkLocal(isUint(seq, LINK_SEQ_MAX), `seq is 0 … ${LINK_SEQ_MAX} on a link`);
  const body = writeBody(entry, message);
  // An empty body is left out.
  return body.size === 0 ? [entry.number, seq] : [entry.number, seq, body];
}

function routedItems({ src, dst, hops, seq, message }: RoutedFrame, entry: SpecifiedMessage): CborValue[] {
  checkLocal(isUint(hops, HOPS_MAX), `hops is 0 … ${HOPS_MAX}`);
  checkLocal(isUint(seq, SEQ_MAX), `seq is 0 … ${SEQ_MAX}`);
  return [
    entry.number,
    writeAddress(src, ALIAS_MIN),
    writeAddress(dst, DST_LINK),
    hops,
    seq,
    writeBody(entry, message),
  ];
}

function writeBody(entry: SpecifiedMessage, message: object): CborMap {
  try {
    return entry.body.write(message);
  } catch (error) {
    throw new MindosError("BAD_INPUT", `${entry.name}: ${messageOf(error)}`, { cause: error });
  }
}

function writeAddress(address: Address, numberMin: number): CborValue {
  if (typeof address === "string") {
    checkLocal(isHubId(address), "an address is a hub id or a number");
    return idToBytes(address);
  }
  checkLocal(address >= numberMin && isUint(address, ALIAS_MAX), `an alias is ${ALIAS_MIN} … ${ALIAS_MAX}`);
  return address;
}

function checkLocal(holds: boolean, message: string): void {
  if (!holds) throw new MindosError("BAD_INPUT", message);
}

function isUint(value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max;
}

function readLink([, seq, body = NO_BODY]: readonly CborValue[], entry: SpecifiedMessage): Frame | FrameProblem {
  if (!isUint(seq, LINK_SEQ_MAX)) return problem("BAD_FRAME", `${entry.name}: seq`);
  if (body !== NO_BODY && body instanceof Map && body.size === 0)
    return problem("NOT_CANONICAL", `${entry.name}: an empty body is left out`);
  const reader = new Reader();
  const message = readBody(entry, body, reader);
  if (message === undefined) return reader.toProblem();
  return { form: "link", seq, message: message as LinkMessage, ...ignoredOf(reader) };
}

function readRouted(items: readonly CborValue[], entry: SpecifiedMessage): Frame | FrameProblem {
  const [, wireSrc, wireDst, hops, seq, body = NO_BODY] = items;
  const src = readAddress(wireSrc, ALIAS_MIN);
  const dst = readAddress(wireDst, DST_LINK);
  if (src === undefined || dst === undefined) return problem("BAD_FRAME", `${entry.name}: address`);
  if (!isUint(hops, HOPS_MAX)) return problem("BAD_FRAME", `${entry.name}: hops`);
  if (!isUint(seq, SEQ_MAX)) return problem("BAD_FRAME", `${entry.name}: seq`);
  const reader = new Reader();
  const message = readBody(entry, body, reader);
  if (message === undefined) return reader.toProblem();
  return { form: "routed", src, dst, hops, seq, message: message as RoutedMessage, ...ignoredOf(reader) };
}

const NO_BODY: CborMap = new Map();

function readBody(entry: SpecifiedMessage, wire: CborValue, reader: Reader): Message | undefined {
  const body = entry.body.read(wire, reader);
  if (body === undefined || body === SKIP) return reader.within(entry.name);
  return { type: entry.name, ...body } as Message;
}

function readAddress(wire: CborValue | undefined, numberMin: number): Address | undefined {
  if (wire instanceof Uint8Array) return wire.length === HUB_ID_BYTES ? hubIdFromBytes(wire) : undefined;
  return isUint(wire, ALIAS_MAX) && wire >= numberMin ? wire : undefined;
}

function ignoredOf({ ignored }: Reader): { readonly ignored?: number } {
  return ignored === 0 ? {} : { ignored };
}
