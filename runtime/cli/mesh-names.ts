/** Hubs by the names that people give them. Pure. */
import { nearest } from "../config/nearest.js";
import { MindosError } from "../core/errors.js";
import { type HubId, isHubId, shortId } from "../core/ids.js";
import type { MeshStatus } from "../core/mesh-status.js";
import { plain } from "./format.js";

/** Fewer digits would fit by accident. */
const DIGITS_MIN = 4;

export function nameOf({ names }: Pick<MeshStatus, "names">, hub: HubId): string {
  const name = names[hub] ?? "";
  return name === "" ? shortId(hub) : plain(name);
}

/** @param text a name, an id, or its first digits. An id that is not known here may still be found by the mesh.
 *  @throws MindosError HUB_UNKNOWN when nobody or more than one is meant. */
export function hubNamed(mesh: MeshStatus, text: string): HubId {
  const known = knownHubs(mesh);
  const named = known.filter((hub) => mesh.names[hub] === text);
  const digits = text.toLowerCase();
  const isDigits = digits.length >= DIGITS_MIN && /^[0-9a-f]+$/.test(digits);
  const meant = named.length > 0 || !isDigits ? named : known.filter((hub) => hub.startsWith(digits));
  const [only, other] = meant;
  if (only !== undefined && other === undefined) return only;
  if (other !== undefined)
    throw new MindosError("HUB_UNKNOWN", `"${text}" is any of ${meant.map((hub) => hub.slice(0, 12)).join(", ")}`);
  if (isHubId(digits)) return digits;
  const near = nearest(text, Object.values(mesh.names));
  const hint = near === undefined ? "" : `; did you mean "${plain(near)}"?`;
  throw new MindosError("HUB_UNKNOWN", `no hub that is known here is called "${text}"${hint}`);
}

function knownHubs({ members, links, ways, names }: MeshStatus): HubId[] {
  const hubs = new Set<HubId>(Object.keys(names) as HubId[]);
  for (const { hub } of members) hubs.add(hub);
  for (const { hub } of links) hubs.add(hub);
  for (const { destination } of ways) hubs.add(destination);
  return [...hubs].sort();
}
