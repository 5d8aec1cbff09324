/** Hands every event of the hub to whoever listens: standard output, the page. */
import type { EventSink, MindosEvent } from "../core/status.js";

/** The HTTP server counts as one; more than a few is a leak. */
const LISTENERS_MAX = 16;

export class EventBus {
  readonly #sinks = new Set<EventSink>();

  readonly emit = (event: MindosEvent): void => {
    for (const sink of this.#sinks) sink(event);
  };

  /** @returns the function that ends it. */
  subscribe(sink: EventSink): () => void {
    if (this.#sinks.size >= LISTENERS_MAX) throw new Error("too many listeners for the hub's events");
    this.#sinks.add(sink);
    return () => void this.#sinks.delete(sink);
  }
}
