/** Hubs by the names that people give them. Pure. */
import { hubMeant } from "../core/hub-meant.js";
import { type HubId, shortId } from "../core/ids.js";
import type { MeshStatus } from "../core/mesh-status.js";
import { plain } from "./format.js";

export function nameOf({ names }: Pick<MeshStatus, "names">, hub: HubId): string {
  const name = names[hub] ?? "";
  return name === "" ? shortId(hub) : plain(name);
}

/** @param text a name, an id, or its first digits. An id that is not known here may still be found by the mesh.
 *  @throws MindosError HUB_UNKNOWN when nobody or more than one is meant. */
export function hubNamed(mesh: MeshStatus, text: string): HubId {
  const known = knownHubs(mesh).map((hub) => ({ hub, name: mesh.names[hub] ?? "" }));
  return hubMeant(text, known, { digitsMin: 4, unknownIds: true });
}

function knownHubs({ members, links, ways, names }: MeshStatus): HubId[] {
  const hubs = new Set<HubId>(Object.keys(names) as HubId[]);
  for (const { hub } of members) hubs.add(hub);
  for (const { hub } of links) hubs.add(hub);
  for (const { destination } of ways) hubs.add(destination);
  return [...hubs].sort();
}
