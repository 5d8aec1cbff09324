/**
 * Who reaches whom: pairs of hubs that the medium still connects ping each other along the routes every 100 ms. A pair is
 * lost while its pings stay unanswered for a second, and restored with the first answer after the last loss.
 */

import type { NodeEffect } from "../../../runtime/mesh/node/inputs.js";
import { Random } from "../engine/random.js";
import { type Simulation, WALL_START_MS } from "../engine/simulation.js";
import type { Observer } from "../engine/simulation-options.js";
import type { ReachWindow } from "../plan.js";
import type { Figures } from "./figures.js";

const PAIRS_MAX = 1000;
/** Few hubs are not asked more than they would be at home. */
const PAIRS_PER_HUB = 5;
const EVERY_MS = 100;
const WARM_MS = 2000;
const LATE_MS = 1000;
/** What counts as healed: 99.9 % of the pairs. */
const SHARE = 0.999;
const LOST = 0xffff;
/** Of a link: three packets in a row are late by 1.4 s, for whatever is behind them. With 10 % that is one in 1,000, with 20 % one in 125:
 *  pairs whose every way has such a link are late for a second again and again, whatever becomes of the others. */
const LOSS_GOOD = 0.1;
/** Such a pair is out of reach when nothing of so long was ever answered: five losses in a row, one packet in 3,000 on the worst links. Unit: ms. */
const SILENT_MS = 5000;

export class ReachMeasure implements Observer {
  readonly pairs: (readonly [from: number, to: number])[] = [];
  /** Whether a way is left, by pair, whose links all lose less than `LOSS_GOOD`. */
  readonly #good: boolean[] = [];
  readonly #sim: Simulation;
  readonly #window: ReachWindow;
  readonly #rounds: number;
  readonly #warmRounds: number;
  readonly #startMs: number;
  /** By pair and round: how long the answer took, `LOST` until it comes. Unit: ms. */
  #answers = new Uint16Array(0);
  readonly #nonceBase: number;
  hopsMax = 0;

  constructor(sim: Simulation, window: ReachWindow, order: number) {
    this.#sim = sim;
    this.#window = window;
    this.#startMs = Math.max(0, window.fromMs - WARM_MS);
    this.#warmRounds = Math.ceil((window.fromMs - this.#startMs) / EVERY_MS);
    this.#rounds = this.#warmRounds + Math.floor((window.toMs - window.fromMs) / EVERY_MS);
    this.#nonceBase = order * 50_000_000;
    sim.observers.push(this);
    sim.at(this.#startMs, () => {
      this.#choose();
      this.#ask(0);
    });
  }

  effect(hub: number, effect: NodeEffect): void {
    if (effect.type !== "echo") return;
    const slot = effect.nonce - this.#nonceBase;
    if (slot < 0 || slot >= this.#answers.length) return;
    const pair = this.pairs[Math.floor(slot / this.#rounds)];
    if (pair === undefined || pair[0] !== hub || this.#sim.idOf(pair[1]) !== effect.from) return;
    const tookMs = Math.round(this.#sim.nowMs - (this.#startMs + (slot % this.#rounds) * EVERY_MS));
    if (this.#answers[slot] === LOST) this.#answers[slot] = Math.min(tookMs, LOST - 1);
    this.hopsMax = Math.max(this.hopsMax, effect.hops);
  }

  /** To be asked once the window has passed by a second.
   *  `…Ms`: after the blow, until 99.9 % of the pairs were restored for good; null: not within the window. `…GoodMs`: of those pairs
   *  alone that have a way left without bad links. */
  figures(): Figures {
    const { name } = this.#window;
    const restored: number[] = [];
    const outages: number[] = [];
    let unreached = 0;
    for (let pair = 0; pair < this.pairs.length; pair++) {
      const answers = this.#answers.subarray(pair * this.#rounds + this.#warmRounds, (pair + 1) * this.#rounds);
      restored.push(restoredMs(answers));
      outages.push(longestOutageMs(answers));
      if (isOutOfReach(answers, this.#good[pair] === true)) unreached += 1;
    }
    const ofGood = (values: readonly number[]) => values.filter((_, pair) => this.#good[pair]);
    const overGood = ofGood(restored);
    return {
      [`${name}Ms`]: wholeMs(restored),
      [`${name}Pairs`]: this.pairs.length,
      [`${name}Unreached`]: unreached,
      [`${name}LostOver1s`]: countLost(outages),
      [`${name}GoodLostOver1s`]: countLost(ofGood(outages)),
      [`${name}GoodMs`]: wholeMs(overGood),
      [`${name}GoodPairs`]: overGood.length,
      [`${name}HopsMax`]: this.hopsMax,
      [`${name}AnswerP50Ms`]: this.#answerMs(0.5),
      [`${name}AnswerP99Ms`]: this.#answerMs(0.99),
    };
  }

  #answerMs(quantile: number): number | null {
    const took = this.#answers.filter((ms) => ms !== LOST).sort();
    return took[Math.ceil(took.length * quantile) - 1] ?? null;
  }

  /** Pairs that the medium will connect after the blow, or once all is mended. */
  #choose(): void {
    const { topology, medium } = this.#sim;
    const random = new Random(this.#window.draw ^ WALL_START_MS);
    const { mended = false, without: gone } = this.#window;
    const without = new Set(gone);
    const isLeft = (hub: number): boolean => this.#sim.isRunning(hub) && !without.has(hub);
    const hear = (a: number, b: number): boolean => mended || (medium.hears(a, b) && medium.hears(b, a));
    const component = topology.components(isLeft, hear);
    const good = topology.components(isLeft, (a, b) => topology.loss(a, b) < LOSS_GOOD && hear(a, b));
    const wanted = Math.min(PAIRS_MAX, topology.hubs * PAIRS_PER_HUB);
    for (let tries = 0; tries < wanted * 1000 && this.pairs.length < wanted; tries++) {
      const from = random.whole(topology.hubs);
      const to = random.whole(topology.hubs);
      if (from !== to && (component[from] as number) >= 0 && component[from] === component[to]) {
        this.pairs.push([from, to]);
        this.#good.push(good[from] === good[to]);
      }
    }
    this.#answers = new Uint16Array(this.pairs.length * this.#rounds).fill(LOST);
  }

  #ask(round: number): void {
    const sim = this.#sim;
    for (const [pair, [from, to]] of this.pairs.entries()) {
      if (!sim.isRunning(from)) continue;
      sim.input(from, { type: "ping", to: sim.idOf(to), nonce: this.#nonceBase + pair * this.#rounds + round });
    }
    if (round + 1 < this.#rounds) sim.at(this.#startMs + (round + 1) * EVERY_MS, () => this.#ask(round + 1));
  }
}

/** @returns when `SHARE` of them were restored; null: not all of those, or there are none. Sorts. */
function wholeMs(restored: number[]): number | null {
  restored.sort((a, b) => a - b);
  const whole = restored[Math.ceil(restored.length * SHARE) - 1];
  return whole === undefined || whole === Number.POSITIVE_INFINITY ? null : whole;
}

function isPrompt(tookMs: number): boolean {
  return tookMs <= LATE_MS;
}

/** @returns when the first prompt answer came after the last ping that got none; when the first was answered, if all were; Infinity when the last was not. */
function restoredMs(answers: Uint16Array): number {
  let round = answers.length - 1;
  while (round >= 0 && isPrompt(answers[round] as number)) round -= 1;
  if (round < 0) return answers[0] as number;
  if (round === answers.length - 1) return Number.POSITIVE_INFINITY;
  return (round + 1) * EVERY_MS + (answers[round + 1] as number);
}

/** At the end of the window. @param isGood a way is left whose links lose little: then the last answer must have been prompt. */
export function isOutOfReach(answers: Uint16Array, isGood: boolean): boolean {
  if (isGood) return !isPrompt(answers[answers.length - 1] as number);
  return answers.subarray(-SILENT_MS / EVERY_MS).every((tookMs) => tookMs === LOST);
}

function countLost(outages: readonly number[]): number {
  return outages.filter((ms) => ms > LATE_MS).length;
}

function longestOutageMs(answers: Uint16Array): number {
  let longest = 0;
  let run = 0;
  for (const tookMs of answers) {
    run = isPrompt(tookMs) ? 0 : run + 1;
    longest = Math.max(longest, run);
  }
  return longest * EVERY_MS;
}
