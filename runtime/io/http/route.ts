/** What a route of the local API is. Types only. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { LocalApi } from "../../core/status.js";
import type { EventStreams } from "./events.js";

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
