/** What routing keeps of one neighbour: its column in the table, what each has told the other of where it is, and what waits to be said. */
import type { HubId } from "../../core/ids.js";
import type { Locator } from "../../core/mesh.js";
import type { RouteBody, RouteRequest, RouteUpdate } from "../../core/messages-routing.js";
import { TokenBucket } from "../../core/token-bucket.js";
import {
  AGAIN_GAP_MS,
  MESSAGE_COST,
  REPEATS_BURST,
  REPEATS_PER_SECOND,
  REQUESTS_QUEUED_MAX,
  TABLE_COST,
} from "./settings.js";

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
  /** Until when it counts as one that swallows frames; 0: it does not. Unit: ms. */
  penaltyUntilMs = 0;
  /** The same while it may be dead. Unit: ms. */
  doubtUntilMs = 0;
  /** Entries that it may still send now: a token bucket. */
  #allowance: number;
  #allowanceMs: number;
  /** Once it asks for everything again. */
  #repeats: TokenBucket | undefined;
  #requests: RouteRequest[] | undefined;
  /** Not asked for everything again before then. Unit: ms. */
  #againNotBeforeMs = 0;

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
  allows(body: RouteBody, nowMs: number, entriesPerSecond: number): boolean {
    const entries = costOf(body);
    const earned = ((nowMs - this.#allowanceMs) * entriesPerSecond) / 1000;
    this.#allowance = Math.min(entriesPerSecond, this.#allowance + earned) - entries;
    this.#allowanceMs = nowMs;
    if (this.#allowance >= 0) return true;
    this.#allowance = Math.max(this.#allowance + entries, 0);
    return false;
  }

  /** @returns false when it has asked for everything again more often than an honest hub has reason to. */
  mayAskAgain(nowMs: number): boolean {
    this.#repeats ??= new TokenBucket(REPEATS_PER_SECOND, REPEATS_BURST);
    return this.#repeats.take(nowMs);
  }

  /** It is to say everything again. @returns false when it was asked a moment ago. */
  asksAgain(nowMs: number): boolean {
    if (nowMs < this.#againNotBeforeMs) return false;
    this.#againNotBeforeMs = nowMs + AGAIN_GAP_MS;
    this.again = true;
    return true;
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

/** What one message takes of its sender's share. */
function costOf({ updates, withdrawn, requests, locator, digest, full }: RouteBody): number {
  const entries = (updates?.length ?? 0) + (withdrawn?.length ?? 0) + (requests?.length ?? 0);
  const isOfTable = locator !== undefined || digest !== undefined || full === true;
  return entries + (isOfTable ? TABLE_COST : MESSAGE_COST);
}
