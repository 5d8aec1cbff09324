/**
 * Links between simulated hubs, as TCP and TLS make them: dialling, frames in order, closing, resets. What a path that is cut
 * holds back is sent again when TCP would; what waits for a hub that does not read fills its socket.
 */
import type { HubId } from "../../../runtime/core/ids.js";
import type { Message } from "../../../runtime/core/messages.js";
import type { RoutedFrame } from "../../../runtime/core/routed.js";
import type { HeardFrame, NodeInput } from "../../../runtime/mesh/node/inputs.js";
import { type HubRows, KILLED, OFF, RUNNING, STALLED } from "./hub-rows.js";
import { END_CLOSED, END_OPEN, END_OPENING, LinkRows } from "./link-rows.js";
import { type Medium, retransmissionTick } from "./medium.js";
import { UnansweredDials } from "./unanswered-dials.js";
import { type EventWheel, TICKS_PER_MS } from "./wheel.js";
import type { WireMode } from "./wire-mode.js";

/** Kinds of events that concern links. `a`: an end, `b`: its row's generation, unless said otherwise. */
export const LINK_FRAME = 1;
export const ROUTED_FRAME = 2;
export const FIN = 3;
export const RESET = 4;
/** a: who dials, b: whom, c: how often it was sent before. */
export const SYN = 5;
export const OPENED = 6;
/** a: who dialled, b: whom, c: how often its SYN was sent before. */
export const DIAL_FAILED = 7;
/** What was held back for this end is sent again. */
export const RESUME = 8;

/** What the connections need of the simulation around them. */
export interface Host {
  /** Set: frames travel as bytes. */
  readonly wire: WireMode | undefined;
  readonly wheel: EventWheel;
  readonly hubs: HubRows;
  readonly medium: Medium;
  /** @param end the end over which it came, or -1. */
  input(hub: number, input: NodeInput, end: number, bytes: number): void;
  linksChanged(a: number, b: number, open: boolean): void;
}

interface Held {
  readonly kind: number;
  readonly seq: number;
  readonly payload: unknown;
}

export class Connections {
  readonly rows = new LinkRows();
  readonly #host: Host;
  /** What a cut path holds back, by the end that it is for. */
  readonly #held = new Map<number, { readonly sinceTick: number; readonly items: Held[] }>();
  /** Ends that their hub has closed while the other end was open: until when what still comes is read and left. Unit: ticks. */
  readonly #partingUntil = new Map<number, number>();
  readonly #unanswered: UnansweredDials;
  /** The ends of each hub. */
  readonly #endsOf: number[][];

  constructor(host: Host) {
    this.#host = host;
    this.#unanswered = new UnansweredDials(host.hubs.count);
    this.#endsOf = Array.from({ length: host.hubs.count }, () => []);
  }

  /** Ends of open links of a hub, oldest first. */
  openEnds(hub: number): number[] {
    return (this.#endsOf[hub] as number[]).filter((end) => this.rows.state(end) === END_OPEN);
  }

  peerOf(end: number): number {
    return this.rows.hub(end ^ 1);
  }

  /** @param seq of a link frame; 0 of a routed one. */
  transmit(
    hub: number,
    linkId: number,
    kind: number,
    seq: number,
    payload: Message | RoutedFrame,
    bytes: number,
  ): void {
    const { rows } = this;
    const { wire } = this.#host;
    const end = rows.endOf(linkId);
    if (end < 0 || rows.hub(end) !== hub || rows.state(end) !== END_OPEN) return;
    if (wire === undefined) this.#stream(end ^ 1, kind, seq, payload, bytes);
    else if (kind === LINK_FRAME)
      this.#stream(end ^ 1, kind, seq, wire.encodeLink(linkId, seq, payload as Message), bytes);
    else this.#stream(end ^ 1, kind, seq, wire.encodeRouted(linkId, payload as RoutedFrame), bytes);
  }

  /** The hub closes its end; the other one hears of it when the stream has been read. */
  close(hub: number, linkId: number, reason: string): void {
    const end = this.rows.endOf(linkId);
    if (end < 0 || this.rows.hub(end) !== hub || this.rows.state(end) === END_CLOSED) return;
    this.#shut(end);
    if (this.rows.state(end ^ 1) !== END_CLOSED) {
      this.#partingUntil.set(end, this.#host.wheel.nowTick + PARTING_MS * TICKS_PER_MS);
      this.#stream(end ^ 1, FIN, 0, reason, 0);
    }
    this.#tidy(end);
  }

  dial(hub: number, target: number): void {
    const latencyMs = this.#host.medium.topology.latencyMs(hub, target);
    const { wheel } = this.#host;
    const at = wheel.nowTick + (latencyMs ?? 0) * TICKS_PER_MS;
    this.#unanswered.end(hub, target);
    if (latencyMs === undefined) this.#dialTimesOut(hub, target);
    else wheel.schedule(Math.round(at), SYN, hub, target, 0, latencyMs);
  }

  /** Nobody answered the SYN: TCP sends it again until the dial is given up. @param tries before. */
  #synLost(dialler: number, target: number, latencyMs: number, tries: number): void {
    const { wheel, medium } = this.#host;
    const waitedMs = SYN_RTO_MS * (2 ** tries - 1);
    const pauseMs = SYN_RTO_MS * 2 ** tries;
    const leftMs = medium.settings.dialTimeoutMs - waitedMs;
    const isLast = pauseMs >= leftMs;
    const dueTick = wheel.nowTick + Math.round(Math.min(pauseMs, leftMs) * TICKS_PER_MS);
    this.#unanswered.waits(dialler, target, dueTick);
    wheel.schedule(dueTick, isLast ? DIAL_FAILED : SYN, dialler, target, tries + 1, latencyMs);
  }

  /** A process that ends: its kernel resets its links. Without power nobody says anything. */
  end(hub: number, silently: boolean): void {
    const { wheel } = this.#host;
    for (const end of [...(this.#endsOf[hub] as number[])]) {
      this.#shut(end);
      this.#partingUntil.delete(end);
      const other = end ^ 1;
      if (!silently && this.rows.state(other) !== END_CLOSED) {
        const at = wheel.nowTick + this.rows.latencyTicks(end);
        wheel.schedule(Math.round(at), RESET, other, this.rows.generation(other), 0, "reset");
      }
      this.#tidy(end);
    }
  }

  /** A board that has power again answers what its peers still try to send it with a reset. */
  revive(hub: number, offSinceTick: number, endsOpenElsewhere: readonly number[]): void {
    const { wheel } = this.#host;
    for (const end of endsOpenElsewhere) {
      if (this.rows.state(end) === END_CLOSED || this.rows.hub(end ^ 1) !== hub) continue;
      const at = retransmissionTick(offSinceTick, wheel.nowTick);
      wheel.schedule(at, RESET, end, this.rows.generation(end), 0, "reset");
    }
  }

  /** Ends at other hubs whose link led to this hub, which is gone. */
  orphans(hub: number): number[] {
    return (this.#endsOf[hub] as number[]).map((end) => end ^ 1).filter((end) => this.rows.state(end) !== END_CLOSED);
  }

  /** After a path has been mended: TCP finds out when it tries again. */
  mended(): void {
    const { wheel, medium } = this.#host;
    for (const [end, held] of this.#held) {
      const { rows } = this;
      if (!medium.hears(rows.hub(end ^ 1), rows.hub(end))) continue;
      const at = retransmissionTick(held.sinceTick, wheel.nowTick);
      wheel.schedule(at, RESUME, end, rows.generation(end), 0, undefined);
    }
  }

  /** @returns whether the event was one of links. */
  happen(kind: number, a: number, b: number, c: number, payload: unknown): boolean {
    switch (kind) {
      case LINK_FRAME:
      case ROUTED_FRAME:
      case FIN:
        if (b === this.rows.generation(a)) this.#arrived(a, kind, c, payload);
        return true;
      case RESET:
        if (b === this.rows.generation(a)) this.#reset(a, payload as string);
        return true;
      case SYN:
        if (c === 0 || this.#unanswered.isDue(a, b, this.#host.wheel.nowTick)) this.#syn(a, b, payload as number, c);
        return true;
      case OPENED:
        if (b === this.rows.generation(a)) this.#opened(a);
        return true;
      case DIAL_FAILED:
        if (c === 0 || this.#unanswered.isDue(a, b, this.#host.wheel.nowTick))
          this.#host.input(a, { type: "dial-failed", hub: this.#idOf(b) }, -1, 0);
        return true;
      case RESUME:
        if (b === this.rows.generation(a)) this.#resume(a);
        return true;
      default:
        return false;
    }
  }

  #idOf(hub: number): HubId {
    return this.#host.hubs.ids[hub] as HubId;
  }

  #stream(towards: number, kind: number, seq: number, payload: unknown, bytes: number): void {
    const { rows } = this;
    const { wheel, medium } = this.#host;
    const latency = rows.latencyTicks(towards);
    const before = rows.lastArrival(towards);
    const gap = Math.max(0, wheel.nowTick + latency - before);
    const delay = medium.delayTicks(towards, wheel.nowTick, latency, rows.loss(towards), bytes, gap);
    const at = Math.max(Math.round(wheel.nowTick + delay), before);
    rows.setLastArrival(towards, at);
    wheel.schedule(at, kind, towards, rows.generation(towards), seq, payload);
  }

  #arrived(end: number, kind: number, seq: number, payload: unknown): void {
    const { rows } = this;
    const { hubs, medium } = this.#host;
    const hub = rows.hub(end);
    const sender = rows.hub(end ^ 1);
    if ((this.#held.size > 0 && this.#held.has(end)) || (medium.broken && !medium.hears(sender, hub))) {
      this.#hold(end, { kind, seq, payload });
      return;
    }
    const state = hubs.state(hub);
    if (state === OFF || this.#isLostWithSender(end, sender)) return;
    if (rows.state(end) === END_CLOSED) {
      if ((this.#partingUntil.get(end) ?? 0) <= this.#host.wheel.nowTick) this.#refuse(end);
      return;
    }
    if (kind === FIN) this.#reset(end, payload as string);
    else this.#deliver(end, hub, kind, seq, payload);
  }

  /** Nobody sends again what a board without power has sent once. */
  #isLostWithSender(end: number, sender: number): boolean {
    const { hubs, medium, wheel } = this.#host;
    if (hubs.state(sender) !== OFF) return false;
    const latestTick = hubs.offSince(sender) + this.rows.latencyTicks(end) * (1 + medium.settings.jitter) + 1;
    return wheel.nowTick > latestTick;
  }

  #deliver(end: number, hub: number, kind: number, seq: number, payload: unknown): void {
    const linkId = this.rows.idOf(end);
    const heard = this.#heard(linkId, kind, seq, payload);
    const waiting = this.#host.hubs.state(hub) === STALLED ? ESTIMATED_BYTES : 0;
    if (waiting > 0) {
      const full = this.rows.waitingBytes(end) + waiting > this.#host.medium.settings.socketBytesMax;
      if (full) {
        this.#reset(end ^ 1, "the other end does not read");
        return;
      }
    }
    this.#host.input(hub, { type: "frame", linkId, heard }, end, waiting);
  }

  #heard(linkId: number, kind: number, seq: number, payload: unknown): HeardFrame {
    const { wire } = this.#host;
    if (wire !== undefined) return wire.decode(linkId, payload as Uint8Array);
    return kind === LINK_FRAME
      ? { form: "link", seq, message: payload as Message }
      : { form: "routed", frame: payload as RoutedFrame };
  }

  /** A frame for a link that this end has closed: the kernel says so. */
  #refuse(end: number): void {
    const other = end ^ 1;
    if (this.rows.state(other) === END_CLOSED) return;
    const { wheel } = this.#host;
    const at = wheel.nowTick + this.rows.latencyTicks(end);
    wheel.schedule(Math.round(at), RESET, other, this.rows.generation(other), 0, "reset");
  }

  #hold(end: number, item: Held): void {
    const held = this.#held.get(end);
    if (held !== undefined) {
      // A sender's socket is full long before this: what is left out here only ever belongs to a link that is given up.
      if (held.items.length < HELD_MAX) held.items.push(item);
    } else this.#held.set(end, { sinceTick: this.#host.wheel.nowTick, items: [item] });
  }

  #resume(end: number): void {
    const held = this.#held.get(end);
    const { rows } = this;
    if (held === undefined || !this.#host.medium.hears(rows.hub(end ^ 1), rows.hub(end))) return;
    this.#held.delete(end);
    const generation = this.rows.generation(end);
    for (const { kind, seq, payload } of held.items) {
      if (this.rows.generation(end) === generation) this.#arrived(end, kind, seq, payload);
    }
  }

  #syn(dialler: number, target: number, latencyMs: number, tries: number): void {
    const { wheel, hubs, medium } = this.#host;
    const state = hubs.state(target);
    if (hubs.state(dialler) !== RUNNING) return;
    if (state === OFF || state === STALLED || !medium.hears(dialler, target) || !medium.hears(target, dialler)) {
      this.#synLost(dialler, target, latencyMs, tries);
      return;
    }
    if (state === KILLED) {
      wheel.schedule(wheel.nowTick + Math.round(latencyMs * TICKS_PER_MS), DIAL_FAILED, dialler, target, 0, undefined);
      return;
    }
    const { setupRoundTrips, handshakeCpuMs } = medium.settings;
    const latencyTicks = latencyMs * TICKS_PER_MS;
    const row = this.rows.add(dialler, target, latencyTicks, medium.topology.loss(dialler, target));
    const proven = this.#handshakes(dialler, target, handshakeCpuMs);
    // The dialler's last word of the set-up is half a round trip on its way to the other end, and half a round trip has passed.
    const accepted = proven + Math.max(0, setupRoundTrips * 2 - 2) * latencyTicks;
    for (const [end, at] of [
      [row * 2, accepted + latencyTicks],
      [row * 2 + 1, accepted],
    ] as const) {
      (this.#endsOf[this.rows.hub(end)] as number[]).push(end);
      this.rows.setLastArrival(end, Math.round(at));
      wheel.schedule(Math.round(at), OPENED, end, this.rows.generation(end), 0, undefined);
    }
  }

  /** Both processors prove and check, one handshake after the other. @returns when both have done so. */
  #handshakes(a: number, b: number, cpuMs: number): number {
    const { wheel, hubs } = this.#host;
    let doneTick = wheel.nowTick;
    for (const hub of [a, b]) {
      doneTick = Math.max(doneTick, hubs.work(hub, wheel.nowTick, cpuMs * TICKS_PER_MS));
    }
    return doneTick;
  }

  #dialTimesOut(hub: number, target: number): void {
    const { wheel, medium } = this.#host;
    const at = wheel.nowTick + medium.settings.dialTimeoutMs * TICKS_PER_MS;
    wheel.schedule(at, DIAL_FAILED, hub, target, 0, undefined);
  }

  #opened(end: number): void {
    const { rows } = this;
    const { hubs, medium } = this.#host;
    const hub = rows.hub(end);
    const peer = rows.hub(end ^ 1);
    if (rows.state(end) !== END_OPENING) return;
    const dialled = (end & 1) === 0;
    if (hubs.state(hub) === OFF || hubs.state(hub) === KILLED) return;
    if (rows.state(end ^ 1) === END_CLOSED || !medium.hears(peer, hub) || !medium.hears(hub, peer)) {
      this.#shut(end);
      if (dialled) this.#dialTimesOut(hub, peer);
      this.#tidy(end);
      return;
    }
    rows.setState(end, END_OPEN);
    this.#unanswered.end(hub, peer);
    if (rows.state(end ^ 1) === END_OPEN) this.#host.linksChanged(hub, peer, true);
    this.#host.input(hub, { type: "link-opened", linkId: rows.idOf(end), dialled, peer: this.#idOf(peer) }, end, 0);
  }

  #reset(end: number, reason: string): void {
    const { rows } = this;
    const hub = rows.hub(end);
    const state = rows.state(end);
    if (state === END_CLOSED) return;
    const linkId = rows.idOf(end);
    const peer = rows.hub(end ^ 1);
    this.#shut(end);
    if (state === END_OPEN) this.#host.input(hub, { type: "link-closed", linkId, reason }, -1, 0);
    else if ((end & 1) === 0) this.#host.input(hub, { type: "dial-failed", hub: this.#idOf(peer) }, -1, 0);
    this.#tidy(end);
  }

  #shut(end: number): void {
    const { rows } = this;
    if (rows.state(end) === END_OPEN && rows.state(end ^ 1) === END_OPEN)
      this.#host.linksChanged(rows.hub(end), rows.hub(end ^ 1), false);
    rows.setState(end, END_CLOSED);
    this.#held.delete(end);
  }

  /** Gives the row back once both ends are closed. */
  #tidy(end: number): void {
    const { rows } = this;
    if (rows.state(end) !== END_CLOSED || rows.state(end ^ 1) !== END_CLOSED) return;
    for (const side of [end, end ^ 1]) {
      const ends = this.#endsOf[rows.hub(side)] as number[];
      const at = ends.indexOf(side);
      if (at >= 0) ends.splice(at, 1);
      // A path that is cut may hold frames for an end that has closed since: the row's next link must not wait behind them.
      this.#held.delete(side);
      this.#partingUntil.delete(side);
    }
    this.#host.wire?.forget(rows.idOf(end));
    this.#host.wire?.forget(rows.idOf(end ^ 1));
    rows.remove(end >> 1);
  }
}

/** A hub closes by halves: a reset would overtake its last words (`LAST_WORDS_MS` of io/link/session.ts). Unit: ms. */
const PARTING_MS = 25_000;
/** RFC 6298 §2: the first timer of a connection that has measured nothing; doubled with each try. Unit: ms. */
const SYN_RTO_MS = 1000;
/** A frame that waits in a socket, with its TLS record and the kernel's own accounting. */
const ESTIMATED_BYTES = 256;
/** A sender's socket buffer, in frames. */
const HELD_MAX = 4096;
