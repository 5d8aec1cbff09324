/**
 * The local API's routes (listed at the top of core/status.ts): every argument is checked before the hub sees it.
 */
import type { Gateway } from "../../core/gateway.js";
import { isSensorId } from "../../core/ids.js";
import { isQuantity } from "../../core/quantity.js";
import { ADMISSION_ROUTES } from "./admission.js";
import { BACKBONE_ROUTES } from "./backbone.js";
import { badInput, readJson } from "./body.js";
import { HOME_REGISTRY_ROUTES } from "./home-registry.js";
import { HOMES_ROUTES } from "./homes.js";
import { MESH_ROUTES } from "./mesh.js";
import { NOTES_ROUTES } from "./notes.js";
import { HttpRefusal, sendJson, sendText } from "./reply.js";
import type { Route, RouteContext } from "./route.js";

/** As `QUESTION_TOO_LONG` tells people. */
const QUESTION_CHARS_MAX = 500;
const ASK_TIMEOUT_MS = { least: 100, most: 60_000 };
const HISTORY_POINTS = { most: 5_000, usual: 500 };

const API_ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["/api/status", { method: "GET", handle: ({ response, api }) => sendJson(response, 200, api.status()) }],
  ["/api/sensors", { method: "GET", handle: ({ response, api }) => sendJson(response, 200, api.sensors()) }],
  ["/api/detections", { method: "GET", handle: ({ response, api }) => sendJson(response, 200, api.detections()) }],
  ["/api/history", { method: "GET", handle: history }],
  ["/api/ask", { method: "POST", handle: ask }],
  ...MESH_ROUTES,
  ...NOTES_ROUTES,
  ...ADMISSION_ROUTES,
  ...BACKBONE_ROUTES,
  ...HOMES_ROUTES,
  ...HOME_REGISTRY_ROUTES,
  ["/api/events", { method: "GET", handle: ({ response, events }) => events.add(response) }],
]);

/** The API's routes, and a page for each gateway, behind the same guard. */
export function routesWith(gateways: readonly Gateway[]): ReadonlyMap<string, Route> {
  const pages = gateways.map((gateway): [string, Route] => [
    gateway.path,
    {
      method: "GET",
      handle: ({ response, api }) => sendText(response, gateway.contentType, gateway.render(api.status())),
    },
  ]);
  return new Map([...API_ROUTES, ...pages]);
}

async function history({ response, query, api }: RouteContext): Promise<void> {
  const sensor = query.get("sensor") ?? "";
  const quantity = query.get("quantity") ?? "";
  const limitText = query.get("limit") ?? String(HISTORY_POINTS.usual);
  const limit = /^\d{1,5}$/.test(limitText) ? Number(limitText) : 0;
  if (!isSensorId(sensor)) throw badInput('"sensor" is not a sensor id such as ble:a4c1380b5eed');
  if (!isQuantity(quantity)) throw badInput('"quantity" is not a known quantity such as temperature');
  if (limit < 1 || limit > HISTORY_POINTS.most)
    throw badInput(`"limit" is not a number from 1 to ${HISTORY_POINTS.most}`);
  sendJson(response, 200, await api.history(sensor, quantity, limit));
}

async function ask({ request, response, api }: RouteContext): Promise<void> {
  const body = await readJson(request);
  const { question, timeoutMs } = (body ?? {}) as { question?: unknown; timeoutMs?: unknown };
  if (typeof question !== "string" || question.trim() === "") throw badInput('"question" is not a text');
  if (question.length > QUESTION_CHARS_MAX) {
    throw new HttpRefusal(422, "QUESTION_TOO_LONG", `the question has ${question.length} characters`);
  }
  const { least, most } = ASK_TIMEOUT_MS;
  const isGiven = timeoutMs !== undefined;
  const isWhole = typeof timeoutMs === "number" && Number.isInteger(timeoutMs);
  if (isGiven && !(isWhole && timeoutMs >= least && timeoutMs <= most)) {
    throw badInput(`"timeoutMs" is not a whole number from ${least} to ${most}`);
  }
  sendJson(response, 200, await api.ask(question, isWhole ? timeoutMs : undefined));
}
