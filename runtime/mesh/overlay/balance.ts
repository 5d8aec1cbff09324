/**
 * Which links this hub wants, which it looks for, and which it gives up. Pure.
 *
 * A link stays for as long as one end wants it. A hub wants its `nearLinks` nearest, `randomLinks` at random, all of a small
 * mesh, and what resilience asks for (standby). Unlike X-BOT's four-way exchange (Leitão et al. 2009, §4) a nearer candidate is
 * linked first and the link it displaces is given up afterwards, when the other end does not want it either: no moment has
 * fewer links than before, and nothing has to be coordinated.
 */
import type { HubId } from "../../core/ids.js";
import type { Coordinate } from "../../core/mesh.js";
import type { Rng } from "../../core/time.js";
import { pick, sample } from "../chance.js";
import { linkDistanceMs, type OverlayContext } from "./context.js";
import type { Dialler } from "./dialler.js";
import type { OverlayLink } from "./links.js";
import { isStranger, isUndialable, type Peer, type Purpose } from "./peer-memory.js";

/** A near link keeps its place against one that is nearer by less than this: places do not follow jitter. */
const NEAR_HOLD = 0.8;
const IMPROVE_BACKOFF = 1.5;

export class Balance {
  readonly #context: OverlayContext;
  readonly #dialler: Dialler;
  #standby: readonly HubId[] = [];
  #improveMs = Number.NEGATIVE_INFINITY;
  #improvePauseMs: number;
  /** Whom the last attempt at a nearer link was for. */
  #improving: HubId | undefined;
  /** Strays are not looked for before this, which a lost link cuts short, nor before this hub has settled; NaN: it has just come up. Unit: ms. */
  #strayMs = Number.NEGATIVE_INFINITY;
  #strayFromMs = Number.NaN;
  /** Whether everybody links with everybody: of all hubs known, and of those found by discovery. */
  readonly #few = { all: true, local: true };
  /** Of those, with this hub. */
  #localCount = 1;
  /** Since when they have been too many; −Infinity: for long. The links of a full mesh stay for a while. */
  readonly #crowdedMs = { all: Number.POSITIVE_INFINITY, local: Number.POSITIVE_INFINITY };

  constructor(context: OverlayContext, dialler: Dialler) {
    this.#context = context;
    this.#dialler = dialler;
    this.#improvePauseMs = context.settings.improveMinMs;
  }

  get standby(): readonly HubId[] {
    return this.#standby;
  }

  set standby(hubs: readonly HubId[]) {
    this.#standby = hubs;
  }

  get fullMesh(): boolean {
    return this.#few.all;
  }

  /** Says what each link is for. O(links · log links). */
  assign(nowMs: number): void {
    const { links, settings } = this.#context;
    this.#countHubs(nowMs);
    const ranked = [...links.values()].map((link) => ({ link, rank: this.#rankOf(link) }));
    ranked.sort((a, b) => a.rank - b.rank || (a.link.neighbour.hub < b.link.neighbour.hub ? -1 : 1));
    let near = 0;
    let random = 0;
    for (const { link } of ranked) {
      const mesh = this.#isMesh(link, nowMs);
      if (near < settings.nearLinks) {
        near += 1;
        link.purpose = mesh ? "mesh" : "near";
      } else if (mesh) link.purpose = "mesh";
      else if (link.purpose === "random" && random < settings.randomLinks) random += 1;
      else link.purpose = this.#standby.includes(link.neighbour.hub) ? "standby" : "none";
    }
    // Links that others asked for are as good as random; the one that is last in the ranking is the farthest.
    for (const { link } of ranked.reverse()) {
      if (random >= settings.randomLinks) break;
      if (link.purpose !== "none") continue;
      link.purpose = "random";
      random += 1;
    }
  }

  /** Looks for what is missing.
   *  @returns when to look again; +Infinity when nothing is missing, or nobody is left to ask. */
  fill(nowMs: number, rng: Rng): number {
    const { links, settings } = this.#context;
    let nextMs = this.#fillListed(nowMs, rng);
    const wanted = settings.nearLinks + settings.randomLinks;
    let missing = wanted - links.size - this.#dialler.underWay;
    while (missing > 0 && this.#dialler.room > 0) {
      const random = this.#countOf("random") + this.#dialler.count("random") < settings.randomLinks;
      const candidate = random ? this.#anyCandidate(nowMs, rng) : this.#nearCandidate(nowMs, rng);
      if (candidate === undefined) break;
      // One that cannot be asked now is not asked again before its pause is over.
      if (!this.#dialler.attempt(candidate, random ? "random" : "near", nowMs, rng))
        this.#context.peers.failed(candidate, nowMs, rng);
      else missing -= 1;
    }
    if (missing > 0) nextMs = Math.min(nextMs, this.#nextReadyMs(nowMs));
    return Math.min(nextMs, this.#fillStrays(nowMs, rng));
  }

  /** A link was lost, so that others may be nearer than those that are left, and some may have been known through it alone. */
  unsettle(): void {
    this.#strayMs = Number.NEGATIVE_INFINITY;
    this.#improvePauseMs = this.#context.settings.improveMinMs;
    this.#improveMs = Number.NEGATIVE_INFINITY;
  }

  /** X-BOT: one step towards nearer links. */
  improve(nowMs: number, rng: Rng): void {
    const { links, settings } = this.#context;
    if (this.#few.all || this.#dialler.underWay > 0 || links.size < settings.nearLinks + settings.randomLinks) return;
    const tried = this.#improving === undefined ? undefined : links.get(this.#improving);
    this.#improving = undefined;
    // The last one became one of the nearest: more of the same may follow.
    if (tried?.purpose === "near") {
      this.#improvePauseMs = Math.max(settings.improveMinMs, this.#improvePauseMs / IMPROVE_BACKOFF ** 2);
      this.#improveMs = nowMs;
    }
    if (nowMs < this.#improveMs) return;
    let worstMs = 0;
    for (const link of links.values()) {
      if (link.purpose === "near") worstMs = Math.max(worstMs, linkDistanceMs(this.#context, link));
    }
    const candidate = this.#nearest(nowMs);
    if (candidate?.coordinate === undefined) return;
    const distanceMs = this.#distanceMs(candidate, candidate.coordinate);
    if (distanceMs >= worstMs * settings.nearerFactor) return;
    if (!this.#dialler.attempt(candidate, "near", nowMs, rng)) return;
    this.#improving = candidate.hub;
    this.#improveMs = nowMs + this.#improvePauseMs;
    this.#improvePauseMs = Math.min(settings.improveMaxMs, this.#improvePauseMs * IMPROVE_BACKOFF);
  }

  /** The link to give up now: idle for long enough, and not the only way to its hub.
   *  @returns also when to look again. */
  surplus(nowMs: number): { readonly link: OverlayLink | undefined; readonly nextMs: number } {
    const { links, settings } = this.#context;
    let nextMs = Number.POSITIVE_INFINITY;
    let surplus: OverlayLink | undefined;
    for (const link of links.values()) {
      const idle = link.purpose === "none" && !link.theyWant;
      if (!idle) link.idleMs = Number.POSITIVE_INFINITY;
      else if (link.idleMs === Number.POSITIVE_INFINITY) link.idleMs = nowMs;
      if (!idle || links.size <= settings.linksMin) continue;
      if (!links.isSpare(link.neighbour.hub)) continue;
      const dueMs = link.idleMs + settings.releaseAfterMs;
      if (nowMs >= dueMs && (surplus === undefined || link.idleMs < surplus.idleMs)) surplus = link;
      nextMs = Math.min(nextMs, Math.max(dueMs, nowMs + settings.releaseAfterMs / 4));
    }
    return { link: surplus, nextMs };
  }

  /** Hubs that a link is asked for by name: all of a small mesh, and standby links. */
  #fillListed(nowMs: number, rng: Rng): number {
    const { peers, settings, links } = this.#context;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const hub of this.#standby) {
      const peer = peers.get(hub);
      if (peer && peers.isReady(peer, nowMs)) this.#dialler.attempt(peer, "standby", nowMs, rng);
    }
    if (!this.#few.all && !this.#few.local) return nextMs;
    if (links.size >= settings.linksLimit) return nextMs;
    for (const peer of peers.values()) {
      if (peer.linked || peer.dialling !== undefined || !(this.#few.all || peer.local)) continue;
      if (isUndialable(peer)) continue;
      if (isStranger(peer) && nowMs < this.#dialler.strangersMs) continue;
      if (nowMs < peer.retryMs) nextMs = Math.min(nextMs, peer.retryMs);
      else if (this.#dialler.room <= 0) return nextMs;
      else this.#dialler.attempt(peer, "mesh", nowMs, rng);
    }
    return nextMs;
  }

  /**
   * Strays: found by this hub's own discovery, and yet no neighbour here has a link with them. Both ends may have links enough and be of two meshes
   * all the same, where this radio path is the only one between them. With every such path linked, or closed by a common neighbour, what
   * discovery connects is one mesh. Among more than `straysOfMax` on one segment, who all hear each other, random links see to that.
   * @returns when to look again; +Infinity when there are none.
   */
  #fillStrays(nowMs: number, rng: Rng): number {
    const { links, peers, settings } = this.#context;
    if (Number.isNaN(this.#strayFromMs)) this.#strayFromMs = nowMs + settings.straySettleMs;
    if (this.#localCount > settings.straysOfMax || links.size === 0) return Number.POSITIVE_INFINITY;
    const fromMs = Math.max(this.#strayFromMs, this.#strayMs);
    if (nowMs < fromMs) return fromMs;
    this.#strayMs = nowMs + settings.strayPauseMs;
    const strays: Peer[] = [];
    for (const peer of peers.values()) {
      if (peer.local && peers.isReady(peer, nowMs) && links.common(peer.hub).length === 0) strays.push(peer);
    }
    // Many of them may be gone, and each dial in vain takes until TCP gives up.
    for (const peer of sample(rng, strays, this.#dialler.room >> 1))
      if (!this.#dialler.attempt(peer, "random", nowMs, rng)) peers.failed(peer, nowMs, rng);
    return strays.length > 0 ? this.#strayMs : Number.POSITIVE_INFINITY;
  }

  /** A link of a full mesh; when there are too many for one, those that were made for it stay for `relaxAfterMs`. */
  #isMesh({ neighbour, purpose }: OverlayLink, nowMs: number): boolean {
    const local = this.#context.peers.get(neighbour.hub)?.local === true;
    if (this.#few.all || (this.#few.local && local)) return true;
    const sinceMs = this.#few.local ? this.#crowdedMs.all : Math.max(this.#crowdedMs.all, this.#crowdedMs.local);
    return purpose === "mesh" && nowMs < sinceMs + this.#context.settings.relaxAfterMs;
  }

  /** How many hubs there are, as far as it matters: few enough for a full mesh, or not. */
  #countHubs(nowMs: number): void {
    const { peers, links, settings } = this.#context;
    let all = 1;
    let local = 1;
    for (const peer of peers.values()) {
      if (!peer.linked && (isUndialable(peer) || peer.failures > FAILURES_OF_THE_GONE)) continue;
      all += 1;
      if (peer.local) local += 1;
    }
    if (all <= settings.fullMeshMax) {
      const others = new Set<HubId>();
      for (const { view } of links.values()) for (const hub of view) if (peers.get(hub) === undefined) others.add(hub);
      others.delete(this.#context.self.hub);
      all += others.size;
    }
    this.#localCount = local;
    this.#decide("all", all, nowMs);
    this.#decide("local", local, nowMs);
  }

  #decide(which: "all" | "local", count: number, nowMs: number): void {
    const few = count <= this.#context.settings.fullMeshMax;
    this.#few[which] = few;
    this.#crowdedMs[which] = few ? Number.POSITIVE_INFINITY : Math.min(this.#crowdedMs[which], nowMs);
  }

  #rankOf(link: OverlayLink): number {
    const held = link.purpose === "near" ? NEAR_HOLD : 1;
    // Random links and standby ones keep their place: they are there because they are not near.
    const apart = link.purpose === "random" || link.purpose === "standby" ? 1 / NEAR_HOLD : 1;
    return linkDistanceMs(this.#context, link) * held * apart;
  }

  #countOf(purpose: Purpose): number {
    let count = 0;
    for (const link of this.#context.links.values()) if (link.purpose === purpose) count += 1;
    return count;
  }

  #nearCandidate(nowMs: number, rng: Rng): Peer | undefined {
    const { links, settings } = this.#context;
    const needy = links.size < settings.linksMin;
    return (
      (needy ? this.#twoHopCandidate(nowMs, rng) : undefined) ?? this.#nearest(nowMs) ?? this.#anyCandidate(nowMs, rng)
    );
  }

  /** A neighbour's neighbour is alive, as far as anybody knows: after a great loss most that are remembered are not. */
  #twoHopCandidate(nowMs: number, rng: Rng): Peer | undefined {
    const { links, peers, self } = this.#context;
    const ready: Peer[] = [];
    for (const { view } of links.values()) {
      for (const hub of view) {
        if (hub === self.hub || links.has(hub)) continue;
        const peer = peers.get(hub) ?? peers.meet({ hub, addresses: [] }, "hearsay", nowMs);
        if (peer !== undefined && this.#mayDial(peer, nowMs)) ready.push(peer);
      }
    }
    return pick(rng, ready);
  }

  #nearest(nowMs: number): Peer | undefined {
    const { peers } = this.#context;
    let nearest: Peer | undefined;
    let nearestMs = Number.POSITIVE_INFINITY;
    for (const peer of peers.values()) {
      if (peer.coordinate === undefined || !this.#mayDial(peer, nowMs)) continue;
      const distanceMs = this.#distanceMs(peer, peer.coordinate);
      if (distanceMs >= nearestMs) continue;
      nearest = peer;
      nearestMs = distanceMs;
    }
    return nearest;
  }

  /** Measured once is better than estimated. */
  #distanceMs(peer: Peer, coordinate: Coordinate): number {
    return Number.isNaN(peer.rttMs) ? this.#context.coordinates.distanceTo(coordinate) : peer.rttMs;
  }

  #anyCandidate(nowMs: number, rng: Rng): Peer | undefined {
    const { peers } = this.#context;
    const ready: Peer[] = [];
    for (const peer of peers.values()) if (this.#mayDial(peer, nowMs)) ready.push(peer);
    return pick(rng, ready);
  }

  #mayDial(peer: Peer, nowMs: number): boolean {
    return this.#context.peers.isReady(peer, nowMs) && (nowMs >= this.#dialler.strangersMs || !isStranger(peer));
  }

  #nextReadyMs(nowMs: number): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const peer of this.#context.peers.values()) {
      if (peer.linked || peer.dialling !== undefined || isUndialable(peer)) continue;
      const readyMs = isStranger(peer) ? Math.max(peer.retryMs, this.#dialler.strangersMs) : peer.retryMs;
      if (readyMs > nowMs) nextMs = Math.min(nextMs, readyMs);
    }
    return nextMs;
  }
}

/** A hub that was reached before and failed so often (pauses of 1 + 2 + … + 64 s) is not counted as one of the mesh. */
const FAILURES_OF_THE_GONE = 6;
