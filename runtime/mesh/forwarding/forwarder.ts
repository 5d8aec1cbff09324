/**
 * What becomes of a routed frame at one hub: it is for this hub, goes to a neighbour, waits for a lookup, or is dropped. Pure.
 * Each step follows the routes towards the destination's locator (`mesh/README.md`, Segments), which are free of loops once they
 * have settled (RFC 8966 §2.4). While they change a frame may come by twice: it then takes the feasible alternative. A link is
 * never cut on such a suspicion; the hop limit ends what is left.
 */
import type { HubId } from "../../core/ids.js";
import type { Locator } from "../../core/mesh.js";
import { HOPS_MAX, type Payload, type RoutedFrame } from "../../core/routed.js";
import { TokenBucket } from "../../core/token-bucket.js";
import type { Sink } from "../part.js";
import { FirstHops } from "./first-hops.js";
import { FORWARDING_DEFAULTS, type ForwardingSettings } from "./settings.js";
import { Transits } from "./transits.js";
import type { Ways } from "./ways.js";
import { OriginWindows } from "./windows.js";

export type Verdict =
  | { readonly type: "deliver" }
  | { readonly type: "send"; readonly to: HubId; readonly frame: RoutedFrame }
  /** Its place is unknown or no longer true: the directory keeps the frame and looks it up. */
  | { readonly type: "resolve"; readonly frame: RoutedFrame }
  /** Counted already. */
  | { readonly type: "drop"; readonly reason: DropReason };

export type DropReason = "hop-limit" | "loop" | "duplicate" | "late" | "old-epoch";

export interface ForwarderOptions {
  readonly hub: HubId;
  readonly epoch: number;
  readonly ways: Ways;
  /** What the directory has in its memory. */
  readonly known: (hub: HubId, nowMs: number) => Locator | undefined;
  /** What it has there of this hub has led frames in a circle: to be looked up anew. */
  readonly forget: (hub: HubId, nowMs: number) => void;
  readonly sink: Pick<Sink, "route" | "count">;
  readonly settings?: ForwardingSettings;
}

const DELIVER: Verdict = { type: "deliver" };
const DROPS = {
  "hop-limit": { type: "drop", reason: "hop-limit" },
  loop: { type: "drop", reason: "loop" },
  duplicate: { type: "drop", reason: "duplicate" },
  late: { type: "drop", reason: "late" },
  "old-epoch": { type: "drop", reason: "old-epoch" },
} as const satisfies { readonly [R in DropReason]: Verdict };

const COUNTERS = {
  "hop-limit": "mesh.forwarding.hopLimit",
  loop: "mesh.forwarding.loop",
  duplicate: "mesh.forwarding.duplicate",
  late: "mesh.forwarding.late",
  "old-epoch": "mesh.forwarding.oldEpoch",
} as const satisfies { readonly [R in DropReason]: string };

export const UNREACHABLE = "UNREACHABLE";
/** `wire/PROTOCOL.md`, section 4. An ERROR is never answered with an ERROR, and what is only passed on is not decoded. */
export const ERROR_NUMBER = 20;

export class Forwarder {
  readonly #hub: HubId;
  readonly #epoch: number;
  readonly #ways: Ways;
  readonly #known: ForwarderOptions["known"];
  readonly #forget: ForwarderOptions["forget"];
  readonly #sink: ForwarderOptions["sink"];
  readonly #settings: ForwardingSettings;
  readonly #firstHops: FirstHops;
  readonly #errors: TokenBucket;
  // Most hubs of a large mesh pass little on: these come into being with the first frame.
  #proven: OriginWindows | undefined;
  #hearsay: OriginWindows | undefined;
  #transits: Transits | undefined;
  #seq = 0;

  constructor({ hub, epoch, ways, known, forget, sink, settings = FORWARDING_DEFAULTS }: ForwarderOptions) {
    this.#hub = hub;
    this.#epoch = epoch;
    this.#ways = ways;
    this.#known = known;
    this.#forget = forget;
    this.#sink = sink;
    this.#settings = settings;
    this.#firstHops = new FirstHops(settings);
    this.#errors = new TokenBucket(settings.errorsPerSecond, settings.errorsPerSecond);
  }

  /** A frame of this hub's own, with the next number. */
  frameTo(dst: HubId, payload: Payload, locator?: Locator): RoutedFrame {
    this.#seq += 1;
    return { src: this.#hub, srcEpoch: this.#epoch, dst, locator, hops: 0, seq: this.#seq, payload };
  }

  /** @param from the neighbour that handed it over; undefined for a frame of this hub's own, and for one that the directory has released. */
  forward(frame: RoutedFrame, from: HubId | undefined, nowMs: number): Verdict {
    if (frame.dst === this.#hub) return this.arrive(frame, true, nowMs);
    if (from === undefined && frame.src === this.#hub) return this.#leave(frame, nowMs);
    if (frame.hops >= HOPS_MAX) return this.#drop("hop-limit");
    return this.#passOn(frame, from, nowMs);
  }

  /** A frame for this hub is delivered when it comes for the first time. @param proven its source has said it (`Proofs`). */
  arrive({ src, srcEpoch, seq }: RoutedFrame, proven: boolean, nowMs: number): Verdict {
    const freshness = this.#windowsOf(proven).take(src, srcEpoch, seq, nowMs);
    return freshness === "fresh" ? DELIVER : this.#drop(freshness);
  }

  /** Says so to the source, so that it looks the destination up anew; not too often. The frame itself is lost. */
  unreachable(frame: RoutedFrame, nowMs: number): void {
    this.#sink.count("mesh.forwarding.unreachable");
    this.#tellSource(frame, nowMs);
  }

  #tellSource(frame: RoutedFrame, nowMs: number): void {
    if (frame.src === this.#hub || isError(frame.payload) || !this.#errors.take(nowMs)) return;
    this.#sink.route(frame.src, {
      type: "ERROR",
      code: UNREACHABLE,
      fault: "local",
      detail: "no way to this hub from here",
      hub: frame.dst,
    });
  }

  /** What became of something sent to `to` that should have been acknowledged. */
  learn(to: HubId, acknowledged: boolean, nowMs: number): void {
    const verdict = this.#firstHops.learn(to, acknowledged);
    if (verdict === undefined) return;
    this.#sink.count("mesh.forwarding.blackHole");
    this.#ways.penalise(verdict.via, nowMs + verdict.penaltyMs, nowMs);
  }

  neighbourDown(hub: HubId): void {
    this.#firstHops.neighbourDown(hub);
  }

  #windowsOf(proven: boolean): OriginWindows {
    const { hearsayJumpMax, originsMax } = this.#settings;
    if (proven) {
      this.#proven ??= new OriginWindows(originsMax);
      return this.#proven;
    }
    this.#hearsay ??= new OriginWindows(originsMax, hearsayJumpMax);
    return this.#hearsay;
  }

  #leave(frame: RoutedFrame, nowMs: number): Verdict {
    const { dst } = frame;
    const locator = frame.locator ?? this.#known(dst, nowMs);
    const best = this.#ways.nextHop(dst, locator);
    if (best === undefined) return { type: "resolve", frame };
    const lost = this.#firstHops.failedVia(dst);
    const to = best === lost ? (this.#ways.alternative(dst, locator, best) ?? best) : best;
    this.#firstHops.sent(dst, to);
    return { type: "send", to, frame: locator === frame.locator ? frame : moved(frame, locator, frame.hops) };
  }

  #passOn(frame: RoutedFrame, from: HubId | undefined, nowMs: number): Verdict {
    const { dst } = frame;
    this.#transits ??= new Transits(this.#settings.transitsMax);
    const visits = this.#transits.visit(frame.src, frame.srcEpoch, frame.seq);
    if (visits > this.#settings.visitsMax) {
      // What leads in circles may be what the source believes of its place, or what hubs on the way do that "knew better", this one perhaps among them.
      this.#tellSource(frame, nowMs);
      this.#forget(frame.dst, nowMs);
      return this.#drop("loop");
    }
    let { locator } = frame;
    let next = this.#ways.nextHop(dst, locator);
    if (next === undefined) {
      // It has moved, or its region is gone: perhaps this hub knows better than the source did.
      locator = this.#known(dst, nowMs);
      if (locator !== undefined && locator !== frame.locator) next = this.#ways.nextHop(dst, locator);
      if (next === undefined) return { type: "resolve", frame };
    }
    // Every other visit, and instead of straight back: the other way, where there is one.
    if (visits % 2 === 0 || next === from) next = this.#ways.alternative(dst, locator, next) ?? next;
    if (visits > 1) this.#sink.count("mesh.forwarding.seenAgain");
    return { type: "send", to: next, frame: moved(frame, locator, frame.hops + 1) };
  }

  #drop(reason: DropReason): Verdict {
    this.#sink.count(COUNTERS[reason]);
    return DROPS[reason];
  }
}

/** Written out: a spread copies by name and is several times slower. */
function moved(frame: RoutedFrame, locator: Locator | undefined, hops: number): RoutedFrame {
  const { src, srcEpoch, dst, seq, payload } = frame;
  return { src, srcEpoch, dst, locator, hops, seq, payload };
}

function isError(payload: Payload): boolean {
  return "number" in payload ? payload.number === ERROR_NUMBER : payload.type === "ERROR";
}
