/** The local API's routes around the mesh (listed at the top of core/mesh-status.ts). */
import { isHubId } from "../../core/ids.js";
import { badInput, readJson } from "./body.js";
import { sendJson } from "./reply.js";
import type { Route, RouteContext } from "./route.js";

const PING_TIMEOUT_MS = { least: 50, usual: 2_000, most: 10_000 };

export const MESH_ROUTES: readonly (readonly [string, Route])[] = [
  ["/api/mesh", { method: "GET", handle: ({ response, api }) => sendJson(response, 200, api.meshApi.status()) }],
  ["/api/ping", { method: "POST", handle: ping }],
];

async function ping({ request, response, api }: RouteContext): Promise<void> {
  const body = await readJson(request);
  const { hub, timeoutMs = PING_TIMEOUT_MS.usual } = (body ?? {}) as { hub?: unknown; timeoutMs?: unknown };
  if (typeof hub !== "string" || !isHubId(hub)) throw badInput('"hub" is not a hub id of 32 hex digits');
  const { least, most } = PING_TIMEOUT_MS;
  if (typeof timeoutMs !== "number" || !(timeoutMs >= least && timeoutMs <= most))
    throw badInput(`"timeoutMs" is not a number from ${least} to ${most}`);
  sendJson(response, 200, (await api.meshApi.ping(hub, timeoutMs)) ?? null);
}
