/**
 * Finding back what was lost: a hub that has lost others tries one of them now and then, for ever; the first that
 * answers after a long split tells its side, whose hubs then all try theirs. Pure.
 */
import type { HubId } from "../../core/ids.js";
import type { MessageOf } from "../../core/messages.js";
import type { Rng } from "../../core/time.js";
import { jittered, sample } from "../chance.js";
import type { OverlayContext } from "./context.js";
import type { Dialler } from "./dialler.js";
import { isLost, type Peer, recordOf, wasLinked } from "./peer-memory.js";

/** A hub back after less was restarted, not cut off. Unit: ms. */
const SPLIT_MIN_MS = 10_000;
/** Fewer lost hubs are no split. */
const SPLIT_MIN_HUBS = 3;
/** A wave goes so far: with six links each, some two hundred hubs try theirs. */
const WAVE_TTL = 3;
/** Each hub takes part in one wave in so long. Unit: ms. */
const WAVE_PAUSE_MS = 5000;
const WAVE_DIALS = 3;
const WAVE_RECORDS = 4;

export class Healing {
  readonly #context: OverlayContext;
  readonly #dialler: Dialler;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #waveMs = Number.NEGATIVE_INFINITY;
  /** Without any link since; +Infinity: there is one. */
  #aloneMs: number;
  #triesAlone = 0;
  #isolated = false;

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

  /** The hub has come up, or knows of somebody for the first time. */
  begin(nowMs: number): void {
    if (this.#context.links.size > 0 || this.#aloneMs !== Number.POSITIVE_INFINITY) return;
    this.#alone(nowMs);
  }

  /** @param lostMs since when the neighbour had been out of reach; +Infinity: it had not. */
  linked(hub: HubId, lostMs: number, nowMs: number): void {
    this.#aloneMs = Number.POSITIVE_INFINITY;
    this.#triesAlone = 0;
    this.#judge(nowMs);
    if (nowMs - lostMs < SPLIT_MIN_MS || this.#lost(nowMs, SPLIT_MIN_MS).length < SPLIT_MIN_HUBS) return;
    this.#wave(hub, WAVE_TTL, nowMs);
  }

  unlinked(nowMs: number, rng: Rng): void {
    if (this.#context.links.size === 0) this.#alone(nowMs);
    else this.#deadlineMs = Math.min(this.#deadlineMs, nowMs + jittered(rng, this.#context.settings.healIntervalMs));
    this.#judge(nowMs);
  }

  /** Another hub has found one of those that its side had lost. */
  onHeal(from: HubId, { ttl = 0 }: MessageOf<"NEIGHBOUR">, nowMs: number, rng: Rng): void {
    if (nowMs < this.#waveMs + WAVE_PAUSE_MS) return;
    this.#wave(from, Math.min(ttl, WAVE_TTL), nowMs);
    const lost = this.#lost(nowMs, 0);
    for (const peer of sample(rng, lost, WAVE_DIALS)) this.#dialler.attempt(peer, "random", nowMs, rng);
  }

  tick(nowMs: number, rng: Rng): void {
    if (nowMs < this.#deadlineMs) return;
    this.#judge(nowMs);
    const { links } = this.#context;
    const lost = links.size === 0 ? this.#everybody() : this.#lost(nowMs, 0);
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    if (lost.length === 0) return;
    let oldest = lost[0] as Peer;
    for (const peer of lost) if (peer.triedMs < oldest.triedMs) oldest = peer;
    this.#dialler.attempt(oldest, "random", nowMs, rng);
    this.#deadlineMs = nowMs + jittered(rng, this.#pauseMs(lost, nowMs));
    if (links.size === 0) this.#triesAlone = Math.min(this.#triesAlone + 1, 20);
    else this.#triesAlone = 0;
  }

  #pauseMs(lost: readonly Peer[], nowMs: number): number {
    const { healIntervalMs, isolatedRetryMs, trickleAfterMs, trickleMs } = this.#context.settings;
    if (this.#context.links.size === 0) return Math.min(healIntervalMs, isolatedRetryMs * 2 ** this.#triesAlone);
    const newest = lost.reduce((ms, peer) => Math.max(ms, peer.lostMs), Number.NEGATIVE_INFINITY);
    if (nowMs - newest > trickleAfterMs) return trickleMs;
    return this.#isolated ? healIntervalMs / 4 : healIntervalMs;
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
    for (const peer of peers.values()) {
      if (!wasLinked(peer)) continue;
      known += 1;
      if (isLost(peer) && nowMs - peer.lostMs < settings.trickleAfterMs) lost += 1;
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
    for (const hub of links.hubs()) {
      if (hub === except || told >= settings.fullMeshMax) continue;
      told += 1;
      sink.send(hub, { type: "NEIGHBOUR", op: "heal", ttl: ttl - 1, peers: records });
    }
  }

  #lost(nowMs: number, leastMs: number): Peer[] {
    const lost: Peer[] = [];
    for (const peer of this.#context.peers.values()) {
      if (isLost(peer) && !peer.linked && peer.dialling === undefined && nowMs - peer.lostMs >= leastMs)
        lost.push(peer);
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
