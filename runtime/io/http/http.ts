/**
 * The hub's local HTTP server: the page, the JSON API of core/status.ts, server-sent events, and the door for MQTT over
 * WebSocket. Loopback by default; every request passes the guard (Host, Origin, token) before anything else looks at it.
 * Bounds: connections, header bytes and time, body bytes, requests in work, subscribers. A refusal is an `ApiProblem`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Gateway } from "../../core/gateway.js";
import type { Counters } from "../../core/ports.js";
import type { LocalApi } from "../../core/status.js";
import { listen } from "../listen.js";
import { createEventStreams, type EventStreams } from "./events.js";
import { PAGE_FILES, SIGN_IN_PAGE, sendPageFile } from "./files.js";
import { createGuard, type Guard } from "./guard.js";
import { COMMON_HEADERS, HttpRefusal, rawRefusal, refusalOf, sendRefusal } from "./reply.js";
import type { Route } from "./route.js";
import { routesWith } from "./routes.js";

/** Pages use up to six each; beyond this the kernel's accept queue would only hide the trouble. */
const CONNECTIONS_MAX = 128;
/** Connections that wait to be accepted. */
const BACKLOG_MAX = 64;
const HEADER_BYTES_MAX = 8 * 1024;
/** Loopback is quick: who takes longer for the headers, or for headers and body, is stuck or hostile. Unit: ms. */
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
const TIMEOUT_CHECK_MS = 1_000;
const KEEP_ALIVE_MS = 5_000;
/** A client that stops reading its reply is cut off after this; longer than the longest question. Unit: ms. */
const SILENCE_MS = 60_000;
/** API requests being worked on at once, over all connections. */
const REQUESTS_MAX = 32;
const UPGRADE_PATH = "/mqtt";
/** 64 bits in hex: what can be tried over loopback in a lifetime is far less. */
const TOKEN_CHARS_MIN = 16;

export interface HttpOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly token: string;
  readonly pageDir: string;
  readonly api: LocalApi;
  readonly counters: Counters;
  /** How other systems see the hub: one page each. */
  readonly gateways?: readonly Gateway[];
  /** Takes over an upgraded socket of /mqtt, once the guard has let it pass. */
  readonly onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

export interface HttpHandle {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

interface Context extends HttpOptions {
  readonly guard: Guard;
  readonly events: EventStreams;
  readonly routes: ReadonlyMap<string, Route>;
  requests: number;
}

/** @throws MindosError PAGE_PORT_IN_USE | ADDRESS_UNAVAILABLE; RangeError when the token is too short. */
export async function startHttp(options: HttpOptions): Promise<HttpHandle> {
  if (options.token.length < TOKEN_CHARS_MIN) throw new RangeError(`the token is shorter than ${TOKEN_CHARS_MIN}`);
  const server = createServer({
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requireHostHeader: false, // The guard refuses a missing one, in our own words.
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.timeout = SILENCE_MS;
  server.on("drop", () => options.counters.count("http.connection-dropped"));
  const port = await listen(server, {
    host: options.host,
    port: options.port,
    backlog: BACKLOG_MAX,
    whenTaken: "PAGE_PORT_IN_USE",
  });
  const context: Context = {
    ...options,
    guard: createGuard({ host: options.host, port, token: options.token }),
    events: createEventStreams(options.api, options.counters),
    routes: routesWith(options.gateways ?? []),
    requests: 0,
  };
  const upgraded = new Set<Duplex>();
  server.on("request", (request, response) => void serve(context, request, response));
  server.on("upgrade", (request, socket, head) => upgrade(context, upgraded, request, socket, head));
  server.on("clientError", (error, socket) => refuseGarbage(context, error, socket));
  return {
    url: `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}/`,
    port,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      context.events.close();
      for (const socket of upgraded) socket.destroy();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await route(context, request, response);
  } catch (error) {
    if (response.destroyed) return context.counters.count("http.client-gone");
    const refusal = refusalOf(error);
    context.counters.count(refusal.status >= 500 ? "http.failed" : "http.refused");
    sendRefusal(response, refusal);
  }
}

async function route(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { path, query } = splitTarget(request.url ?? "");
  context.guard.checkHost(request);
  const file = PAGE_FILES.get(path);
  if (file) {
    checkMethod(request, ["GET", "HEAD"]);
    const token = path === "/" ? query.get("token") : null;
    if (token !== null) return signIn(context, response, token);
    if (!file.open && !context.guard.hasToken(request)) return sendSignInPage(context, response);
    return sendPageFile(request, response, context.pageDir, file);
  }
  const entry = context.routes.get(path);
  if (!entry) throw new HttpRefusal(404, "BAD_USAGE", "there is nothing at this address");
  checkMethod(request, [entry.method]);
  context.guard.checkToken(request);
  if (entry.method === "POST") context.guard.checkOrigin(request);
  if (context.requests >= REQUESTS_MAX) {
    throw new HttpRefusal(503, "TOO_BUSY", "too many requests are being worked on", { "Retry-After": "2" });
  }
  context.requests++;
  try {
    await entry.handle({ request, response, query, api: context.api, events: context.events });
  } finally {
    context.requests--;
  }
}

/** Sets the cookie and goes to the bare address, so that the token leaves the address bar and the history. */
function signIn(context: Context, response: ServerResponse, token: string): void {
  const cookie = context.guard.cookieFor(token);
  if (cookie === undefined) {
    sendSignInPage(context, response);
    return;
  }
  const headers = { ...COMMON_HEADERS, "Set-Cookie": cookie, Location: "/", "Cache-Control": "no-store" };
  response.writeHead(303, headers).end();
}

function sendSignInPage(context: Context, response: ServerResponse): void {
  context.counters.count("http.refused");
  const headers = { ...COMMON_HEADERS, "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" };
  response.writeHead(401, { ...headers, "WWW-Authenticate": "Bearer" }).end(SIGN_IN_PAGE);
}

/** Origin-form targets only; the path is compared as it came, never decoded. */
function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const at = target.indexOf("?");
  const path = at < 0 ? target : target.slice(0, at);
  return { path, query: new URLSearchParams(at < 0 ? "" : target.slice(at + 1)) };
}

function checkMethod(request: IncomingMessage, allowed: readonly string[]): void {
  if (allowed.includes(request.method ?? "")) return;
  const headers = { Allow: allowed.join(", ") };
  throw new HttpRefusal(405, "BAD_USAGE", `${request.method} is not for this address`, headers);
}

function upgrade(
  context: Context,
  upgraded: Set<Duplex>,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  socket.on("error", () => context.counters.count("http.client-gone"));
  try {
    context.guard.checkHost(request);
    const path = splitTarget(request.url ?? "").path;
    if (path !== UPGRADE_PATH || context.onUpgrade === undefined) {
      throw new HttpRefusal(404, "BAD_USAGE", "there is nothing to upgrade to at this address");
    }
    context.guard.checkToken(request);
    context.guard.checkOrigin(request);
    request.socket.setTimeout(0); // From here on, silence is MQTT's own matter.
    upgraded.add(socket);
    socket.once("close", () => upgraded.delete(socket));
    context.onUpgrade(request, socket, head);
  } catch (error) {
    context.counters.count("http.refused");
    endRaw(socket, refusalOf(error));
  }
}

/** Bytes that are no HTTP, headers that are too long, or a client that dawdles. */
function refuseGarbage(context: Context, error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  context.counters.count("http.refused");
  if (error.code === "HPE_HEADER_OVERFLOW")
    endRaw(socket, new HttpRefusal(431, "BAD_INPUT", "the headers are too long"));
  else if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    endRaw(socket, new HttpRefusal(408, "BAD_INPUT", "the request took too long to arrive"));
  } else endRaw(socket, new HttpRefusal(400, "BAD_INPUT", "this is not an HTTP request"));
}

function endRaw(socket: Duplex, refusal: HttpRefusal): void {
  socket.end(rawRefusal(refusal, "Refused"), () => socket.destroy());
}
