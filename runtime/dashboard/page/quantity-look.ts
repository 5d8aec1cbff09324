/** How a quantity's chart looks: its colour, and the narrowest range worth drawing. Pure. */
import type { Quantity } from "../../core/quantity.js";
import { displayOf, isBinary } from "./format.js";

export interface Look {
  /** Of the CSS variables --q-NAME and --q-NAME-fill. */
  readonly colour: string;
  readonly stepped: boolean;
  /** In the shown unit. Roughly ten times what such sensors wobble by. */
  readonly spanMin: number;
}

const COLOURS: Partial<Record<Quantity, string>> = {
  temperature: "warm",
  dew_point: "warm",
  humidity: "wet",
  moisture: "wet",
  precipitation: "wet",
  water: "wet",
  co2: "air",
  tvoc: "air",
  pm1: "air",
  pm2_5: "air",
  pm4: "air",
  pm10: "air",
  illuminance: "light",
  power: "light",
  energy: "light",
  uv_index: "light",
};

const SPANS: Partial<Record<Quantity, number>> = {
  temperature: 1,
  dew_point: 1,
  humidity: 4,
  moisture: 4,
  pressure: 2,
  co2: 100,
  illuminance: 20,
  battery: 10,
  voltage: 0.2,
};

export function lookOf(quantity: Quantity): Look {
  const spanMin = SPANS[quantity] ?? 5 * 10 ** -displayOf(quantity).decimals;
  return { colour: COLOURS[quantity] ?? "plain", stepped: isBinary(quantity), spanMin };
}
