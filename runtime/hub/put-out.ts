/** Marks the hubs that were put out of the home: nobody links with them, so no neighbour of theirs is left to say that they are gone. */
import type { HubId } from "../core/ids.js";
import type { MeshStatus } from "../core/mesh-status.js";
import type { HubView } from "../core/status.js";

export interface Revocations {
  isRevoked(hub: HubId): boolean;
}

export function viewsWithPutOut(views: readonly HubView[], gate: Revocations): HubView[] {
  const isIn = (hub: HubId): boolean => !gate.isRevoked(hub);
  return views.map(({ rttMs, ...view }) => {
    if (!isIn(view.hub) && view.state !== "self") return { ...view, state: "dead", neighbours: [], putOut: true };
    // What a hub has said of its links before one of them was put out.
    return { ...view, neighbours: view.neighbours.filter(isIn), ...(rttMs === undefined ? {} : { rttMs }) };
  });
}

export function meshWithPutOut(mesh: MeshStatus, gate: Revocations): MeshStatus {
  const members = mesh.members.map((member) =>
    gate.isRevoked(member.hub) && member.state !== "dead" && member.hub !== mesh.hub
      ? { ...member, state: "left" as const }
      : member,
  );
  const putOut = members.flatMap(({ hub }) => (gate.isRevoked(hub) ? [hub] : []));
  // A home whose other hubs were all put out is alone, and whole.
  const others = members.some(({ hub }) => hub !== mesh.hub && !gate.isRevoked(hub));
  return { ...mesh, members, putOut, isolated: mesh.isolated && others };
}
