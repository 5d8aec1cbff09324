/** The names that a completion script asks for while somebody types: hubs of the home, and what can be set for it. */
import type { MemberListing } from "../../core/home-registry.js";
import { shortId } from "../../core/ids.js";
import type { CommandContext, NamesWanted } from "../command.js";
import { plain } from "../format.js";
import { getJson } from "../hub-client.js";
import { findHubs, withFirstHub } from "../hub-finder.js";

/** Nobody waits longer for a completion. Unit: ms. */
const TIMEOUT_MS = 1_500;

type Member = Pick<MemberListing, "hub" | "name">;

/** @returns nothing when no hub answers: a shell has nowhere to say why. */
export async function namesFor(
  wanted: NamesWanted,
  begun: string,
  data: string | undefined,
  context: Pick<CommandContext, "env" | "tools">,
): Promise<readonly string[]> {
  try {
    const members = await withFirstHub(await findHubs({ data, url: undefined }, context), (hub) =>
      getJson<readonly MemberListing[]>(hub, "/api/members", AbortSignal.timeout(TIMEOUT_MS)),
    );
    return candidates(wanted, begun, members);
  } catch {
    return [];
  }
}

/** Pure. Ids are offered to who has begun one, and where a name does not say which hub is meant. */
export function candidates(wanted: NamesWanted, begun: string, members: readonly Member[]): string[] {
  const uses = new Map<string, number>();
  for (const { name } of members) uses.set(name, (uses.get(name) ?? 0) + 1);
  const hubs = members.flatMap(({ hub, name }) => {
    // What is not plain text nobody types, and it would drive the terminal.
    const isName = name !== "" && uses.get(name) === 1 && plain(name) === name;
    if (!isName) return [shortId(hub)];
    return begun === "" ? [name] : [name, shortId(hub)];
  });
  const all = wanted === "hubs" ? hubs : ["name", ...hubs.flatMap((hub) => [`${hub}.name`, `${hub}.room`])];
  return [...new Set(all)].filter((name) => name.startsWith(begun)).sort();
}
