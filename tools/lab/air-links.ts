/** What the air leads between. Types only. */
import type { Socket } from "node:net";
import type { AirWeather } from "./air-weather.js";

export interface AirEnd {
  /** Where others reach this hub. */
  readonly host: string;
  readonly port: number;
  /** Where the connections that this hub dials come from. */
  readonly source: string;
  /** Where this hub's connections go on from; absent: from anywhere. */
  readonly localAddress?: string;
  /** Where the hub itself listens; absent: at the same address, by a route that only the air's own connections take. */
  readonly goesTo?: { readonly host: string; readonly port: number };
}

export interface AirLink {
  readonly id: string;
  /** Either may dial. */
  readonly a: AirEnd;
  readonly b: AirEnd;
}

export interface OpenLink {
  readonly link: AirLink;
  readonly pairs: Set<readonly [Socket, Socket]>;
  weather: AirWeather;
  cut: boolean;
  /** Called when the weather changes: what was held back may go. */
  readonly wake: Set<() => void>;
}
