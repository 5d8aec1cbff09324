/** Parameters of the network coordinates: those of serf's coordinate package, in milliseconds. */
export interface CoordinateSettings {
  /** Dimensions of the vector. Ledlie et al. (2007) saw no gain beyond 7. */
  readonly dimensions: number;
  /** What the error begins with and never exceeds: "knows nothing". */
  readonly errorMax: number;
  /** How much one observation may change the error (ce). Raise: learns faster; lower: calmer. */
  readonly errorGain: number;
  /** How far towards the measured distance one observation moves the coordinate (cc). Raise: learns faster; lower: calmer. */
  readonly moveGain: number;
  /** Observations whose mean residual becomes the adjustment term (Lee et al. 2010). Raise: steadier; lower: follows change. */
  readonly adjustmentSamples: number;
  /** A height never falls below; keeps heights from dying out. Unit: ms. */
  readonly heightMinMs: number;
  /** Pulls everything towards the origin, so that the whole cloud does not drift: the pull is (distance / rho)² ms for each
   *  observation. serf's 150 s, in a formula of milliseconds. */
  readonly gravityRhoMs: number;
  /** A round trip beyond it says more about a stall than about a distance. Unit: ms. */
  readonly rttMaxMs: number;
}

export const COORDINATE_DEFAULTS: CoordinateSettings = {
  dimensions: 8,
  errorMax: 1.5,
  errorGain: 0.25,
  moveGain: 0.25,
  adjustmentSamples: 20,
  heightMinMs: 0.01,
  gravityRhoMs: 4743,
  rttMaxMs: 10_000,
};
