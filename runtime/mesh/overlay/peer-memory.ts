/**
 * Every hub that this hub has linked with or heard of: HyParView's passive view that does not forget. Failed ones stay, so
 * that the halves of a long split find each other again. Pure. Bounded by `peersMax`; `usefulness` says who goes first.
 */
import type { HubId } from "../../core/ids.js";
import type { Coordinate, HubAddress, PeerRecord } from "../../core/mesh.js";
import type { Rng } from "../../core/time.js";
import { jittered } from "../chance.js";
import type { OverlaySettings } from "./settings.js";

/** How a record came: from the hub itself over a proven link, from this hub's own discovery, or from somebody else. */
export type Source = "itself" | "discovery" | "hearsay";

/** Why a link is asked for, and why it is kept. "none": nobody here wants it. */
export type Purpose = "none" | "near" | "random" | "mesh" | "standby";
/** "lost": to find back who was lost; mostly in vain. */
export type DialPurpose = Purpose | "lost";

export interface Peer {
  readonly hub: HubId;
  addresses: readonly HubAddress[];
  coordinate: Coordinate | undefined;
  /** Addresses from the hub itself or from discovery: hearsay does not replace them. */
  firsthand: boolean;
  /** Found by this hub's own discovery: on its segment, or within its radio's reach. */
  local: boolean;
  linked: boolean;
  /** Of the last link; NaN: none was measured. Unit: ms. */
  rttMs: number;
  /** What the dial that is under way is for. */
  dialling: DialPurpose | undefined;
  dialUntilMs: number;
  /** The last attempt was a request to be dialled, not a dial. */
  asked: boolean;
  /** −Infinity: never. */
  linkedMs: number;
  heardMs: number;
  /** Since when it is out of reach although nobody decided so; +Infinity: it is not. */
  lostMs: number;
  /** Dials in vain since the last success. */
  failures: number;
  /** Links in a row that ended at once. */
  brief: number;
  /** Not dialled before, unless it is to heal a split. */
  retryMs: number;
  triedMs: number;
}

/** A hub that was never reached and failed this often cannot be dialled from here: another segment, out of radio reach. */
const UNDIALABLE_FAILURES = 3;

export class PeerMemory {
  #peers: Map<HubId, Peer> | undefined;

  constructor(
    readonly self: HubId,
    readonly settings: OverlaySettings,
  ) {}

  get size(): number {
    return this.#peers?.size ?? 0;
  }

  get(hub: HubId): Peer | undefined {
    return this.#peers?.get(hub);
  }

  values(): Iterable<Peer> {
    return this.#peers?.values() ?? NOBODY;
  }

  /** Takes in what is told of a hub.
   *  @returns undefined for this hub itself, and when the memory is full of more useful ones. */
  meet({ hub, addresses, coordinate }: PeerRecord, source: Source, nowMs: number): Peer | undefined {
    if (hub === this.self) return undefined;
    const peer = this.#peers?.get(hub) ?? this.#add(hub, nowMs);
    if (peer === undefined) return undefined;
    const firsthand = source !== "hearsay";
    if (addresses.length > 0 && (firsthand || !peer.firsthand || peer.failures >= UNDIALABLE_FAILURES)) {
      peer.addresses = addresses;
      peer.firsthand = firsthand;
    }
    if (coordinate !== undefined && (firsthand || !peer.linked)) peer.coordinate = coordinate;
    if (source === "discovery") peer.local = true;
    peer.heardMs = nowMs;
    return peer;
  }

  linked(hub: HubId, nowMs: number): Peer | undefined {
    const peer = this.#peers?.get(hub) ?? this.#add(hub, nowMs);
    if (peer === undefined) return undefined;
    peer.linked = true;
    peer.dialling = undefined;
    peer.failures = 0;
    peer.retryMs = Number.NEGATIVE_INFINITY;
    peer.lostMs = Number.POSITIVE_INFINITY;
    peer.linkedMs = nowMs;
    peer.heardMs = nowMs;
    return peer;
  }

  /** @param decided the link went by decision, of either end. */
  unlinked(hub: HubId, rttMs: number, decided: boolean, nowMs: number, rng: Rng): void {
    const peer = this.#peers?.get(hub);
    if (peer === undefined) return;
    const { briefMs, briefRetryMsMax, busyMs, retryMinMs } = this.settings;
    peer.brief = nowMs - peer.linkedMs < briefMs ? Math.min(20, peer.brief + 1) : 0;
    peer.linked = false;
    peer.rttMs = rttMs;
    peer.linkedMs = nowMs;
    if (decided) peer.retryMs = nowMs + jittered(rng, busyMs);
    else {
      peer.lostMs = nowMs;
      // A link that broke is often back at once: a restart, a switch of the channel.
      const pauseMs = retryMinMs * 2 ** Math.max(0, peer.brief - 1);
      peer.retryMs = nowMs + jittered(rng, Math.min(briefRetryMsMax, pauseMs));
    }
  }

  failed(peer: Peer, nowMs: number, rng: Rng): void {
    const { retryMinMs, retryMaxMs, localRetryMaxMs } = this.settings;
    peer.dialling = undefined;
    const mostMs = peer.local && !wasLinked(peer) ? localRetryMaxMs : retryMaxMs;
    peer.retryMs = nowMs + jittered(rng, Math.min(mostMs, retryMinMs * 2 ** Math.min(20, peer.failures)));
    peer.failures += 1;
    if (peer.lostMs === Number.POSITIVE_INFINITY && wasLinked(peer)) peer.lostMs = nowMs;
  }

  /** May be dialled now to fill the view. */
  isReady(peer: Peer, nowMs: number): boolean {
    return !peer.linked && peer.dialling === undefined && nowMs >= peer.retryMs && !isUndialable(peer);
  }

  #add(hub: HubId, nowMs: number): Peer | undefined {
    if (hub === this.self) return undefined;
    this.#peers ??= new Map();
    if (this.#peers.size >= this.settings.peersMax && !this.#makeRoom()) return undefined;
    const peer = newPeer(hub, nowMs);
    this.#peers.set(hub, peer);
    return peer;
  }

  #makeRoom(): boolean {
    let least: Peer | undefined;
    for (const peer of this.values()) {
      if (peer.linked || peer.dialling !== undefined) continue;
      if (least === undefined || usefulness(peer) < usefulness(least)) least = peer;
    }
    return least !== undefined && (this.#peers?.delete(least.hub) ?? false);
  }
}

/** Once linked with: a way to heal by. Then discovery's, then the freshest; what failed first is the least. */
function usefulness(peer: Peer): number {
  if (wasLinked(peer)) return 2e15 + peer.linkedMs;
  return (peer.local ? 1e15 : 0) + peer.heardMs - peer.failures * 60_000;
}

const NOBODY: readonly Peer[] = Object.freeze([]);

function newPeer(hub: HubId, nowMs: number): Peer {
  return {
    hub,
    addresses: NO_ADDRESSES,
    coordinate: undefined,
    firsthand: false,
    local: false,
    linked: false,
    rttMs: Number.NaN,
    dialling: undefined,
    dialUntilMs: Number.POSITIVE_INFINITY,
    asked: false,
    linkedMs: Number.NEGATIVE_INFINITY,
    heardMs: nowMs,
    lostMs: Number.POSITIVE_INFINITY,
    failures: 0,
    brief: 0,
    retryMs: Number.NEGATIVE_INFINITY,
    triedMs: Number.NEGATIVE_INFINITY,
  };
}

const NO_ADDRESSES: readonly HubAddress[] = Object.freeze([]);

export function wasLinked(peer: Peer): boolean {
  return peer.linkedMs !== Number.NEGATIVE_INFINITY;
}

/** Known by hearsay alone. */
export function isStranger(peer: Peer): boolean {
  return !peer.local && !wasLinked(peer);
}

export function isLost(peer: Peer): boolean {
  return peer.lostMs !== Number.POSITIVE_INFINITY;
}

/** Tried in vain and never reached: it is another's to reach. Who was found on this hub's own segment is there, and was busy or off. */
export function isUndialable(peer: Peer): boolean {
  return !peer.local && peer.failures >= UNDIALABLE_FAILURES && !wasLinked(peer);
}

export function recordOf({ hub, addresses, coordinate }: Peer): PeerRecord {
  return coordinate === undefined ? { hub, addresses } : { hub, addresses, coordinate };
}
