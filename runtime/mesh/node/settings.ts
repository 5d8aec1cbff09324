/** What the node itself is set to; its parts have settings of their own. */
export interface NodeSettings {
  /** A link whose other end has not said HELLO by then is cut. A slow board verifies a chain in 1 ms. Unit: ms. */
  readonly helloTimeoutMs: number;
  /** Links at once. Measured community meshes have gateways with 85 radio neighbours. The next one is refused. */
  readonly linksMax: number;
  /** Hubs whose name, ADVERT and LOAD are remembered: four cells. The one heard of longest ago goes first. */
  readonly hubsMax: number;
}

export const NODE_DEFAULTS: NodeSettings = {
  helloTimeoutMs: 5000,
  linksMax: 128,
  hubsMax: 256,
};
