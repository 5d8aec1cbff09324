/**
 * A home in virtual time: the production mesh machines of several hubs, driven from one seed. Links have a latency and
 * can be cut; hubs can crash and stall. The same seed gives the same run, frame for frame.
 */
import { createHash } from "node:crypto";
import { concatBytes, hexToBytes } from "../../runtime/core/bytes.js";
import { type HubId, hubIdFromBytes } from "../../runtime/core/ids.js";
import type { Message } from "../../runtime/core/messages.js";
import type { HelloCrypto } from "../../runtime/mesh/handshake.js";
import { type NeighbourEffect, type NeighbourInput, Neighbours } from "../../runtime/mesh/neighbours.js";

/** Stands in for Ed25519: keyed hashes are as good against the faults that are injected here, and a thousand times cheaper. */
export function simulatedCrypto(publicKey: Uint8Array): HelloCrypto {
  const sign = (key: Uint8Array, message: Uint8Array): Uint8Array => {
    const half = createHash("sha256").update(key).update(message).digest();
    return concatBytes(half, half);
  };
  return {
    hubIdOf: (key) => hubIdFromBytes(createHash("sha256").update(key).digest().subarray(0, 16)),
    transcript: ({ peerNonce, ownNonce, ownId, peerId }) =>
      concatBytes(peerNonce, ownNonce, hexToBytes(ownId), hexToBytes(peerId)),
    sign: (message) => sign(publicKey, message),
    verify: (key, message, signature) => Buffer.from(sign(key, message)).equals(Buffer.from(signature)),
  };
}

export interface SimulatedHub {
  readonly hub: HubId;
  readonly machine: Neighbours;
  /** Everything but sends, with its time. */
  readonly log: { readonly atMs: number; readonly effect: NeighbourEffect }[];
  stalled: boolean;
  crashed: boolean;
}

interface Wire {
  readonly ends: readonly [hub: SimulatedHub, linkId: number][];
  cut: boolean;
}

type Event = { readonly atMs: number; readonly order: number; readonly run: () => void };

export interface HomeOptions {
  readonly hubs: number;
  readonly seed: number;
  readonly latencyMs: number;
}

export class SimulatedHome {
  readonly hubs: SimulatedHub[];
  nowMs = 0;
  readonly #events: Event[] = [];
  readonly #wires = new Map<string, Wire>();
  readonly #random: () => number;
  #order = 0;
  #linkIds = 0;

  constructor(readonly options: HomeOptions) {
    this.#random = seeded(options.seed);
    this.hubs = Array.from({ length: options.hubs }, (_, index) => this.#boot(index, 1));
  }

  /** Dials from a to b; both ends see the link open after one latency. */
  link(a: SimulatedHub, b: SimulatedHub): Wire {
    const wire: Wire = {
      ends: [
        [a, ++this.#linkIds],
        [b, ++this.#linkIds],
      ],
      cut: false,
    };
    for (const [hub, linkId] of wire.ends) this.#wires.set(`${hub.hub} ${linkId}`, wire);
    this.after(this.options.latencyMs, () => {
      if (wire.cut) return;
      for (const [index, [hub, linkId]] of wire.ends.entries())
        this.input(hub, { type: "link-opened", linkId, dialled: index === 0 });
    });
    return wire;
  }

  linkAll(): void {
    for (const a of this.hubs) for (const b of this.hubs) if (a.hub < b.hub) this.link(a, b);
  }

  cut(wire: Wire): void {
    wire.cut = true;
    for (const [hub, linkId] of wire.ends) this.input(hub, { type: "link-closed", linkId, reason: "cut" });
  }

  /** As kill -9: its links close at the other ends, it says nothing more. */
  crash(hub: SimulatedHub): void {
    hub.crashed = true;
    for (const wire of new Set(this.#wires.values())) {
      if (wire.cut || !wire.ends.some(([end]) => end === hub)) continue;
      wire.cut = true;
      for (const [end, linkId] of wire.ends)
        if (end !== hub) this.input(end, { type: "link-closed", linkId, reason: "reset" });
    }
  }

  input(hub: SimulatedHub, input: NeighbourInput): void {
    if (hub.crashed || hub.stalled) return;
    for (const effect of hub.machine.handle(input, this.nowMs, (length) => this.#bytes(length)))
      this.#carryOut(hub, effect);
  }

  after(delayMs: number, run: () => void): void {
    this.#events.push({ atMs: this.nowMs + delayMs, order: ++this.#order, run });
  }

  /** Runs every event and deadline up to `untilMs`. */
  run(untilMs: number): void {
    for (;;) {
      this.#events.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
      const event = this.#events[0];
      const due = this.hubs.filter((hub) => !hub.crashed && !hub.stalled && hub.machine.deadlineMs !== undefined);
      const deadlineMs = Math.min(...due.map((hub) => hub.machine.deadlineMs ?? 0));
      const nextMs = Math.min(event?.atMs ?? Number.POSITIVE_INFINITY, deadlineMs);
      if (nextMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, nextMs);
      if (event !== undefined && event.atMs <= nextMs) {
        this.#events.shift();
        event.run();
      } else
        for (const hub of due)
          if ((hub.machine.deadlineMs ?? Number.POSITIVE_INFINITY) <= this.nowMs) this.input(hub, { type: "tick" });
    }
    this.nowMs = untilMs;
  }

  #boot(index: number, epoch: number): SimulatedHub {
    const publicKey = this.#bytes(32);
    const crypto = simulatedCrypto(publicKey);
    const hub = crypto.hubIdOf(publicKey);
    const machine = new Neighbours({ hub, publicKey, epoch, name: `hub ${index + 1}`, home: "home" }, crypto);
    return { hub, machine, log: [], stalled: false, crashed: false };
  }

  #carryOut(hub: SimulatedHub, effect: NeighbourEffect): void {
    if (effect.type === "send") {
      this.#transmit(hub, effect.linkId, effect.seq, effect.message);
      return;
    }
    hub.log.push({ atMs: this.nowMs, effect });
    if (effect.type !== "close") return;
    const wire = this.#wires.get(`${hub.hub} ${effect.linkId}`);
    if (wire === undefined || wire.cut) return;
    wire.cut = true;
    for (const [end, linkId] of wire.ends) {
      if (end !== hub)
        this.after(this.options.latencyMs, () => this.input(end, { type: "link-closed", linkId, reason: "closed" }));
    }
  }

  #transmit(from: SimulatedHub, linkId: number, seq: number, message: Message): void {
    const wire = this.#wires.get(`${from.hub} ${linkId}`);
    const other = wire?.ends.find(([hub, id]) => hub !== from || id !== linkId);
    if (wire === undefined || other === undefined) return;
    this.after(this.options.latencyMs, () => {
      if (!wire.cut) this.input(other[0], { type: "message", linkId: other[1], seq, message });
    });
  }

  #bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => Math.floor(this.#random() * 256));
  }
}

function seeded(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4_294_967_296;
  };
}
