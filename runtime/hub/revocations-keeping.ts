/**
 * Keeps the revocations of one home over restarts. What is asked to be written while a write is under way is one write more; what the
 * disk did not take is tried again until it does, since a forgotten revocation lets a hub in.
 */
import { asMindosError, MindosError } from "../core/errors.js";
import { readRevocations, revocationsInvalid, revocationsPath, writeRevocations } from "../io/home/revocations-file.js";
import type { RevocationVerdict } from "../mesh/admission/revocations.js";
import { ADMISSION_DEFAULTS } from "../mesh/admission/settings.js";

/** A person frees some space within minutes; each try costs one small file. Unit: ms. */
const RETRY_MS = 30_000;
/** What may stand in a file that is whole: a home that this hub has left, and more than this version keeps. */
const HARMLESS: ReadonlySet<string> = new Set(["unknownHome", "full"]);

export interface RevocationsKeepingOptions {
  readonly dir: string;
  readonly fileName?: string;
  /** All that are known, when it is written. */
  readonly revoked: () => readonly Uint8Array[];
  /** It could not be written; told once until it can. */
  readonly onProblem?: (error: MindosError) => void;
  /** It could not, and now is. */
  readonly onRepair?: (note: string) => void;
  readonly retryMs?: number;
}

export class RevocationsKeeping {
  readonly #options: RevocationsKeepingOptions;
  readonly #path: string;
  #last: Promise<unknown> = Promise.resolve();
  /** One that has not begun. */
  #waiting: Promise<void> | undefined;
  /** The last write failed. */
  #isUnwritten = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: RevocationsKeepingOptions) {
    this.#options = options;
    this.#path = revocationsPath(options.dir, options.fileName);
  }

  /** What an earlier run has kept. @throws MindosError REVOCATIONS_INVALID */
  async load(revoke: (bytes: Uint8Array) => RevocationVerdict): Promise<void> {
    for (const bytes of await readRevocations(this.#path, ADMISSION_DEFAULTS.revocationsMax)) {
      const verdict = revoke(bytes);
      if (typeof verdict !== "string" && !HARMLESS.has(verdict.problem))
        throw revocationsInvalid(this.#path, `a revocation in it is ${verdict.problem}`);
    }
  }

  /** @returns when all that is known now is on disk. @throws MindosError DATA_DIR_UNUSABLE | DISK_FULL; it is tried again. */
  save(): Promise<void> {
    if (this.#waiting !== undefined) return this.#waiting;
    const turn = this.#last.then(() => {
      this.#waiting = undefined;
      return this.#write();
    });
    this.#waiting = turn;
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Waits for what is under way, and tries once more what failed. */
  async close(): Promise<void> {
    await this.#last;
    clearTimeout(this.#retry);
    if (this.#isUnwritten) await this.save().catch(() => undefined); // it was told
    clearTimeout(this.#retry);
  }

  async #write(): Promise<void> {
    const { onProblem, onRepair, retryMs = RETRY_MS, revoked } = this.#options;
    clearTimeout(this.#retry);
    try {
      await writeRevocations(this.#path, revoked());
    } catch (cause) {
      const error = asMindosError(cause);
      const told = new MindosError(error.code, `${error.message}; it counts until this hub stops, and is tried again`, {
        cause,
      });
      if (!this.#isUnwritten) onProblem?.(told);
      this.#isUnwritten = true;
      this.#retry = setTimeout(() => void this.save().catch(() => undefined), retryMs).unref();
      throw told;
    }
    if (this.#isUnwritten) onRepair?.(`${this.#path} could be written again`);
    this.#isUnwritten = false;
  }
}
