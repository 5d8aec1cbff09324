/** What the mesh's timing is set to, and what each number trades. */
export interface MeshSettings {
  /** Lower: a dead hub is noticed sooner; higher: less idle traffic (8 bytes a ping). Unit: ms. */
  readonly pingIntervalMs: number;
  /** Silence after which a hub is suspect. Two lost pings and a late third. Unit: ms. */
  readonly suspectAfterMs: number;
  /** Silence after which a suspect is dead and its link is cut. Raise: fewer false deaths on a busy board. Unit: ms. */
  readonly deadAfterMs: number;
  /** A link whose other end has not proven itself by then is cut. A slow board signs in under 100 ms. Unit: ms. */
  readonly helloTimeoutMs: number;
  /** How long a dead hub is still shown. Unit: ms. */
  readonly forgetAfterMs: number;
  /** Links at once. A home's full mesh of 16 hubs, twice over. The next one is refused. */
  readonly linksMax: number;
  /** Hubs remembered. The one that was heard of longest ago goes first, never one with a link. */
  readonly hubsMax: number;
}

export const MESH_DEFAULTS: MeshSettings = {
  pingIntervalMs: 1000,
  suspectAfterMs: 2500,
  deadAfterMs: 4000,
  helloTimeoutMs: 5000,
  forgetAfterMs: 600_000,
  linksMax: 32,
  hubsMax: 1024,
};
