/**
 * The header of a routed frame ↔ bytes: PROTOCOL.md §1. Pure. By hand and not by cbor-x, since this is all that a hub
 * reads of a frame that it passes on: nothing is allocated but the frame itself, and the body stays bytes.
 */
import { MindosError } from "../core/errors.js";
import { HUB_ID_BYTES, type HubId, hubIdFromBytes, idToBytes, isHubId } from "../core/ids.js";
import { LOCATOR_LEVELS_MAX, type Locator } from "../core/mesh.js";
import { HOPS_MAX, type RoutedFrame } from "../core/routed.js";
import { ALIASES_MAX, type Binding, type HeardAliases, type SentAlias, type SentAliases } from "./aliases.js";
import type { FrameProblem, ProblemCode } from "./problems.js";

/** Room for a frame every microsecond for nine years, and for exact sums. */
export const SEQ_MAX = 2 ** 48 - 1;
/** As HELLO and the identity file have it: a start every second lasts 136 years. */
export const EPOCH_MAX = 0xffff_ffff;
export const TYPE_MAX = 255;
/** Both addresses bound in full with six regions each, rounded up. */
export const HEADER_BYTES_MAX = 384;
/** The array of six that every routed frame is. */
export const ROUTED_HEAD = 0x86;

const UINT = 0;
const BYTES = 2;
const ARRAY = 4;
const NULL = 0xf6;

/** Walks the bytes of headers. After a problem nothing advances; every caller returns at once. */
export class HeaderReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #problem: ProblemCode | undefined;
  #where = "";

  constructor(private readonly aliases: HeardAliases) {}

  /** @returns a frame whose payload is a view of `bytes`, or what is wrong with the header. Bindings hold even if so. */
  read(bytes: Uint8Array): RoutedFrame | FrameProblem {
    this.#bytes = bytes;
    this.#at = 1; // past ROUTED_HEAD
    this.#problem = undefined;
    const number = this.#number(UINT, TYPE_MAX, "type");
    const src = this.#address("src");
    if (src !== undefined && src.epoch === undefined) this.#fail("BAD_FRAME", "src: bound without an epoch");
    const dst = this.#address("dst");
    const hops = this.#number(UINT, HOPS_MAX, "hops");
    const seq = this.#number(UINT, SEQ_MAX, "seq");
    if (this.#at >= bytes.length) this.#fail("TRUNCATED", "body");
    if (this.#problem !== undefined || src?.epoch === undefined || dst === undefined) {
      return { problem: this.#problem ?? "BAD_FRAME", detail: `header: ${this.#where}` };
    }
    return {
      src: src.hub,
      srcEpoch: src.epoch,
      dst: dst.hub,
      locator: dst.locator,
      hops,
      seq,
      payload: { number, encoded: bytes.subarray(this.#at) },
    };
  }

  #fail(problem: ProblemCode, where: string): undefined {
    if (this.#problem !== undefined) return;
    this.#problem = problem;
    this.#where = where;
  }

  /** The argument of a head of this major type, in its shortest form. */
  #number(major: number, max: number, where: string): number {
    if (this.#problem !== undefined) return 0;
    const bytes = this.#bytes;
    const head = bytes[this.#at];
    if (head === undefined) return this.#fail("TRUNCATED", where) ?? 0;
    if (head >> 5 !== major) return this.#fail("BAD_FRAME", where) ?? 0;
    const info = head & 0x1f;
    if (info < 24) {
      this.#at += 1;
      if (info > max) this.#fail("BAD_FRAME", where);
      return info;
    }
    if (info > 27) return this.#fail(info === 31 ? "INDEFINITE" : "RESERVED", where) ?? 0;
    const width = 1 << (info - 24);
    if (this.#at + width >= bytes.length) return this.#fail("TRUNCATED", where) ?? 0;
    let value = 0;
    for (let i = 1; i <= width; i++) value = value * 256 + (bytes[this.#at + i] ?? 0);
    this.#at += 1 + width;
    if (value < (info === 24 ? 24 : 2 ** (width * 4))) this.#fail("NOT_CANONICAL", where);
    else if (value > max) this.#fail("BAD_FRAME", where);
    return value;
  }

  #address(where: string): Binding | undefined {
    if (this.#problem !== undefined) return undefined;
    if ((this.#bytes[this.#at] ?? 0) >> 5 === ARRAY) return this.#binding(where);
    const alias = this.#number(UINT, ALIASES_MAX - 1, where);
    if (this.#problem !== undefined) return undefined;
    return this.aliases.get(alias) ?? this.#fail("UNKNOWN_ALIAS", where);
  }

  /** `[alias, hub id, epoch, locator]`, cut after the last that is there; an epoch that is not is null. */
  #binding(where: string): Binding | undefined {
    const count = this.#number(ARRAY, 4, where);
    if (count < 2) return this.#fail("BAD_FRAME", where);
    const alias = this.#number(UINT, ALIASES_MAX - 1, where);
    const hub = this.#hubId(where);
    // A hub may be a landmark of its own place, under the alias that is being bound.
    if (hub !== undefined) this.aliases.bind(alias, hub);
    const epoch = count > 2 ? this.#epoch(count === 4, where) : undefined;
    const locator = count > 3 ? this.#locator(where) : undefined;
    if (this.#problem !== undefined || hub === undefined) return undefined;
    const binding: Binding = { hub, epoch, locator };
    this.aliases.set(alias, binding);
    return binding;
  }

  #epoch(mayBeNull: boolean, where: string): number | undefined {
    if (mayBeNull && this.#bytes[this.#at] === NULL) {
      this.#at += 1;
      return undefined;
    }
    return this.#number(UINT, EPOCH_MAX, where);
  }

  #locator(where: string): Locator | undefined {
    const count = this.#number(ARRAY, LOCATOR_LEVELS_MAX, where);
    const locator: HubId[] = [];
    for (let i = 0; i < count; i++) {
      const hub = this.#landmark(where);
      if (hub === undefined) return undefined;
      locator.push(hub);
    }
    return locator;
  }

  /** An alias, or `[alias, hub id]`. */
  #landmark(where: string): HubId | undefined {
    if ((this.#bytes[this.#at] ?? 0) >> 5 !== ARRAY) return this.#address(where)?.hub;
    if (this.#number(ARRAY, 2, where) !== 2) return this.#fail("BAD_FRAME", where);
    const alias = this.#number(UINT, ALIASES_MAX - 1, where);
    const hub = this.#hubId(where);
    if (hub !== undefined) this.aliases.bind(alias, hub);
    return hub;
  }

  #hubId(where: string): HubId | undefined {
    if (this.#number(BYTES, HUB_ID_BYTES, where) !== HUB_ID_BYTES) return this.#fail("BAD_FRAME", where);
    if (this.#at + HUB_ID_BYTES > this.#bytes.length) return this.#fail("TRUNCATED", where);
    this.#at += HUB_ID_BYTES;
    return hubIdFromBytes(this.#bytes.subarray(this.#at - HUB_ID_BYTES, this.#at));
  }
}

/** Writes headers into a buffer of its own; `bytes` holds the newest, `length` of it. */
export class HeaderWriter {
  readonly bytes = new Uint8Array(HEADER_BYTES_MAX);
  length = 0;

  /** @param number of the message. The caller has checked the numbers' ranges. */
  write(frame: RoutedFrame, number: number, aliases: SentAliases): void {
    this.bytes[0] = ROUTED_HEAD;
    this.length = 1;
    this.#number(UINT, number);
    this.#source(frame.src, frame.srcEpoch, aliases);
    this.#destination(frame.dst, frame.locator, aliases);
    this.#number(UINT, frame.hops);
    this.#number(UINT, frame.seq);
  }

  #source(hub: HubId, epoch: number, aliases: SentAliases): void {
    const known = aliases.find(hub);
    if (known !== undefined && known.epoch === epoch) return this.#number(UINT, known.alias);
    const entry = known ?? aliases.bind(hub);
    if (known !== undefined) aliases.changed(known);
    entry.epoch = epoch;
    this.#binding(entry, aliases);
  }

  #destination(hub: HubId, locator: Locator | undefined, aliases: SentAliases): void {
    const known = aliases.find(hub);
    if (known !== undefined && isSame(known.locator, locator)) return this.#number(UINT, known.alias);
    const entry = known ?? aliases.bind(hub);
    if (known !== undefined) aliases.changed(known);
    entry.locator = locator;
    this.#binding(entry, aliases);
  }

  #binding({ alias, hub, epoch, locator }: SentAlias, aliases: SentAliases): void {
    this.#number(ARRAY, locator !== undefined ? 4 : epoch !== undefined ? 3 : 2);
    this.#number(UINT, alias);
    this.#hubId(hub);
    if (epoch !== undefined) this.#number(UINT, epoch);
    else if (locator !== undefined) this.bytes[this.length++] = NULL;
    if (locator === undefined) return;
    this.#number(ARRAY, locator.length);
    for (const landmark of locator) {
      const known = aliases.find(landmark);
      if (known !== undefined) {
        this.#number(UINT, known.alias);
        continue;
      }
      this.#number(ARRAY, 2);
      this.#number(UINT, aliases.bind(landmark).alias);
      this.#hubId(landmark);
    }
  }

  #hubId(hub: HubId): void {
    if (!isHubId(hub)) throw new MindosError("BAD_INPUT", "an address is not a hub id");
    this.#number(BYTES, HUB_ID_BYTES);
    this.bytes.set(idToBytes(hub), this.length);
    this.length += HUB_ID_BYTES;
  }

  #number(major: number, value: number): void {
    const { bytes } = this;
    const info = value < 24 ? value : value < 0x100 ? 24 : value < 0x1_0000 ? 25 : value < 0x1_0000_0000 ? 26 : 27;
    bytes[this.length++] = (major << 5) | info;
    const width = info < 24 ? 0 : 1 << (info - 24);
    let rest = value;
    for (let i = this.length + width - 1; i >= this.length; i--) {
      bytes[i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    this.length += width;
  }
}

function isSame(a: Locator | undefined, b: Locator | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
