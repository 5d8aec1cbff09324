/**
 * A reference to compare with: no routes, no overlay. It links with whomever discovery finds, and floods whatever is said; a
 * neighbour whose link closes or falls silent is dead at once. It shows what the simulator's measures mean, and what flooding costs.
 */
import type { HubId } from "../../../runtime/core/ids.js";
import type { MemberState, PeerRecord } from "../../../runtime/core/mesh.js";
import type { Message } from "../../../runtime/core/messages.js";
import { HOPS_MAX, type RoutedFrame } from "../../../runtime/core/routed.js";
import type { Rng } from "../../../runtime/core/time.js";
import type { NodeEffect, NodeInput } from "../../../runtime/mesh/node/inputs.js";
import type { Birth, Inspection, MachineKind, SimulatedMachine } from "../machine.js";

const PING_INTERVAL_MS = 1000;
const SILENT_AFTER_MS = 3000;
const REDIAL_MS = 1000;
/** Frames of one origin remembered as seen. */
const WINDOW = 4096;
/** "Everyone", as a destination. */
const EVERYONE = "f".repeat(32) as HubId;

interface FloodLink {
  readonly linkId: number;
  readonly peer: HubId;
  heardMs: number;
  pingMs: number;
  seq: number;
}

class Flood implements SimulatedMachine {
  readonly #birth: Birth;
  readonly #links = new Map<number, FloodLink>();
  readonly #peers = new Map<HubId, PeerRecord>();
  readonly #states = new Map<HubId, MemberState>();
  readonly #seen = new Map<string, Set<number>>();
  #redialMs = Number.POSITIVE_INFINITY;
  #seq = 0;
  #effects: NodeEffect[] = [];
  #nowMs = 0;

  constructor(birth: Birth) {
    this.#birth = birth;
  }

  get deadlineMs(): number {
    let deadlineMs = this.#redialMs;
    for (const link of this.#links.values()) deadlineMs = Math.min(deadlineMs, link.pingMs);
    return deadlineMs;
  }

  handle(input: NodeInput, nowMs: number, rng: Rng): readonly NodeEffect[] {
    this.#effects = [];
    this.#nowMs = nowMs;
    switch (input.type) {
      case "tick":
        this.#tick();
        break;
      case "found":
        this.#peers.set(input.peer.hub, input.peer);
        this.#dial(input.peer);
        break;
      case "link-opened":
        this.#opened(input.linkId, input.peer, rng);
        break;
      case "link-closed":
        this.#closed(input.linkId);
        break;
      case "frame":
        if (input.heard.form === "routed") this.#routed(input.linkId, input.heard.frame);
        else this.#heard(input.linkId, input.heard.seq, input.heard.message);
        break;
      case "ping":
        this.#originate(input.to, { type: "ECHO", nonce: input.nonce });
        break;
      case "send":
        this.#originate(input.to, input.message);
        break;
      case "publish":
        this.#originate(EVERYONE, input.message);
        break;
      default:
        break;
    }
    return this.#effects;
  }

  inspect(): Inspection {
    return { tables: [{ table: "links", size: this.#links.size, max: 256 }], members: this.#states };
  }

  #tick(): void {
    for (const link of [...this.#links.values()]) {
      if (this.#nowMs < link.pingMs) continue;
      if (this.#nowMs - link.heardMs >= SILENT_AFTER_MS) {
        this.#effects.push({ type: "close", linkId: link.linkId, reason: "silent" });
        this.#closed(link.linkId);
        continue;
      }
      link.pingMs += PING_INTERVAL_MS;
      link.seq += 1;
      this.#effects.push({ type: "send", linkId: link.linkId, seq: link.seq, message: { type: "PING" } });
    }
    if (this.#nowMs < this.#redialMs) return;
    this.#redialMs = Number.POSITIVE_INFINITY;
    for (const peer of this.#peers.values()) this.#dial(peer);
  }

  #dial(peer: PeerRecord): void {
    if (this.#birth.hub >= peer.hub || this.#linkTo(peer.hub) !== undefined) return;
    this.#effects.push({ type: "dial", hub: peer.hub, addresses: peer.addresses });
    this.#redialMs = Math.min(this.#redialMs, this.#nowMs + REDIAL_MS + 5000);
  }

  #opened(linkId: number, peer: HubId, rng: Rng): void {
    const pingMs = this.#nowMs + ((rng(1)[0] ?? 0) / 256) * PING_INTERVAL_MS;
    this.#links.set(linkId, { linkId, peer, heardMs: this.#nowMs, pingMs, seq: 0 });
    this.#effects.push({ type: "link-up", hub: peer, linkId, name: "" });
    this.#state(peer, "alive");
  }

  #closed(linkId: number): void {
    const link = this.#links.get(linkId);
    if (link === undefined) return;
    this.#links.delete(linkId);
    this.#effects.push({ type: "link-down", hub: link.peer, reason: "closed" });
    if (this.#linkTo(link.peer) === undefined) this.#state(link.peer, "dead");
    this.#redialMs = Math.min(this.#redialMs, this.#nowMs + REDIAL_MS);
  }

  #heard(linkId: number, seq: number, message: Message): void {
    const link = this.#links.get(linkId);
    if (link === undefined) return;
    link.heardMs = this.#nowMs;
    if (message.type !== "PING" || message.ackOf !== undefined) return;
    link.seq += 1;
    this.#effects.push({ type: "send", linkId, seq: link.seq, message: { type: "PING", ackOf: seq } });
  }

  #originate(dst: HubId, payload: Message): void {
    this.#seq += 1;
    const { hub: src, epoch: srcEpoch } = this.#birth;
    const frame: RoutedFrame = { src, srcEpoch, dst, hops: 0, seq: this.#seq, payload };
    this.#isNew(frame);
    this.#flood(frame, -1);
  }

  #routed(linkId: number, frame: RoutedFrame): void {
    const link = this.#links.get(linkId);
    if (link !== undefined) link.heardMs = this.#nowMs;
    if (!this.#isNew(frame)) return;
    if (frame.dst === this.#birth.hub || frame.dst === EVERYONE) this.#deliver(frame);
    if (frame.dst !== this.#birth.hub && frame.hops < HOPS_MAX) this.#flood({ ...frame, hops: frame.hops + 1 }, linkId);
  }

  #deliver({ src, hops, payload }: RoutedFrame): void {
    if ("encoded" in payload) return;
    if (payload.type !== "ECHO") this.#effects.push({ type: "deliver", from: src, message: payload, proven: true });
    else if (payload.hops === undefined) this.#originate(src, { ...payload, hops });
    else this.#effects.push({ type: "echo", from: src, nonce: payload.nonce, hops: payload.hops });
  }

  #flood(frame: RoutedFrame, except: number): void {
    for (const { linkId } of this.#links.values()) {
      if (linkId !== except) this.#effects.push({ type: "forward", linkId, frame });
    }
  }

  #isNew({ src, srcEpoch, seq }: RoutedFrame): boolean {
    const key = `${src} ${srcEpoch}`;
    let seen = this.#seen.get(key);
    if (seen === undefined) {
      seen = new Set();
      this.#seen.set(key, seen);
    }
    if (seen.has(seq)) return false;
    seen.add(seq);
    if (seen.size > WINDOW) for (const oldest of seen) if (seen.delete(oldest)) break;
    return true;
  }

  #linkTo(hub: HubId): FloodLink | undefined {
    for (const link of this.#links.values()) if (link.peer === hub) return link;
    return undefined;
  }

  #state(hub: HubId, state: MemberState): void {
    this.#states.set(hub, state);
    this.#effects.push({ type: "notice", notice: { type: "hub-state", hub, state, incarnation: 0 } });
  }
}

export const flood: MachineKind = {
  name: "flood",
  about: "links with whom it hears and floods everything: a reference, not a mesh",
  boot: (birth) => new Flood(birth),
};
