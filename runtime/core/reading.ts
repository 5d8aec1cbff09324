/** A measurement that has a place and a time. Pure. */
import type { Origin } from "./advert.js";
import type { SensorId } from "./ids.js";
import type { Quantity } from "./quantity.js";

export interface Reading {
  readonly sensor: SensorId;
  readonly quantity: Quantity;
  /** In the quantity's unit (`unitOf`). */
  readonly value: number;
  readonly index: number;
  readonly text?: string;
  /** Wall time at which it was heard (or, on replay, taken). Unit: ms. */
  readonly wallMs: number;
  /** Packet id or anti-replay counter: (sensor, sequence) names the event across hubs. */
  readonly sequence?: number;
  readonly rssiDbm: number;
  readonly origin: Origin;
  /** Where the sensor is, as its owner named it: "cellar". */
  readonly place?: string;
}

/** What a hub knows of one sensor, for people to look at. */
export interface SensorInfo {
  readonly sensor: SensorId;
  readonly name: string;
  readonly place?: string;
  readonly format: string;
  readonly origin: Origin;
  readonly rssiDbm: number;
  readonly encrypted: boolean;
  /** Since the last accepted advert. Unit: ms. */
  readonly silentMs: number;
  readonly stale: boolean;
  readonly latest: readonly { readonly quantity: Quantity; readonly value: number; readonly index: number }[];
}
