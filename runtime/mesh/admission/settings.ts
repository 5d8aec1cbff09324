/** What admission is set to, and what each number trades. */
export interface AdmissionSettings {
  /** Life of a member's certificate. Longer: a hub may be away longer; shorter: what was forgotten ends sooner. Unit: ms. */
  readonly memberLifeMs: number;
  /** Life of an owner's. Only the root renews it, and the root may be lost: longer than any hub lives. Unit: ms. */
  readonly ownerLifeMs: number;
  /** A certificate is renewed when less than this part of its life is left. */
  readonly renewalPart: number;
  /** How far two clocks may differ before one is not believed. A hub without a clock battery wakes hours or years behind. Unit: ms. */
  readonly clockSlackMs: number;
  /** Revocations kept, up to 448 bytes each; of one owner a quarter at most. A home has revoked so many when 16 hubs were replaced every month for
   *  two years. The last in their order goes (see `revocations.ts`). */
  readonly revocationsMax: number;
  /** Chains of certificates whose signatures are known to hold, 1.5 KiB each. The one met longest ago goes first, and costs two verifications when it
   *  comes again. */
  readonly chainsMax: number;
  /** Hubs whose epochs are remembered. More than any hub links with in months; 36 bytes each on disk. The one met longest ago goes first. */
  readonly epochsMax: number;
}

const DAY_MS = 86_400_000;

export const ADMISSION_DEFAULTS: AdmissionSettings = {
  memberLifeMs: 730 * DAY_MS,
  ownerLifeMs: 30 * 365 * DAY_MS,
  renewalPart: 1 / 3,
  clockSlackMs: 2 * DAY_MS,
  revocationsMax: 384,
  chainsMax: 256,
  epochsMax: 512,
};
