/** What the hubs of a log are called, learnt from the log itself: an event names them by their ids. Pure. */
import { type HubId, shortId } from "../core/ids.js";
import type { MindosEvent } from "../core/status.js";
import { plain } from "./format.js";

/** A cell, its neighbours and some that have gone; beyond it the name that was learnt first is forgotten. */
const NAMES_MAX = 256;

export class EventNames {
  readonly #names = new Map<HubId, string>();

  learn(event: MindosEvent): void {
    if (event.event === "hub-started") this.#set(event.hub, event.name);
    if (event.event === "link-up") this.#set(event.peer, event.name);
    if (event.event === "stats") for (const { hub, name } of event.status.hubs) this.#set(hub, name);
  }

  /** "cellar (0031ef45)"; the id alone of one that has not been named yet. */
  readonly nameOf = (hub: HubId): string => {
    const name = this.#names.get(hub);
    return name === undefined ? shortId(hub) : `${plain(name)} (${shortId(hub)})`;
  };

  #set(hub: HubId, name: string): void {
    if (name === "") return;
    this.#names.set(hub, name);
    if (this.#names.size <= NAMES_MAX) return;
    const [first] = this.#names.keys();
    if (first !== undefined) this.#names.delete(first);
  }
}
