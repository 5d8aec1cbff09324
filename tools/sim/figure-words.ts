/** What each figure of a run is, in a few words, beside the figure; tools/sim/README.md (What is measured) says how it is taken. */
import type { Figures } from "./measures/figures.js";

const WORDS: ReadonlyMap<string, string> = new Map([
  ["falseDead", "times that a hub was held for dead which ran and answered"],
  ["hubHours", "hours of hubs that ran and answered, all together"],
  ["detections", "neighbours that noticed a loss"],
  ["undetected", "neighbours that did not"],
  ["detectMeanMs", "from a loss until a neighbour held the hub for dead: mean"],
  ["detectP50Ms", "the same: median"],
  ["detectP99Ms", "the same: 99 of 100 are below"],
  ["detectMaxMs", "the same: the longest"],
  ["controlBytesPerSecond", "bytes that a hub sends while nothing is asked"],
  ["broadcastDelivered", "share of the broadcasts' readers that got them"],
  ["broadcastCopies", "copies sent for each that was delivered, once the tree stands"],
  ["broadcastCopiesFromFirst", "the same from the first broadcast on, which makes the tree"],
  ["broadcastLastP50Ms", "until the last reader had a broadcast: median"],
  ["broadcastLastMaxMs", "the same: the longest"],
  ["parcels", "parcels that were on their sender's disk"],
  ["parcelsDelivered", "share of them that arrived"],
  ["parcelsLost", "of them lost"],
  ["parcelsTwice", "of them delivered twice"],
]);

/** Where registries are compared after a split; `healMs` and what follows mean something else there. */
const REGISTRY_WORDS: ReadonlyMap<string, string> = new Map([
  ["registryFilled", "share of the entries that all hubs had before the split"],
  ["registryHealed", "share of the other side's changes that all hubs had at the end"],
  ["healFirstMs", "from the mend until the first entry had crossed"],
  ["healMs", "until the last hub had the last entry of the other side"],
  ["healBytesRatio", "bytes that crossed for each byte that differed"],
  ["healLinkBytesRatio", "the same over the link that carried most"],
  ["healLinks", "links between the sides"],
  ["healParts", "parts that the split left"],
]);

/** Of each stretch of time in which pairs ping each other: "reach" begins at the blow, "heal" at the mend. The longest that fits counts. */
const WINDOW_WORDS: readonly (readonly [ending: string, words: string])[] = [
  ["GoodLostOver1s", "of those with a way without bad links, without an answer for over 1 s"],
  ["LostOver1s", "pairs without an answer for over 1 s"],
  ["GoodMs", "as …Ms, of the pairs that have a way without bad links"],
  ["GoodPairs", "pairs that have a way without bad links"],
  ["Unreached", "pairs out of reach at the end"],
  ["HopsMax", "hubs on the longest way"],
  ["AnswerP50Ms", "from a ping to its answer: median"],
  ["AnswerP99Ms", "the same: 99 of 100 are below"],
  ["Pairs", "pairs that ping each other"],
  ["Ms", "until 99.9 % of the pairs answered each other again for good"],
];

/** @returns "" for a figure that nobody has described. */
export function wordsOf(figure: string, figures: Figures): string {
  const ofRegistry = "registryHealed" in figures ? REGISTRY_WORDS.get(figure) : undefined;
  return ofRegistry ?? WORDS.get(figure) ?? WINDOW_WORDS.find(([ending]) => figure.endsWith(ending))?.[1] ?? "";
}
