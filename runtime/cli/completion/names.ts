/** The names that a completion script asks for while somebody types: hubs of the home, what can be set for it, other homes, brokers. */
import type { BackboneView } from "../../core/backbone.js";
import type { MemberListing } from "../../core/home-registry.js";
import type { HomesView } from "../../core/homes.js";
import { shortId } from "../../core/ids.js";
import type { CommandContext, NamesWanted } from "../command.js";
import { plain } from "../format.js";
import { getJson } from "../hub-client.js";
import { findHubs, withFirstHub } from "../hub-finder.js";

/** Nobody waits longer for a completion. Unit: ms. */
const TIMEOUT_MS = 1_500;

type Member = Pick<MemberListing, "hub" | "name" | "presence">;
type Broker = Pick<BackboneView, "name" | "url">;

interface Names {
  /** Of the local API. */
  readonly path: string;
  /** @param begun what is typed already. @param listed as the path answers. */
  offer(begun: string, listed: never): readonly string[];
}

const NAMES = {
  // No command that takes a hub means the one that it is given to: it neither puts itself out nor writes to itself.
  hubs: {
    path: "/api/members",
    offer: (begun, members: readonly Member[]) =>
      namesOf(begun, members).flatMap(({ presence, names }) => (presence === "self" ? [] : names)),
  },
  settings: {
    path: "/api/members",
    offer: (begun, members: readonly Member[]) => [
      "name",
      ...namesOf(begun, members).flatMap(({ names }) => names.flatMap((hub) => [`${hub}.name`, `${hub}.room`])),
    ],
  },
  homes: { path: "/api/homes", offer: (_begun, { homes }: HomesView) => homes.map(({ name }) => name) },
  brokers: {
    path: "/api/backbone",
    offer: (_begun, brokers: readonly Broker[]) => brokers.map(({ name, url }) => name ?? url),
  },
} as const satisfies Record<NamesWanted, Names>;

/** @returns nothing when no hub answers: a shell has nowhere to say why. */
export async function namesFor(
  wanted: NamesWanted,
  begun: string,
  data: string | undefined,
  context: Pick<CommandContext, "env" | "tools">,
): Promise<readonly string[]> {
  try {
    const listed = await withFirstHub(await findHubs({ data, url: undefined }, context), (hub) =>
      getJson<never>(hub, NAMES[wanted].path, AbortSignal.timeout(TIMEOUT_MS)),
    );
    return candidates(wanted, begun, listed);
  } catch {
    return [];
  }
}

/** Pure. What is not plain text nobody types, and it would drive the terminal. */
export function candidates<W extends NamesWanted>(
  wanted: W,
  begun: string,
  listed: Parameters<(typeof NAMES)[W]["offer"]>[1],
): string[] {
  const all = NAMES[wanted].offer(begun, listed as never);
  return [...new Set(all)].filter((name) => name.startsWith(begun) && plain(name) === name).sort();
}

/** Ids are offered to who has begun one, and where a name does not say which hub is meant. */
function namesOf(begun: string, members: readonly Member[]): { presence: Member["presence"]; names: string[] }[] {
  const uses = new Map<string, number>();
  for (const { name } of members) uses.set(name, (uses.get(name) ?? 0) + 1);
  return members.map(({ hub, name, presence }) => {
    const isName = name !== "" && uses.get(name) === 1 && plain(name) === name;
    const names = !isName ? [shortId(hub)] : begun === "" ? [name] : [name, shortId(hub)];
    return { presence, names };
  });
}
