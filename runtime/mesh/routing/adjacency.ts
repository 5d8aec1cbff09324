/** What routing keeps of one neighbour: its column in the table, what each has told the other of where it is, and what waits to be said. */
import type { HubId } from "../../core/ids.js";
import type { Locator } from "../../core/mesh.js";
import type { RouteRequest, RouteUpdate } from "../../core/messages-routing.js";
import { REQUESTS_QUEUED_MAX } from "./settings.js";

export class Adjacency {
  /** The last that it was told of our place; undefined: nothing was sent yet. */
  sent: Locator | undefined;
  /** The last that it told of its own. */
  heard: Locator | undefined;
  /** See `scopeOf`. */
  scope = 0;
  /** The next message says everything again. */
  full = false;
  /** Some of what it told found no room: its digest will not fit, and it is asked again once there is. */
  incomplete = false;
  /** The next message asks for everything again. */
  again = false;
  /** The next message carries a digest. */
  digestDue = false;
  /** What it said of itself last. */
  said: RouteUpdate | undefined;
  /** What is known of it and it seems to have forgotten, to be told to it in the next round. */
  mirror: RouteUpdate | undefined;
  /** Not again before then. Unit: ms. */
  againNotBeforeMs = 0;
  /** Until when it counts as one that swallows frames; 0: it does not. Unit: ms. */
  penaltyUntilMs = 0;
  /** The same while it may be dead. Unit: ms. */
  doubtUntilMs = 0;
  /** Entries that it may still send now: a token bucket. */
  #allowance: number;
  #allowanceMs: number;
  #requests: RouteRequest[] | undefined;

  constructor(
    readonly hub: HubId,
    readonly column: number,
    /** Of the link, without penalty. */
    public cost: number,
    nowMs: number,
    entriesPerSecond: number,
  ) {
    this.#allowance = entriesPerSecond;
    this.#allowanceMs = nowMs;
  }

  /** @returns false when it has sent more than its share. */
  allows(entries: number, nowMs: number, entriesPerSecond: number): boolean {
    const earned = ((nowMs - this.#allowanceMs) * entriesPerSecond) / 1000;
    this.#allowance = Math.min(entriesPerSecond, this.#allowance + earned) - entries;
    this.#allowanceMs = nowMs;
    if (this.#allowance >= 0) return true;
    this.#allowance = Math.max(this.#allowance + entries, 0);
    return false;
  }

  /** @returns false when too many wait already. */
  ask(request: RouteRequest): boolean {
    this.#requests ??= [];
    if (this.#requests.length >= REQUESTS_QUEUED_MAX) return false;
    this.#requests.push(request);
    return true;
  }

  takeRequests(): readonly RouteRequest[] {
    const taken = this.#requests ?? NONE;
    this.#requests = undefined;
    return taken;
  }
}

const NONE: readonly RouteRequest[] = Object.freeze([]);
