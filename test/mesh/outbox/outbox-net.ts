/** Hubs with an outbox each, disks that take 2 ms, and a mesh that loses frames, splits, and whose hubs are killed and started again. */
import type { HubId } from "../../../runtime/core/ids.js";
import type { ParcelBody } from "../../../runtime/core/messages-outbox.js";
import type { StoreOperation } from "../../../runtime/core/ports.js";
import { Outbox } from "../../../runtime/mesh/outbox/outbox.js";
import type { ParcelRef } from "../../../runtime/mesh/outbox/outbox-sink.js";
import { ParcelProofs, type SignedAck, type SignedParcel } from "../../../runtime/mesh/outbox/parcel-proofs.js";
import { OUTBOX_DEFAULTS, type OutboxSettings } from "../../../runtime/mesh/outbox/settings.js";
import { PLACES } from "../../../tools/sim/machines/keyed-hash.js";
import { Heap } from "../heap.js";
import { generator, hubIdOf } from "../static-ways.js";

const LATENCY_MS = 20;
const DISK_MS = 2;

interface Machine {
  readonly hub: HubId;
  epoch: number;
  outbox: Outbox | undefined;
  disk: Map<string, Uint8Array>;
  diskFull: boolean;
}

type Event =
  | { readonly type: "frame"; readonly to: HubId; readonly from: HubId; readonly body: ParcelBody }
  | {
      readonly type: "disk";
      readonly hub: HubId;
      readonly epoch: number;
      readonly operations: readonly StoreOperation[];
      readonly serial: number;
    }
  | { readonly type: "deadline"; readonly hub: HubId }
  | { readonly type: "call"; readonly call: () => void };

export interface Delivered {
  readonly to: HubId;
  readonly from: HubId;
  readonly text: string;
  readonly atMs: number;
}

const proofs = new ParcelProofs(PLACES, () => undefined);
/** As its origin would sign it; one key does for all here. */
export const proofOfParcel = (parcel: SignedParcel): Uint8Array => proofs.signParcel(parcel)!;
/** As its reader would. */
export const proofOfAck = (ack: SignedAck): Uint8Array => proofs.signAck(ack)!;

export class OutboxNet {
  readonly hubs: readonly HubId[];
  readonly delivered: Delivered[] = [];
  readonly settled: (ParcelRef & { readonly outcome: string; readonly from: HubId })[] = [];
  readonly frames: { readonly from: HubId; readonly to: HubId; readonly body: ParcelBody; readonly atMs: number }[] =
    [];
  readonly counts = new Map<string, number>();
  readonly learnt: { readonly hub: HubId; readonly to: HubId; readonly acknowledged: boolean }[] = [];
  lossShare = 0;
  /** Hubs of a version that cannot read what is sent here. */
  readonly outdated = new Set<HubId>();
  /** Hubs of different islands do not hear each other. */
  island = (_hub: HubId): number => 0;
  nowMs = 0;
  readonly #machines = new Map<HubId, Machine>();
  readonly #queue = new Heap<Event>();
  readonly #random: () => number;

  constructor(
    count: number,
    seed = 1,
    readonly settings: Partial<OutboxSettings> = {},
  ) {
    this.#random = generator(seed);
    this.hubs = Array.from({ length: count }, () => hubIdOf(this.#random));
    for (const hub of this.hubs)
      this.#machines.set(hub, { hub, epoch: 0, outbox: undefined, disk: new Map(), diskFull: false });
    for (const hub of this.hubs) this.start(hub);
  }

  random(): number {
    return this.#random();
  }

  count(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  outbox(hub: HubId): Outbox | undefined {
    return this.#machine(hub).outbox;
  }

  /** Which start of the hub it is. */
  epoch(hub: HubId): number {
    return this.#machine(hub).epoch;
  }

  disk(hub: HubId): Map<string, Uint8Array> {
    return this.#machine(hub).disk;
  }

  fillDisk(hub: HubId, full: boolean): void {
    this.#machine(hub).diskFull = full;
  }

  /** What was not yet on disk is lost. */
  kill(hub: HubId): void {
    this.#machine(hub).outbox = undefined;
  }

  start(hub: HubId): void {
    const machine = this.#machine(hub);
    machine.epoch += 1;
    machine.outbox = this.#boot(machine);
    machine.outbox.restore(machine.disk, this.nowMs);
    this.#schedule(hub);
    for (const other of this.hubs) {
      if (other === hub) continue;
      this.#machine(other).outbox?.reachable(hub, this.nowMs);
      this.#schedule(other);
    }
  }

  send(
    from: HubId,
    to: HubId,
    text: string,
    delivery: { priority?: number; ttlMs?: number } = {},
  ): ParcelRef | undefined {
    const { priority = 3, ttlMs = OUTBOX_DEFAULTS.ttlMsMax } = delivery;
    const content = { kind: 9, bytes: Uint8Array.from(text, (character) => character.charCodeAt(0)) };
    const parcel = this.#machine(from).outbox?.send(to, content, { priority, ttlMs }, this.nowMs);
    this.#schedule(from);
    return parcel;
  }

  /** To an outbox, past the mesh. */
  inject(from: HubId, to: HubId, body: ParcelBody): void {
    this.#queue.push(this.nowMs, { type: "frame", from, to, body });
  }

  at(atMs: number, call: () => void): void {
    this.#queue.push(atMs, { type: "call", call });
  }

  /** Everybody notices that ways have changed. */
  waysChanged(): void {
    for (const hub of this.hubs) {
      this.#machine(hub).outbox?.waysChanged(this.nowMs);
      this.#schedule(hub);
    }
  }

  leave(hub: HubId, custodians: readonly HubId[]): void {
    this.#machine(hub).outbox?.leave(custodians, this.nowMs);
    this.#schedule(hub);
  }

  run(untilMs: number): void {
    for (let next = this.#queue.first; next !== undefined && next.key <= untilMs; next = this.#queue.first) {
      this.#queue.pop();
      this.nowMs = Math.max(this.nowMs, next.key);
      this.#handle(next.value);
    }
    this.nowMs = untilMs;
  }

  #boot(machine: Machine): Outbox {
    const { hub, epoch } = machine;
    return new Outbox({
      hub,
      epoch,
      wallOffsetMs: 1_780_000_000_000,
      authority: PLACES,
      settings: { ...OUTBOX_DEFAULTS, ...this.settings },
      sink: {
        count: (name, by = 1) => void this.counts.set(name, this.count(name) + by),
        route: (to, { type: _, ...body }) => this.#route(hub, to, body),
        deliver: (from, { bytes }) => {
          if (this.outdated.has(hub)) return false;
          this.delivered.push({ to: hub, from, text: String.fromCharCode(...bytes), atMs: this.nowMs });
          return true;
        },
        settled: (parcel, _content, outcome) => void this.settled.push({ ...parcel, outcome, from: hub }),
        learnt: (to, acknowledged) => void this.learnt.push({ hub, to, acknowledged }),
        write: (operations, serial) =>
          this.#queue.push(this.nowMs + DISK_MS, { type: "disk", hub, epoch, operations, serial }),
      },
    });
  }

  #route(from: HubId, to: HubId, body: ParcelBody): void {
    this.frames.push({ from, to, body, atMs: this.nowMs });
    if (this.#random() < this.lossShare) return;
    this.#queue.push(this.nowMs + LATENCY_MS * (0.5 + this.#random()), { type: "frame", from, to, body });
  }

  #handle(event: Event): void {
    if (event.type === "call") return event.call();
    const machine = this.#machine(event.type === "frame" ? event.to : event.hub);
    const { hub, outbox } = machine;
    if (outbox === undefined) return;
    if (event.type === "frame") {
      if (this.island(event.from) !== this.island(event.to)) return;
      outbox.onParcel(event.from, event.body, this.nowMs);
    } else if (event.type === "deadline") {
      if (outbox.deadlineMs <= this.nowMs) outbox.tick(this.nowMs);
    } else {
      if (event.epoch !== machine.epoch) return;
      if (machine.diskFull && event.operations.some(({ type }) => type === "put")) outbox.writeFailed(event.serial);
      else {
        for (const operation of event.operations)
          if (operation.type === "put") machine.disk.set(operation.key, operation.value);
          else machine.disk.delete(operation.key);
        outbox.written(event.serial, this.nowMs);
      }
    }
    this.#schedule(hub);
  }

  #schedule(hub: HubId): void {
    const deadlineMs = this.#machine(hub).outbox?.deadlineMs ?? Number.POSITIVE_INFINITY;
    if (deadlineMs !== Number.POSITIVE_INFINITY)
      this.#queue.push(Math.max(deadlineMs, this.nowMs), { type: "deadline", hub });
  }

  #machine(hub: HubId): Machine {
    const machine = this.#machines.get(hub);
    if (machine === undefined) throw new Error(`no hub ${hub}`);
    return machine;
  }
}
