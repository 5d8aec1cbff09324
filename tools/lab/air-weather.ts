/** What a link of the air is like. */
export interface AirWeather {
  /** One way. Unit: ms. */
  readonly delayMs: number;
  /** Probability that a segment is lost, 0–1. */
  readonly loss: number;
  /** Nothing passes, in both directions or in one, and nothing says so. */
  readonly silent: "no" | "both" | "a-to-b" | "b-to-a";
}

export const CALM: AirWeather = { delayMs: 0, loss: 0, silent: "no" };
