/** What dealing with other homes is set to, and what each number trades. */
export interface FederationSettings {
  /** An idle link is asked for a sign of life this often. Longer: less traffic at the broker; shorter: a loss is seen sooner. Unit: ms. */
  readonly pingMs: number;
  /** A link without a frame for so long is closed: three pings. Unit: ms. */
  readonly silentMs: number;
  /** Then a link is closed and begins anew with fresh papers: who has expired meanwhile is out. Unit: ms. */
  readonly linkLifeMs: number;
  /** HELLO must be there by then; a broker on the other side of the world and a slow board take seconds. Unit: ms. */
  readonly helloTimeoutMs: number;
  /** Questions of one home, over whatever links, sustained and at once. Each costs this whole home's hubs work. */
  readonly questionsPerSecond: number;
  readonly questionsBurst: number;
  /** Messages of revocations from one home, sustained and at once: a full list is 24. Each costs up to 32 verifications, 60 ms on a slow board. */
  readonly revokesPerSecond: number;
  readonly revokesBurst: number;
  /** Questions of other homes that are being answered; the next is refused. */
  readonly answeringMax: number;
  /** Questions of this hub's people that wait for an answer from abroad. */
  readonly askingMax: number;
  /** Hubs of other homes whose epochs are remembered while this hub runs. */
  readonly epochsMax: number;
}

export const FEDERATION_DEFAULTS: FederationSettings = {
  pingMs: 15_000,
  silentMs: 45_000,
  linkLifeMs: 24 * 3_600_000,
  helloTimeoutMs: 10_000,
  questionsPerSecond: 0.5,
  questionsBurst: 10,
  revokesPerSecond: 0.1,
  revokesBurst: 64,
  answeringMax: 8,
  askingMax: 32,
  epochsMax: 64,
};
