/** Which hubs an intent goes to. Pure. */
import type { HubId } from "../core/ids.js";
import type { AdvertBody } from "../core/messages.js";

/** A question goes to at most this many hubs at once; a home has fewer. */
export const TARGETS_MAX = 32;

/** The hubs that have announced the topic and can be reached, self included when it answers it too.
 *  @param reachable in any order; the result is sorted, so that the same home gives the same choice. */
export function targetsFor(
  topic: string,
  self: { readonly hub: HubId; readonly topics: readonly string[] },
  adverts: readonly AdvertBody[],
  reachable: ReadonlySet<HubId>,
): HubId[] {
  const others = adverts
    .filter((advert) => reachable.has(advert.hub) && advert.topics.includes(topic))
    .map((advert) => advert.hub);
  const all = self.topics.includes(topic) ? [self.hub, ...others] : others;
  return all.sort().slice(0, TARGETS_MAX);
}

/** The hubs that could have answered, had they been in reach; not those that were put out of the home, whose answer nobody waits for. */
export function missingFor(
  topic: string,
  known: readonly { readonly hub: HubId; readonly topics: readonly string[] }[],
  reachable: ReadonlySet<HubId>,
  isOut: (hub: HubId) => boolean,
): HubId[] {
  return known
    .filter(({ hub, topics }) => topics.includes(topic) && !reachable.has(hub) && !isOut(hub))
    .map(({ hub }) => hub);
}
