/**
 * Finding back what was lost: a hub that has lost others tries one of them now and then, for ever, and tells its neighbours
 * that it searches: those that search share one pace, so that the group tries often and each of its hubs seldom. The first
 * that answers after a split tells its side, whose hubs then all try theirs. Pure.
 */
import type { HubId } from "../../core/ids.js";
import type { MessageOf } from "../../core/messages.js";
import type { Rng } from "../../core/time.js";
import { jittered, sample } from "../chance.js";
import type { OverlayContext } from "./context.js";
import type { Dialler } from "./dialler.js";
import type { OverlayLink } from "./links.js";
import { isLost, type Peer, recordOf, wasLinked } from "./peer-memory.js";

/** A hub back after less was restarted, not cut off. Unit: ms. */
const SPLIT_MIN_MS = 10_000;
/** Fewer lost hubs are no split. */
const SPLIT_MIN_HUBS = 3;
/** A wave goes so far beyond those that search: with six links each, to some two hundred hubs. Among those that search it goes
 *  on to the last, since each takes part once. */
const WAVE_TTL = 3;
/** Each hub takes part in one wave in so long. Unit: ms. */
const WAVE_PAUSE_MS = 5000;
const WAVE_DIALS = 3;
const WAVE_RECORDS = 4;
/** Dials of lost hubs at once; most are in vain and take until TCP gives up. The rest of `dialsMax` is for hubs that answer. */
const LOST_DIALS_MAX = 4;

export class Healing {
  readonly #context: OverlayContext;
  readonly #dialler: Dialler;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #waveMs = Number.NEGATIVE_INFINITY;
  /** Without any link since; +Infinity: there is one. */
  #aloneMs: number;
  #triesAlone = 0;
  #isolated = false;
  #searching = false;

  constructor(context: OverlayContext, dialler: Dialler) {
    this.#context = context;
    this.#dialler = dialler;
    this.#aloneMs = Number.POSITIVE_INFINITY;
  }

  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  get isolated(): boolean {
    return this.#isolated;
  }

  /** Whether there is somebody out of reach to be tried: neighbours that search too share the pace. */
  get searching(): boolean {
    return this.#searching;
  }

  /** The hub has come up, or knows of somebody for the first time. */
  begin(nowMs: number): void {
    if (this.#context.links.size > 0 || this.#aloneMs !== Number.POSITIVE_INFINITY) return;
    this.#alone(nowMs);
  }

  /** @param lostMs since when the neighbour had been out of reach; +Infinity: it had not. */
  linked(link: OverlayLink, lostMs: number, nowMs: number): void {
    this.#aloneMs = Number.POSITIVE_INFINITY;
    this.#triesAlone = 0;
    link.isBack = nowMs - lostMs >= SPLIT_MIN_MS;
    this.#judge(nowMs);
  }

  /** What a neighbour that is back says of its own neighbours: with some, and none of them in common, it is another side's. */
  viewed(link: OverlayLink, nowMs: number): void {
    if (!link.isBack || link.view.length === 0) return;
    link.isBack = false;
    const { hub } = link.neighbour;
    const { links } = this.#context;
    if (links.common(hub).length > 0 || nowMs < this.#waveMs + WAVE_PAUSE_MS) return;
    this.#wave(hub, WAVE_TTL, nowMs);
  }

  unlinked(nowMs: number, rng: Rng): void {
    if (this.#context.links.size === 0) this.#alone(nowMs);
    else this.#deadlineMs = Math.min(this.#deadlineMs, nowMs + jittered(rng, this.#groupPauseMs()));
    this.#judge(nowMs);
  }

  /** Another hub has found one of those that its side had lost. */
  onHeal(from: HubId, { ttl = 0 }: MessageOf<"NEIGHBOUR">, nowMs: number, rng: Rng): void {
    if (nowMs < this.#waveMs + WAVE_PAUSE_MS) return;
    this.#wave(from, Math.min(ttl, WAVE_TTL), nowMs);
    const lost = this.#lost();
    for (const peer of sample(rng, lost, WAVE_DIALS)) this.#dialler.attempt(peer, "lost", nowMs, rng);
  }

  tick(nowMs: number, rng: Rng): void {
    if (nowMs < this.#deadlineMs) return;
    this.#judge(nowMs);
    const alone = this.#context.links.size === 0;
    this.#triesAlone = alone ? Math.min(this.#triesAlone + 1, 20) : 0;
    this.#deadlineMs =
      alone || this.#searching ? nowMs + jittered(rng, this.#pauseMs(nowMs)) : Number.POSITIVE_INFINITY;
    const candidates = alone ? this.#everybody() : this.#lost();
    if (this.#dialler.count("lost") >= LOST_DIALS_MAX) return;
    let oldest = candidates[0];
    for (const peer of candidates) if (oldest === undefined || peer.triedMs < oldest.triedMs) oldest = peer;
    if (oldest === undefined) return;
    if (this.#dialler.attempt(oldest, "lost", nowMs, rng)) return;
    // Nobody knows how to reach it now: the others have their turn.
    oldest.triedMs = nowMs;
  }

  #pauseMs(nowMs: number): number {
    const { healIntervalMs, isolatedRetryMs, trickleAfterMs, trickleMs } = this.#context.settings;
    if (this.#context.links.size === 0) return Math.min(healIntervalMs, isolatedRetryMs * 2 ** this.#triesAlone);
    let newestMs = Number.NEGATIVE_INFINITY;
    for (const peer of this.#context.peers.values()) if (isLost(peer)) newestMs = Math.max(newestMs, peer.lostMs);
    return nowMs - newestMs > trickleAfterMs ? trickleMs : this.#groupPauseMs();
  }

  /** Whoever has lost others shares the pace with the neighbours that have. */
  #groupPauseMs(): number {
    const { healIntervalMs, healIntervalMaxMs } = this.#context.settings;
    let group = 1;
    for (const link of this.#context.links.values()) if (link.theySearch) group += 1;
    return Math.min(healIntervalMaxMs, healIntervalMs * group);
  }

  #alone(nowMs: number): void {
    this.#aloneMs = nowMs;
    this.#deadlineMs = Math.min(this.#deadlineMs, nowMs + this.#context.settings.isolatedRetryMs);
  }

  /** No link for a while, or most of those ever linked with out of reach. */
  #judge(nowMs: number): void {
    const { settings, peers, sink } = this.#context;
    let known = 0;
    let lost = 0;
    this.#searching = false;
    for (const peer of peers.values()) {
      if (!wasLinked(peer)) continue;
      known += 1;
      if (!isLost(peer)) continue;
      this.#searching = true;
      if (nowMs - peer.lostMs < settings.trickleAfterMs) lost += 1;
    }
    const most = lost >= SPLIT_MIN_HUBS && lost > known * settings.isolatedShare;
    const isolated = nowMs >= this.#aloneMs + settings.isolatedAfterMs || most;
    if (isolated === this.#isolated) return;
    this.#isolated = isolated;
    sink.notice({ type: "isolated", isolated });
  }

  /** Tells the neighbours, but not the one it came from, that it is worth trying now. */
  #wave(except: HubId, ttl: number, nowMs: number): void {
    this.#waveMs = nowMs;
    if (ttl <= 0) return;
    const { links, sink, peers, settings } = this.#context;
    const found = peers.get(except);
    const records = found ? [recordOf(found)].slice(0, WAVE_RECORDS) : [];
    let told = 0;
    for (const { neighbour, theySearch } of links.values()) {
      if (neighbour.hub === except || told >= settings.fullMeshMax) continue;
      told += 1;
      const left = theySearch ? ttl : ttl - 1;
      sink.send(neighbour.hub, { type: "NEIGHBOUR", op: "heal", ttl: left, peers: records });
    }
  }

  #lost(): Peer[] {
    const lost: Peer[] = [];
    for (const peer of this.#context.peers.values()) {
      if (isLost(peer) && !peer.linked && peer.dialling === undefined) lost.push(peer);
    }
    return lost;
  }

  /** An isolated hub asks whomever it has heard of. */
  #everybody(): Peer[] {
    const all: Peer[] = [];
    for (const peer of this.#context.peers.values()) if (!peer.linked && peer.dialling === undefined) all.push(peer);
    return all;
  }
}
