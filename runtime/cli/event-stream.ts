/** A running hub's events as they happen: server-sent events of its local API (WHATWG HTML §9.2), read line by line. */
import { get } from "node:http";
import type { MindosEvent } from "../core/status.js";
import type { HubAddress } from "./hub-client.js";
import { pause } from "./prompt.js";

/** A `stats` event of a large cell is some tens of kilobytes; a longer line is no event of ours. Unit: characters. */
const LINE_CHARS_MAX = 1024 * 1024;
const RETRY_MS = 1_000;
const DATA = "data: ";

/** Reads until it is stopped; a stream that breaks off, or a hub that restarts, is tried again every second. */
export async function followEvents(
  hub: HubAddress,
  stop: AbortSignal,
  onEvent: (event: MindosEvent) => void,
): Promise<void> {
  while (!stop.aborted) {
    await readStream(hub, stop, onEvent);
    await pause(RETRY_MS, stop);
  }
}

function readStream(hub: HubAddress, stop: AbortSignal, onEvent: (event: MindosEvent) => void): Promise<void> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${hub.token}`, accept: "text/event-stream" };
    const outgoing = get(new URL("/api/events", hub.url), { headers, agent: false, signal: stop });
    const lines = new EventLines(onEvent);
    outgoing.on("error", () => resolve());
    outgoing.on("response", (response) => {
      response.setEncoding("utf8");
      response.on("error", () => resolve());
      response.on("close", () => resolve());
      if (response.statusCode !== 200) outgoing.destroy();
      else response.on("data", (text: string) => lines.push(text));
    });
  });
}

/** Whole lines out of pieces; what is no event is passed over. */
export class EventLines {
  #rest = "";
  #tooLong = false;

  constructor(readonly onEvent: (event: MindosEvent) => void) {}

  push(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (this.#tooLong) this.#tooLong = false;
      else this.#onLine(line);
    }
    if (this.#rest.length <= LINE_CHARS_MAX) return;
    this.#rest = "";
    this.#tooLong = true;
  }

  #onLine(line: string): void {
    if (!line.startsWith(DATA)) return;
    try {
      const event = JSON.parse(line.slice(DATA.length)) as { event?: unknown } | null;
      if (typeof event?.event === "string") this.onEvent(event as MindosEvent);
    } catch {
      // Not ours: the next one may be.
    }
  }
}
