/** "Did you mean …?": the known word that is nearest to a mistyped one. Pure. */

/** Longer words are compared by their beginning only: nobody mistypes a word of 64 letters into a known one. */
const WORD_LENGTH_MAX = 64;

/** @returns the nearest of `known`, or undefined when none is near enough to be what was meant. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const wanted = word.slice(0, WORD_LENGTH_MAX).toLowerCase();
  let best: string | undefined;
  // Half of the letters may be wrong at most: "port" for "part" helps, "name" for "host" does not.
  let bestDistance = Math.max(1, Math.floor(wanted.length / 2)) + 1;
  for (const candidate of known) {
    const name = candidate.toLowerCase();
    const distance = separated(name) === separated(wanted) ? 0 : editDistance(wanted, name);
    if (distance < bestDistance && distance < Math.max(wanted.length, name.length)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** "mqtt-port", "mqtt_port" and "mqttPort" are one word to a person. */
function separated(word: string): string {
  return word.replace(/[-_. ]/g, "");
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of two neighbours cost 1 each. */
export function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, substitution);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, (beforePrevious[j - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
