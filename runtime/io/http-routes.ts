/**
 * The local API's routes (listed at the top of core/status.ts): every argument is checked before the hub sees it.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Gateway } from "../core/gateway.js";
import { isSensorId } from "../core/ids.js";
import { isQuantity } from "../core/quantity.js";
import type { LocalApi } from "../core/status.js";
import type { EventStreams } from "./http-events.js";
import { HttpRefusal, sendJson, sendText } from "./http-reply.js";

const BODY_BYTES_MAX = 8 * 1024;
/** As `QUESTION_TOO_LONG` tells people. */
const QUESTION_CHARS_MAX = 500;
const ASK_TIMEOUT_MS = { least: 100, most: 60_000 };
const HISTORY_POINTS = { most: 5_000, usual: 500 };

export interface RouteContext {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly api: LocalApi;
  readonly events: EventStreams;
}

export interface Route {
  readonly method: "GET" | "POST";
  readonly handle: (context: RouteContext) => Promise<void> | void;
}

const API_ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["/api/status", { method: "GET", handle: ({ response, api }) => sendJson(response, 200, api.status()) }],
  ["/api/sensors", { method: "GET", handle: ({ response, api }) => sendJson(response, 200, api.sensors()) }],
  ["/api/detections", { method: "GET", handle: ({ response, api }) => sendJson(response, 200, api.detections()) }],
  ["/api/history", { method: "GET", handle: history }],
  ["/api/ask", { method: "POST", handle: ask }],
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

/** @throws HttpRefusal 400 | 413 | 415 */
async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers["content-type"] ?? "")) {
    throw new HttpRefusal(415, "BAD_INPUT", "the body is not application/json");
  }
  if (Number(request.headers["content-length"] ?? 0) > BODY_BYTES_MAX) throw tooLarge();
  const body = await readBody(request);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw badInput("the body is not JSON in UTF-8");
  }
}

/** By events, not `for await`: leaving such a loop early destroys the socket, and the refusal with it. */
function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
      else reject(tooLarge());
    });
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("error", reject);
  });
}

function badInput(message: string): HttpRefusal {
  return new HttpRefusal(400, "BAD_INPUT", message);
}

/** What is left of the body is not read: the connection closes instead. */
function tooLarge(): HttpRefusal {
  return new HttpRefusal(413, "BAD_INPUT", `the body is larger than ${BODY_BYTES_MAX} bytes`, { Connection: "close" });
}
