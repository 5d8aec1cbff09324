/**
 * This hub's own standing: what it says of itself, and how it answers those that doubt it (SWIM §4.2: refutation). Pure.
 */
import type { HubId } from "../../core/ids.js";
import type { MemberUpdate } from "../../core/messages-liveness.js";
import type { LivenessSettings } from "./settings.js";
import type { StatementCrypto } from "./statement.js";

export type Rebuttal =
  /** What was said is older than what this hub has said since: its sender is told. */
  | { readonly type: "repeat"; readonly update: MemberUpdate }
  /** To everybody: a new incarnation. */
  | { readonly type: "refute"; readonly update: MemberUpdate }
  | { readonly type: "ignore"; readonly reason?: string };

const IGNORE: Rebuttal = Object.freeze({ type: "ignore" });

export class Standing {
  #incarnation = 0;
  #left = false;
  #proof: Uint8Array | undefined;
  #second = Number.NaN;
  #refutations = 0;

  constructor(
    readonly hub: HubId,
    readonly epoch: number,
    readonly settings: LivenessSettings,
    readonly crypto: StatementCrypto | undefined,
  ) {}

  get incarnation(): number {
    return this.#incarnation;
  }

  get left(): boolean {
    return this.#left;
  }

  leave(): MemberUpdate {
    this.#left = true;
    this.#proof = undefined;
    return this.update();
  }

  /** The newest statement; signed once. */
  update(): MemberUpdate {
    const statement = {
      hub: this.hub,
      state: this.#left ? ("left" as const) : ("alive" as const),
      epoch: this.epoch,
      incarnation: this.#incarnation,
    };
    this.#proof ??= this.crypto?.prove(statement);
    return { ...statement, observers: [], ...(this.#proof === undefined ? {} : { proof: this.#proof }) };
  }

  /** Whoever begins to watch this hub must know what it has refuted: an accusation under an older incarnation is answered with that
   *  refutation by all that know it, also when the accuser has seen this hub fall since.
   *  @returns at most one. */
  refutations(): readonly MemberUpdate[] {
    return this.#incarnation > 0 ? [this.update()] : [];
  }

  /** Somebody says something about this hub. An invented incarnation is not answered with a greater one: whoever believes
   *  only what is proven is not impressed by it, and the numbers would be used up. */
  answer(said: MemberUpdate, nowMs: number): Rebuttal {
    if (this.#left || (said.state === "alive" && said.epoch === this.epoch)) return this.#answerEcho(said);
    if (said.epoch < this.epoch || (said.epoch === this.epoch && said.incarnation < this.#incarnation))
      return { type: "repeat", update: this.update() };
    if (!this.#mayRefute(nowMs)) return { type: "ignore", reason: "mesh.liveness.refutationsMax" };
    this.#raise(this.#incarnation + 1);
    return { type: "refute", update: this.update() };
  }

  /** One's own words, come back. Newer ones than were said are somebody else's with this key: a copy of this hub. */
  #answerEcho(said: MemberUpdate): Rebuttal {
    if (this.#left || said.incarnation <= this.#incarnation) return IGNORE;
    const { hub, state, epoch, incarnation, proof } = said;
    const isOwn =
      state === "alive" && proof !== undefined && this.crypto?.holds({ hub, state, epoch, incarnation }, proof);
    if (!isOwn) return { type: "ignore", reason: "mesh.liveness.forgedStatement" };
    this.#raise(incarnation);
    return { type: "ignore", reason: "mesh.liveness.clonedSelf" };
  }

  #raise(incarnation: number): void {
    this.#incarnation = incarnation;
    this.#proof = undefined;
  }

  #mayRefute(nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#refutations = 0;
    }
    this.#refutations += 1;
    return this.#refutations <= this.settings.refutationsPerSecond;
  }
}
