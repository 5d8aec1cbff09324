/** What few events, or none, say of how often they happen. Pure. */

/** 1 − confidence. */
const ALPHA = 0.05;
const HALVINGS = 60;

/** The greatest mean of a Poisson process that would still bring as few events with 5 % probability: 3.0 for none (the rule of three).
 *  Source: Garwood, "Fiducial Limits for the Poisson Distribution" (1936), one-sided. @param events 0 … 1,000 */
export function upper95(events: number): number {
  let low = events;
  let high = 10 + 3 * events;
  for (let halving = 0; halving < HALVINGS; halving++) {
    const mean = (low + high) / 2;
    if (atMost(events, mean) > ALPHA) low = mean;
    else high = mean;
  }
  return high;
}

/** Probability of at most so many events where `mean` are expected. */
function atMost(events: number, mean: number): number {
  let term = Math.exp(-mean);
  let sum = term;
  for (let count = 1; count <= events; count++) {
    term *= mean / count;
    sum += term;
  }
  return sum;
}
