/**
 * Server-sent events: one subscription to the hub, shared by every open page; each event is serialised once.
 * Bounds: subscribers, bytes that wait for a slow one (it is dropped, and reconnects to a fresh state), and `stats`
 * events per second (the newest wins).
 */
import type { ServerResponse } from "node:http";
import type { Counters } from "../../core/ports.js";
import type { LocalApi, MindosEvent } from "../../core/status.js";
import { COMMON_HEADERS, HttpRefusal } from "./reply.js";

const SUBSCRIBERS_MAX = 16;
/** A page that lets this much wait has stalled: 256 KiB is minutes of events. */
const WAITING_BYTES_MAX = 256 * 1024;
const STATS_INTERVAL_MS = 1000;
/** Below the 30 s after which some proxies and phones give an idle connection up. */
const HEARTBEAT_MS = 15_000;
/** What a plain EventSource waits before it reconnects; our own page backs off by itself. Unit: ms. */
const RETRY_MS = 2000;

export interface EventStreams {
  readonly size: number;
  /** @throws HttpRefusal 503 when there are too many subscribers. */
  add(response: ServerResponse): void;
  close(): void;
}

export function createEventStreams(api: LocalApi, counters: Counters): EventStreams {
  const subscribers = new Set<ServerResponse>();
  let unsubscribe: (() => void) | undefined;
  let heartbeat: NodeJS.Timeout | undefined;
  let statsTimer: NodeJS.Timeout | undefined;
  let statsWaiting: MindosEvent | undefined;
  let statsSentMs = Number.NEGATIVE_INFINITY;

  function write(text: string): void {
    for (const response of subscribers) {
      if (response.writableLength > WAITING_BYTES_MAX) {
        counters.count("http.events-slow");
        response.destroy();
      } else {
        response.write(text);
      }
    }
  }

  const send = (event: MindosEvent) => write(`data: ${JSON.stringify(event)}\n\n`);

  function sendStats(event: MindosEvent): void {
    statsSentMs = performance.now();
    send(event);
  }

  function onEvent(event: MindosEvent): void {
    if (event.event !== "stats") {
      send(event);
      return;
    }
    const waitMs = statsSentMs + STATS_INTERVAL_MS - performance.now();
    if (waitMs <= 0) {
      sendStats(event);
      return;
    }
    statsWaiting = event;
    statsTimer ??= setTimeout(() => {
      statsTimer = undefined;
      const newest = statsWaiting;
      statsWaiting = undefined;
      if (newest) sendStats(newest);
    }, waitMs);
  }

  function begin(): void {
    unsubscribe = api.subscribe(onEvent);
    heartbeat = setInterval(() => write(": still here\n\n"), HEARTBEAT_MS);
    heartbeat.unref();
  }

  function end(): void {
    unsubscribe?.();
    unsubscribe = undefined;
    clearInterval(heartbeat);
    clearTimeout(statsTimer);
    statsTimer = undefined;
    statsWaiting = undefined;
  }

  return {
    get size() {
      return subscribers.size;
    },
    add(response) {
      if (subscribers.size >= SUBSCRIBERS_MAX) {
        throw new HttpRefusal(503, "TOO_BUSY", `${SUBSCRIBERS_MAX} pages are open already`, { "Retry-After": "10" });
      }
      response.writeHead(200, {
        ...COMMON_HEADERS,
        "Content-Type": "text/event-stream; charset=utf-8",
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
      });
      response.write(`retry: ${RETRY_MS}\n\n`);
      if (subscribers.size === 0) begin();
      subscribers.add(response);
      response.once("close", () => {
        subscribers.delete(response);
        if (subscribers.size === 0) end();
      });
    },
    close() {
      for (const response of subscribers) response.end();
      end();
    },
  };
}
