/** Who gets in, as the mesh's node asks it: this hub's home, the wall clock, and a memory of epochs that survives a restart. */
import { LruMap } from "../core/bounded.js";
import type { HubId } from "../core/ids.js";
import type { Role } from "../core/membership.js";
import type { Counters, Store } from "../core/ports.js";
import type { Clock } from "../core/time.js";
import { EpochLedger } from "../mesh/admission/epochs.js";
import { ADMISSION_DEFAULTS } from "../mesh/admission/settings.js";
import type { EpochVerdict, Gate, RevocationRefusal } from "../mesh/node/hello.js";
import type { HomeKeeper } from "./home-keeper.js";

const EPOCHS_KEY = "mesh/epochs";
/** A restart of a neighbour is written down within this; a crash before costs only that one memory. Unit: ms. */
const SAVE_AFTER_MS = 5_000;
const NO_HOME = "mesh.admission.noHome";

export interface HubGateOptions {
  readonly keeper: HomeKeeper;
  readonly store: Store;
  readonly clock: Clock;
  readonly counters: Counters;
}

export interface Admitted {
  readonly role: Role;
  readonly chain: readonly Uint8Array[];
}

/** More than the links of a hub: each of those is looked at again. 600 bytes each. */
const ADMITTED_MAX = 128;

export class HubGate implements Gate {
  readonly #options: HubGateOptions;
  readonly #ledger: EpochLedger;
  readonly #admitted = new LruMap<HubId, Admitted>(ADMITTED_MAX);
  /** Whether a hub is in the members' registry, once there is one. */
  listed: ((hub: HubId) => boolean) | undefined;
  #saving: NodeJS.Timeout | undefined;

  private constructor(options: HubGateOptions, ledger: EpochLedger) {
    this.#options = options;
    this.#ledger = ledger;
  }

  static async open(options: HubGateOptions): Promise<HubGate> {
    const kept = await options.store.get(EPOCHS_KEY);
    return new HubGate(options, EpochLedger.restore(kept, ADMISSION_DEFAULTS.epochsMax));
  }

  chain(): readonly Uint8Array[] {
    return this.#options.keeper.membership?.chain ?? [];
  }

  check(peer: HubId, chain: readonly Uint8Array[]): string | undefined {
    const { keeper, clock } = this.#options;
    if (keeper.membership === undefined) return NO_HOME;
    const verdict = keeper.membership.check(peer, chain, clock.wallMs());
    if (!verdict.ok) return verdict.problem;
    const { role } = verdict.certificate;
    this.#admitted.set(peer, { role, chain: chain.map((bytes) => bytes.slice()) });
    return undefined;
  }

  /** What a hub that was let in has shown; of those met longest ago nothing is known any more. */
  admitted(hub: HubId): Admitted | undefined {
    return this.#admitted.get(hub);
  }

  checkEpoch(peer: HubId, epoch: number, boot: Uint8Array, linked: boolean): EpochVerdict {
    const verdict = this.#ledger.observe(peer, epoch, boot, linked);
    if (verdict.type !== "ok") return verdict;
    if (verdict.changed) this.#saveSoon();
    return { type: "ok" };
  }

  revoke(revocation: Uint8Array): "new" | "known" | RevocationRefusal {
    const { keeper, clock } = this.#options;
    if (keeper.membership === undefined) return { problem: NO_HOME };
    const verdict = keeper.membership.revoke(revocation, clock.wallMs());
    if (typeof verdict === "string") return verdict;
    const isForged = verdict.problem === "badSignature";
    return { problem: `mesh.admission.revocation.${verdict.problem}`, isForged };
  }

  isRevoked(hub: HubId): boolean {
    return this.#options.keeper.membership?.isRevoked(hub) === true;
  }

  /** It was let in since this hub has started, or wrote an entry of the members' registry. */
  isMember(hub: HubId): boolean {
    return !this.isRevoked(hub) && (this.#admitted.has(hub) || this.listed?.(hub) === true);
  }

  revocations(): readonly Uint8Array[] {
    return this.#options.keeper.membership?.revoked() ?? [];
  }

  revocationsAbout(hub: HubId): readonly Uint8Array[] {
    return this.#options.keeper.membership?.revocationsAbout(hub) ?? [];
  }

  /** What is not written yet. */
  async close(): Promise<void> {
    if (this.#saving === undefined) return;
    clearTimeout(this.#saving);
    await this.#save();
  }

  #saveSoon(): void {
    if (this.#saving !== undefined) return;
    this.#saving = setTimeout(() => void this.#save(), SAVE_AFTER_MS);
    this.#saving.unref();
  }

  async #save(): Promise<void> {
    this.#saving = undefined;
    const { store, counters } = this.#options;
    try {
      await store.write([{ type: "put", key: EPOCHS_KEY, value: this.#ledger.serialise() }], { durable: false });
    } catch {
      counters.count("mesh.epochsUnsaved"); // a full disk is told of by those who lose more by it
    }
  }
}
