/** Marks the hubs that were put out of the home: a node knows of them only that they answer no more. */
import type { HubId } from "../core/ids.js";
import type { MeshStatus } from "../core/mesh-status.js";
import type { HubView } from "../core/status.js";

export interface Revocations {
  isRevoked(hub: HubId): boolean;
}

export function viewsWithPutOut(views: readonly HubView[], gate: Revocations): HubView[] {
  return views.map((view) => (gate.isRevoked(view.hub) ? { ...view, putOut: true } : view));
}

export function meshWithPutOut(mesh: MeshStatus, gate: Revocations): MeshStatus {
  const putOut = mesh.members.flatMap(({ hub }) => (gate.isRevoked(hub) ? [hub] : []));
  return { ...mesh, putOut };
}
