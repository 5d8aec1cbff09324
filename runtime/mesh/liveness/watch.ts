/**
 * What this hub observes of one neighbour: when it was heard, what it was asked, how long answers take. Pure.
 * One small flat object for each link: a mesh of 100,000 hubs keeps 600,000 of them in one process.
 */
import type { HubId } from "../../core/ids.js";
import type { Neighbour } from "../../core/mesh.js";
import type { LocalHealth } from "./health.js";
import type { LivenessSettings } from "./settings.js";

/** Nothing is asked. */
export const CALM = -1;
const NOTHING_MEASURED = -1;
const NOBODY: readonly HubId[] = Object.freeze([]);
/** As TCP's (RFC 6298 §2): a new sample weighs one eighth … */
const SRTT_GAIN = 1 / 8;
/** … and more when it is less than expected and the last one is old: queues and busy processors only ever add. Unit: ms. */
const SRTT_MEMORY_MS = 8000;
/** As TCP's: the variation grows by a quarter of what it lacks … */
const RTTVAR_RISE = 1 / 4;
/** … but falls slowly, since retransmissions come once in many beats: TCP, with many samples in a round trip, may forget in 4. Unit: ms. */
const RTTVAR_MEMORY_MS = 12_000;
/** Four times as much is half of the least answer time: the link has been busy, or its ends have, and is measured often until it is known again. Unit: ms. */
const RTTVAR_CALM_MS = 19;
const OFTEN_MS = 2000;
/** Of a link that was not observed yet. Below it nothing changes: suspicion outlasts that much in any case. */
export const LOSS_USUAL = 1 / 100;
/** More beats than one of the last thirty were sent again. 0 … 1. */
export const LOSSY = 0.05;
/** Beats that are remembered. A weighted mean would take two minutes to forget what a busy start looked like. */
const LOSS_BEATS = 30;
/** Beats that a link must have carried before it passes for one that loses nothing: of links that lose a tenth each way, two in a thousand hide it so long. */
const BEATS_KNOWN = LOSS_BEATS;
/** What is later than this was sent again: TCP does so after 200 ms, and on Linux nothing comes between 150 and 200 for that reason, while on a busy machine much does. Unit: ms. */
const RESENT_MS = 190;
/** Less than what is left of a retransmission once the grace of a beat is over. Unit: ms. */
const OVERDUE_MS = 90;
/** Smaller changes of the smoothed round trip are nobody's business. */
const NOTICED_CHANGE = 0.1;
const NOTICED_CHANGE_MS = 0.5;

/** What is shown is the least of so many samples, at most twice as many: delays only ever add to a link's own, so the least tells of the link and the rest of busy
 *  machines. As BBR's windowed minimum (Cardwell et al. 2016), in blocks, with two numbers. Raise: steadier; lower: a longer way is seen sooner. */
const LEAST_OF = 8;

/** Who waits to be told whether this neighbour is heard, and through whom. */
export interface Asker {
  readonly hub: HubId;
  readonly via: HubId | undefined;
}

/** What passes beside the link, as datagrams. */
export interface Beside {
  /** Those of this hub have been answered of late. */
  getThrough: boolean;
  /** Whether they get through is being tried. */
  isTried: boolean;
  /** Of this hub's newest ping, from 1. */
  number: number;
  pingedMs: number;
  /** When it was last tried whether they get through, while nothing was wrong. Unit: ms. */
  triedMs: number;
  /** How often, since the last answer. */
  tries: number;
  /** Pings of this silence since the last answer. */
  pressed: number;
  /** When the next ping is due. Unit: ms. */
  dueMs: number;
  /** When the last was answered. Unit: ms. */
  answeredMs: number;
  /** What answers take, of late: the hub's own delay, since nothing is sent again. Unit: ms. */
  delayMs: number;
  /** Of the neighbour's newest ping. */
  heardNumber: number;
  /** When anything came from there. Unit: ms. */
  heardMs: number;
}

export class Watch {
  readonly hub: HubId;
  epoch: number;
  /** The lower id beats, the other end answers, and asks by itself only when a beat is late. */
  readonly beats: boolean;
  /** Who else has a link with it, as it says. */
  watchers: readonly HubId[] = NOBODY;
  /** Unanswered pings since it was last heard; CALM when none is out. */
  misses = CALM;
  /** The neighbour was accused, or somebody asks about it: hearing it must be told. */
  disturbed = false;
  patiencePercent = 100;
  /** Its hub lives, but what goes over the link waits. */
  isStalled = false;
  /** It has said that it hears nothing and gives this link up: whoever says so lives. */
  parted = false;
  /** The next beat comes this much earlier, so that the beats of a hub's links stay spread over the interval. Whole. Unit: ms. */
  earlyMs = 0;
  askers: Asker[] | undefined = undefined;
  /** When it was last told what is said of it, in whole `freshMs`. */
  warnedAt = -1;
  creditSecond = -1;
  credits = 0;
  pings = 0;
  readonly beside: Beside = {
    getThrough: false,
    isTried: true,
    number: 0,
    pingedMs: Number.NEGATIVE_INFINITY,
    triedMs: 0,
    tries: 0,
    pressed: 0,
    dueMs: Number.POSITIVE_INFINITY,
    answeredMs: Number.NEGATIVE_INFINITY,
    delayMs: 0,
    heardNumber: 0,
    heardMs: Number.NEGATIVE_INFINITY,
  };
  heardMs: number;
  /** The newest ping whose answer is to be measured: the first of its silence. */
  pingMs: number;
  #pingSeq = NOTHING_MEASURED;
  /** A bit for each of the last beats, the newest lowest: whether it was sent again. */
  #resent: number;
  /** Between the last two pings that were to be measured, whole. Unit: ms. */
  #pauseMs = 0;
  /** Beats whose delay was compared, at most `BEATS_KNOWN`. */
  #compared = 0;
  #comparedMs = Number.NEGATIVE_INFINITY;
  #srttMs = Number.NaN;
  #rttvarMs = Number.NaN;
  #noticedMs = Number.NaN;
  /** Of this block of samples, and of the one before it. */
  #leastMs = Number.POSITIVE_INFINITY;
  #leastBeforeMs = Number.POSITIVE_INFINITY;
  #samples = 0;

  /** @param loss what is known of the link, or of this hub's links together. 0 … 1.
   *  @param wasClean the link that this one follows was known for a good one. */
  constructor(neighbour: Neighbour, beats: boolean, nowMs: number, loss = LOSS_USUAL, wasClean = false) {
    if (wasClean) this.#compared = BEATS_KNOWN;
    this.#resent = loss > LOSS_USUAL ? 2 ** Math.min(Math.ceil(loss * LOSS_BEATS), LOSS_BEATS - 1) - 1 : 0;
    this.hub = neighbour.hub;
    this.epoch = neighbour.epoch;
    this.beats = beats;
    this.heardMs = nowMs;
    this.pingMs = nowMs;
  }

  /** Smoothed. Unit: ms. NaN before the first answer. */
  get rttMs(): number {
    return this.#srttMs;
  }

  /** The least of late, for people: what the link takes where neither end is busy. Unit: ms. NaN before the first answer. */
  get leastRttMs(): number {
    const leastMs = Math.min(this.#leastMs, this.#leastBeforeMs);
    return leastMs === Number.POSITIVE_INFINITY ? Number.NaN : leastMs;
  }

  /** Without retransmissions, of which the smoothed round trip has its share. Unit: ms. */
  get #usualMs(): number {
    return Number.isNaN(this.leastRttMs) ? 0 : this.leastRttMs;
  }

  /** Share of beats that had to be sent again, of late: at most what the link loses in both directions. One in thirty is as likely on a link
   *  that loses 1 % as on one that loses 7 %, and a busy moment looks the same: taken for 2 %. 0 … 1. */
  get loss(): number {
    const resent = ones(this.#resent);
    return resent > 1 ? resent / LOSS_BEATS : LOSS_USUAL * (1 + resent);
  }

  /** It is known for a good one: it lost nothing of late, and would have shown it. */
  get isClean(): boolean {
    return this.#isKnown && this.#resent === 0;
  }

  get #isKnown(): boolean {
    return this.#compared === BEATS_KNOWN;
  }

  /**
   * Whether a ping is out for so long that something was sent again. A beat alone cannot be late: whatever this end sends puts
   * the other's next beat off, and then it is this end's ping that is answered.
   */
  isOverdue(nowMs: number): boolean {
    return this.misses !== CALM && nowMs - this.pingMs > this.#usualMs + OVERDUE_MS;
  }

  /** How long an answer may take. Unit: ms. @param ofStream on the link itself, lost packets and all. */
  answerMs(settings: LivenessSettings, health: LocalHealth, ofStream = false): number {
    const { answerMsMin, answerMsMax, answerMsFirst, answerMsBeside } = settings;
    const measuredMs = this.#srttMs + 4 * this.#rttvarMs;
    const baseMs = Number.isNaN(measuredMs)
      ? answerMsFirst
      : Math.min(Math.max(measuredMs, answerMsMin * health.patience), Math.max(answerMsMax, 2 * this.#srttMs));
    // What lost packets put off, datagrams tell in time; what a busy hub puts off, they do not.
    const mostMs =
      this.beside.getThrough && !ofStream
        ? Math.max(answerMsBeside, 2 * this.#usualMs, 4 * this.beside.delayMs)
        : baseMs;
    return (Math.min(baseMs, mostMs) * health.multiplier * this.answerPercent) / 100;
  }

  /** Impatience is for links that lost nothing of late: on others a late answer tells of the link. They are asked sooner all the same. */
  get answerPercent(): number {
    return this.#resent === 0 ? this.patiencePercent : Math.max(100, this.patiencePercent);
  }

  asked(seq: number, nowMs: number): void {
    this.misses = 0;
    this.#pauseMs = Math.min(Math.round(nowMs - this.pingMs), 60_000);
    this.pingMs = nowMs;
    this.#pingSeq = seq;
  }

  /** Any frame. A beat that comes late tells of the link's jitter as an answer would.
   *  @param isFair neither end was held up itself: what came late was sent again.
   *  @returns when this hub asks next, if nothing comes. Unit: ms. */
  heard(nowMs: number, settings: LivenessSettings, isFair = true): number {
    const { intervalMs, graceMs, measureEveryMs } = settings;
    if (!this.beats && nowMs - this.heardMs > intervalMs / 2) {
      const wasSentAgain = this.isOverdue(nowMs);
      if (wasSentAgain) this.#vary(nowMs - this.heardMs - intervalMs - this.#srttMs, settings);
      if (isFair) this.#observe(wasSentAgain, nowMs);
    }
    this.heardMs = nowMs;
    this.misses = CALM;
    const beatMs = this.beats ? nowMs + intervalMs - this.earlyMs : nowMs + intervalMs + graceMs;
    // Who is watched closely is asked sooner too: most of the time to a detection is the wait for the next beat.
    const closeMs = this.patiencePercent < 100 ? nowMs + (intervalMs * this.patiencePercent) / 100 : beatMs;
    const isCalm = !(this.#rttvarMs > RTTVAR_CALM_MS);
    // A new link is compared at every beat even while traffic takes the place of beats: it may have to be judged soon.
    const measureMs = this.#isKnown
      ? this.pingMs + (isCalm ? measureEveryMs : OFTEN_MS)
      : Math.max(this.pingMs, this.#comparedMs) + intervalMs + graceMs;
    // The time to measure may have passed in the silence that ends here: a deadline of the past would look like a hub that was stopped.
    return Math.max(nowMs, Math.min(beatMs, closeMs, measureMs));
  }

  /**
   * Karn's rule guards against answers that fit two questions; here an answer names its ping. What is measured is the
   * first ping of a silence: nothing is lost on a link, so its answer comes and shows the whole delay.
   * @param isFair neither end was held up itself: what came late was sent again.
   * @param wasHere this hub could read when it came: else a long time tells of this hub, which will know it when it judges, too.
   * @returns whether the smoothed round trip is worth a notice.
   */
  answered(ackOf: number, nowMs: number, settings: LivenessSettings, isFair = true, wasHere = true): boolean {
    if (this.#pingSeq === NOTHING_MEASURED || this.#pingSeq % 256 !== ackOf % 256) return false;
    this.#pingSeq = NOTHING_MEASURED;
    const sampleMs = nowMs - this.pingMs;
    const usualMs = this.#usualMs;
    this.#sample(sampleMs);
    if (isFair && (this.beats || nowMs - this.#comparedMs > settings.intervalMs / 2))
      this.#observe(sampleMs > usualMs + RESENT_MS, nowMs);
    if (!wasHere && sampleMs > this.#srttMs) return false;
    if (Number.isNaN(this.#srttMs)) {
      this.#srttMs = Math.min(sampleMs, settings.answerMsMax);
      this.#rttvarMs = this.#srttMs / 2;
    } else {
      const errorMs = Math.min(sampleMs - this.#srttMs, settings.answerMsMax);
      this.#vary(errorMs, settings);
      const fall = Math.max(SRTT_GAIN, 1 - Math.exp(-this.#pauseMs / SRTT_MEMORY_MS));
      this.#srttMs += (errorMs < 0 ? fall : SRTT_GAIN) * errorMs;
    }
    const changeMs = Math.abs(this.#srttMs - this.#noticedMs);
    if (changeMs <= NOTICED_CHANGE_MS || changeMs <= NOTICED_CHANGE * this.#noticedMs) return false;
    this.#noticedMs = this.#srttMs;
    return true;
  }

  /** At most `creditsPerSecond` of work from one neighbour. @returns false when it is used up. */
  spend(credits: number, nowMs: number, settings: LivenessSettings): boolean {
    this.#renew(nowMs, settings);
    this.credits -= credits;
    return this.credits >= 0;
  }

  #sample(sampleMs: number): void {
    if (this.#samples === LEAST_OF) {
      this.#leastBeforeMs = this.#leastMs;
      this.#leastMs = Number.POSITIVE_INFINITY;
      this.#samples = 0;
    }
    this.#samples += 1;
    this.#leastMs = Math.min(this.#leastMs, sampleMs);
  }

  /** At most `pingsPerSecond` of its pings are answered. @returns whether this one is. */
  mayPing(nowMs: number, settings: LivenessSettings): boolean {
    this.#renew(nowMs, settings);
    this.pings += 1;
    return this.pings <= settings.pingsPerSecond;
  }

  #renew(nowMs: number, settings: LivenessSettings): void {
    const second = Math.floor(nowMs / 1000) % 2 ** 30;
    if (second === this.creditSecond) return;
    this.creditSecond = second;
    this.credits = settings.creditsPerSecond;
    this.pings = 0;
  }

  #observe(wasSentAgain: boolean, nowMs: number): void {
    this.#comparedMs = nowMs;
    if (this.#compared < BEATS_KNOWN) this.#compared += 1;
    this.#resent = ((this.#resent << 1) | (wasSentAgain ? 1 : 0)) & (2 ** LOSS_BEATS - 1);
  }

  #vary(errorMs: number, settings: LivenessSettings): void {
    if (Number.isNaN(this.#rttvarMs) || Number.isNaN(errorMs)) return;
    // A round trip that falls by more is no jitter (Ludwig and Sklower's Eifel, as in Linux' tcp_rtt_estimator).
    const variationMs = errorMs < -this.#rttvarMs ? 0 : Math.min(Math.abs(errorMs), settings.answerMsMax);
    const gain = variationMs > this.#rttvarMs ? RTTVAR_RISE : 1 - Math.exp(-this.#pauseMs / RTTVAR_MEMORY_MS);
    this.#rttvarMs += gain * (variationMs - this.#rttvarMs);
  }
}

/** @param bits at most 31. @returns how many are set. */
function ones(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
