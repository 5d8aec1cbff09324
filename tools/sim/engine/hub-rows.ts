/** The simulated hubs as columns: what state each process is in, its clock, what it keeps over a restart, what waits to be read. */
import type { HubId } from "../../../runtime/core/ids.js";
import type { StoreOperation } from "../../../runtime/core/ports.js";
import type { NodeInput } from "../../../runtime/mesh/node/inputs.js";
import type { SimulatedMachine } from "../machine.js";
import type { RandomStreams } from "./random.js";
import { NEVER, TICKS_PER_MS } from "./wheel.js";

/** No power: silent to everybody. */
export const OFF = 0;
export const RUNNING = 1;
/** As SIGSTOP: its sockets stay open, its kernel accepts bytes, nobody reads them. */
export const STALLED = 2;
/** The process is gone, its kernel answers with resets. */
export const KILLED = 3;

/** Quartz clocks of boards. Unit: parts per million. */
const CLOCK_ERROR_PPM = 100;
/** Monotonic clocks begin anywhere: whoever compares those of two hubs is wrong. Unit: ms. */
const CLOCK_ORIGIN_MS = 1_000_000;

export interface Waiting {
  readonly input: NodeInput;
  /** The end over which it came, or -1. */
  readonly end: number;
  readonly bytes: number;
}

interface Kept {
  readonly values: Map<string, Uint8Array>;
  /** What the newest write replaced: a power loss may undo it. */
  last: { readonly key: string; readonly before: Uint8Array | undefined } | undefined;
}

/** What every event asks of a hub lies in one cache line. */
const STRIDE_BITS = 3;
const STATE = 0;
/** When the wheel will wake it; `NEVER` when it will not. */
const ARMED = 1;
/** Its processor is busy up to here. Unit: ticks, fractions allowed. */
const BUSY = 2;
const CLOCK_ORIGIN = 3;
const CLOCK_RATE = 4;
/** When it was last off, stalled or cut off: the plan's doing, and nobody's mistake. Unit: ticks. */
const TROUBLE = 5;
/** When its machine wants to be woken: `ARMED` may be earlier, of a deadline that has moved away since. Unit: ticks. */
const DUE = 6;
const BYTES_SENT = 7;

export class HubRows {
  readonly ids: readonly HubId[];
  readonly indexOf = new Map<HubId, number>();
  readonly epoch: Uint32Array;
  readonly machine: (SimulatedMachine | undefined)[];
  readonly diskFull: Uint8Array;
  /** Ticks in a row after which its deadline still lay in the past. */
  readonly spins: Uint16Array;
  readonly wallOffsetMs: Float64Array;
  /** Inputs that wait for a hub that is stalled or busy. */
  readonly inbox = new Map<number, Waiting[]>();
  readonly #cells: Float64Array;
  readonly #offSince: Float64Array;
  readonly #kept: (Kept | undefined)[];
  readonly #stored: (Map<string, Uint8Array> | undefined)[];

  /** @param given ids instead of random ones, one for each hub. */
  constructor(count: number, random: RandomStreams, skewed: boolean, given?: readonly HubId[]) {
    const ids: HubId[] = [];
    this.epoch = new Uint32Array(count);
    this.machine = new Array(count).fill(undefined);
    this.diskFull = new Uint8Array(count);
    this.wallOffsetMs = new Float64Array(count);
    this.#kept = new Array(count).fill(undefined);
    this.#stored = new Array(count).fill(undefined);
    this.#cells = new Float64Array(count << STRIDE_BITS);
    this.spins = new Uint16Array(count);
    this.#offSince = new Float64Array(count);
    for (let hub = 0; hub < count; hub++) {
      const words = Array.from({ length: 4 }, () => random.next(hub).toString(16).padStart(8, "0"));
      ids.push(given?.[hub] ?? (flat(words.join("")) as HubId));
      this.indexOf.set(ids[hub] as HubId, hub);
      this.#set(hub, ARMED, NEVER);
      this.#set(hub, DUE, NEVER);
      this.#set(hub, TROUBLE, Number.NEGATIVE_INFINITY);
      this.#set(hub, CLOCK_ORIGIN, Math.floor(random.uniform(hub) * CLOCK_ORIGIN_MS));
      const error = skewed ? (random.uniform(hub) * 2 - 1) * CLOCK_ERROR_PPM : 0;
      this.#set(hub, CLOCK_RATE, 1 + error / 1e6);
    }
    this.ids = ids;
  }

  get count(): number {
    return this.ids.length;
  }

  state(hub: number): number {
    return this.#get(hub, STATE);
  }

  setState(hub: number, state: number): void {
    this.#set(hub, STATE, state);
  }

  armedTick(hub: number): number {
    return this.#get(hub, ARMED);
  }

  setArmedTick(hub: number, tick: number): void {
    this.#set(hub, ARMED, tick);
  }

  dueTick(hub: number): number {
    return this.#get(hub, DUE);
  }

  setDueTick(hub: number, tick: number): void {
    this.#set(hub, DUE, tick);
  }

  busyUntil(hub: number): number {
    return this.#get(hub, BUSY);
  }

  /** Its processor works for so long on something that begins now, or when it is done with what it does. @returns when it is done. Unit: ticks. */
  work(hub: number, nowTick: number, ticks: number): number {
    const until = Math.max(this.#get(hub, BUSY), nowTick) + ticks;
    this.#set(hub, BUSY, until);
    return until;
  }

  troubleTick(hub: number): number {
    return this.#get(hub, TROUBLE);
  }

  setTroubleTick(hub: number, tick: number): void {
    this.#set(hub, TROUBLE, tick);
  }

  offSince(hub: number): number {
    return this.#offSince[hub] as number;
  }

  setOffSince(hub: number, tick: number): void {
    this.#offSince[hub] = tick;
  }

  bytesSent(hub: number): number {
    return this.#get(hub, BYTES_SENT);
  }

  addBytesSent(hub: number, bytes: number): void {
    const at = (hub << STRIDE_BITS) + BYTES_SENT;
    this.#cells[at] = (this.#cells[at] as number) + bytes;
  }

  /** What this hub's monotonic clock shows. Unit: ms. */
  clockMs(hub: number, tick: number): number {
    return this.#get(hub, CLOCK_ORIGIN) + (tick / TICKS_PER_MS) * this.#get(hub, CLOCK_RATE);
  }

  /** @returns the first tick at which this hub's clock shows at least `clockMs`; `NEVER` when that is beyond all simulated time. */
  tickOf(hub: number, clockMs: number): number {
    const ticks = Math.ceil(((clockMs - this.#get(hub, CLOCK_ORIGIN)) / this.#get(hub, CLOCK_RATE)) * TICKS_PER_MS);
    return ticks < NEVER ? Math.max(0, ticks) : NEVER;
  }

  keep(hub: number, key: string, value: Uint8Array): boolean {
    if (this.diskFull[hub] === 1) return false;
    const kept = this.#kept[hub] ?? { values: new Map(), last: undefined };
    this.#kept[hub] = kept;
    kept.last = { key, before: kept.values.get(key) };
    kept.values.set(key, value);
    return true;
  }

  kept(hub: number): ReadonlyMap<string, Uint8Array> | undefined {
    return this.#kept[hub]?.values;
  }

  /** What its outbox writes. @returns false when its disk is full. */
  store(hub: number, operations: readonly StoreOperation[]): boolean {
    if (this.diskFull[hub] === 1 && operations.some(({ type }) => type === "put")) return false;
    const stored = this.#stored[hub] ?? new Map();
    this.#stored[hub] = stored;
    for (const operation of operations)
      if (operation.type === "put") stored.set(operation.key, operation.value);
      else stored.delete(operation.key);
    return true;
  }

  stored(hub: number): ReadonlyMap<string, Uint8Array> | undefined {
    return this.#stored[hub];
  }

  /** The newest write had not reached the disk. */
  tear(hub: number): void {
    const kept = this.#kept[hub];
    if (kept?.last === undefined) return;
    if (kept.last.before === undefined) kept.values.delete(kept.last.key);
    else kept.values.set(kept.last.key, kept.last.before);
    kept.last = undefined;
  }

  /** A disk that was replaced by an empty one, or by an old copy of itself. */
  replaceDisk(hub: number, values: ReadonlyMap<string, Uint8Array> = new Map()): void {
    this.#kept[hub] = { values: new Map(values), last: undefined };
    this.#stored[hub] = undefined;
  }

  #get(hub: number, column: number): number {
    return this.#cells[(hub << STRIDE_BITS) + column] as number;
  }

  #set(hub: number, column: number, value: number): void {
    this.#cells[(hub << STRIDE_BITS) + column] = value;
  }
}

/** One string of its own: joined ones keep their parts. */
function flat(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}
