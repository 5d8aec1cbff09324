/**
 * What this hub does when others refuse it: a restored backup catches up by itself, a copied one falls silent, and whatever a
 * person must mend is told, once for each kind. How far others are believed: `mesh/admission/epochs.ts`.
 */
import { LruMap } from "../core/bounded.js";
import { asMindosError, MindosError } from "../core/errors.js";
import type { HubId } from "../core/ids.js";
import type { MessageOf } from "../core/messages.js";
import type { Clock } from "../core/time.js";
import { epochOfDetail, SelfDoubt } from "../mesh/admission/epochs.js";

export interface StandingOptions {
  /** Of this start. */
  readonly epoch: number;
  readonly clock: Pick<Clock, "nowMs">;
  /** Goes on as that start, which is on disk when it resolves. */
  readonly raise: (epoch: number) => Promise<void>;
  /** Ends all links, and makes no others. */
  readonly fallSilent: () => void;
  readonly onProblem: (error: MindosError) => void;
}

type Told = "CLONED" | "EPOCH_BEHIND" | "HUB_REVOKED" | "CERTIFICATE_EXPIRED";
/** What is worth a person's attention, by the code, or by the counter that the other hub names. */
const TOLD: Readonly<Record<string, Told>> = {
  CLONED: "CLONED",
  EPOCH_BEHIND: "EPOCH_BEHIND",
  "mesh.admission.revoked": "HUB_REVOKED",
  "mesh.admission.expired": "CERTIFICATE_EXPIRED",
};

/** Who was linked this long ago could be a witness: a link that a copy has taken away comes back within seconds. Unit: ms. */
const WITNESS_MS = 60_000;
/** Two are enough. */
const LINKED_MAX = 8;

export class Standing {
  readonly #options: StandingOptions;
  readonly #doubt: SelfDoubt;
  readonly #told = new Set<Told>();
  /** When a link with an admitted hub last came or went. */
  readonly #linkedMs = new LruMap<HubId, number>(LINKED_MAX);
  #isCloned = false;

  constructor(options: StandingOptions) {
    this.#options = options;
    this.#doubt = new SelfDoubt(options.epoch);
  }

  /** Another hub runs with this one's key: silent until the next start. */
  get isCloned(): boolean {
    return this.#isCloned;
  }

  /** A link with an admitted hub has come, or gone. */
  linked(hub: HubId): void {
    this.#linkedMs.set(hub, this.#options.clock.nowMs());
  }

  /** @param proven `by` is a member. @param saidEpoch what this hub had said to it. */
  onTold(by: HubId, proven: boolean, saidEpoch: number, { code, detail }: MessageOf<"ERROR">): void {
    const told = TOLD[code === "NOT_ADMITTED" ? detail : code];
    if (told === undefined || this.#isCloned) return;
    const who = `${proven ? "a hub of this home" : "a hub"} (${by.slice(0, 8)})`;
    if (told === "EPOCH_BEHIND") {
      if (proven) this.#onBehind(who, detail, saidEpoch);
    } else if (told === "CLONED") {
      if (proven) this.#onCloned(by, who);
    } else this.#tell(told, `${who} refuses this one: ${detail}`);
  }

  #onBehind(who: string, detail: string, saidEpoch: number): void {
    const epoch = epochOfDetail(detail);
    const verdict = epoch === undefined ? undefined : this.#doubt.toldBehind(epoch, saidEpoch);
    if (verdict?.type !== "raise") return;
    const { onProblem, raise } = this.#options;
    const from = `${who} has met this hub at start ${epoch}, and its folder tells of ${saidEpoch}`;
    raise(verdict.epoch).then(
      () => this.#tell("EPOCH_BEHIND", `${from}: it goes on as start ${verdict.epoch}`),
      (error: unknown) => onProblem(asMindosError(error, `${from}: `)),
    );
  }

  #onCloned(by: HubId, who: string): void {
    this.#tell("CLONED", `${who} hears two hubs with this one's key`);
    const sinceMs = this.#options.clock.nowMs() - WITNESS_MS;
    let others = 0;
    for (const [hub, atMs] of this.#linkedMs.entries()) if (hub !== by && atMs >= sinceMs) others += 1;
    if (this.#doubt.toldCloned(by, others).type !== "stop") return;
    this.#isCloned = true;
    this.#options.fallSilent();
  }

  #tell(told: Told, message: string): void {
    if (this.#told.has(told)) return;
    this.#told.add(told);
    this.#options.onProblem(new MindosError(told, message));
  }
}
