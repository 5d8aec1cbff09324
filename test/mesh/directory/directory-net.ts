/** Hubs with a directory and a forwarder each, over static ways: LOOKUPs and routed frames travel with a latency of 2 ms. */
import type { HubId } from "../../../runtime/core/ids.js";
import type { LookupBody } from "../../../runtime/core/messages-directory.js";
import type { RoutedFrame } from "../../../runtime/core/routed.js";
import type { Authority } from "../../../runtime/mesh/directory/authority.js";
import { Directory } from "../../../runtime/mesh/directory/directory.js";
import { DIRECTORY_DEFAULTS, type DirectorySettings } from "../../../runtime/mesh/directory/settings.js";
import { Forwarder } from "../../../runtime/mesh/forwarding/forwarder.js";
import { Heap } from "../heap.js";
import { generator, type StaticMesh } from "../static-ways.js";

const LATENCY_MS = 2;

interface Member {
  readonly directory: Directory;
  readonly forwarder: Forwarder;
}

type Event =
  | { readonly type: "lookup"; readonly from: HubId; readonly body: LookupBody }
  | { readonly type: "frame"; readonly from: HubId; readonly frame: RoutedFrame };

export class DirectoryNet {
  readonly members = new Map<HubId, Member>();
  readonly counts = new Map<string, number>();
  readonly delivered: { readonly to: HubId; readonly from: HubId; readonly seq: number; readonly hops: number }[] = [];
  readonly unresolved: RoutedFrame[] = [];
  nowMs = 0;
  lookupsSent = 0;
  lookupBytes = 0;
  /** Frames and lookups under way; sorted, since all take the same time. */
  readonly #queue: { readonly atMs: number; readonly to: HubId; readonly event: Event }[] = [];
  readonly #down = new Set<HubId>();
  readonly #deadlines = new Heap<HubId>();
  readonly #random = generator(7);

  constructor(
    public mesh: StaticMesh,
    readonly options: {
      readonly settings?: Partial<DirectorySettings>;
      readonly authority?: (hub: HubId) => Authority;
      readonly epoch?: number;
    } = {},
  ) {
    for (const hub of mesh.hubs) this.#add(hub);
    for (const [hub, { directory }] of this.members) {
      directory.moved(0, this.rng);
      this.#touched(hub);
    }
  }

  readonly rng = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.floor(this.#random() * 256));

  /** Hubs vanish: what is on its way to them is lost, and the ways lead round them. */
  remove(hubs: readonly HubId[]): void {
    for (const hub of hubs) {
      this.#down.add(hub);
      this.mesh.gone.add(hub);
    }
  }

  count(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  send(from: HubId, to: HubId): void {
    const { forwarder } = this.#member(from);
    const frame = forwarder.frameTo(to, { type: "ERROR", code: "TEST", fault: "local", detail: "" });
    this.#forward(from, frame, undefined);
  }

  /** Puts a LOOKUP of somebody's own making on a link. */
  inject(from: HubId, to: HubId, body: LookupBody): void {
    this.#queue.push({ atMs: this.nowMs + LATENCY_MS, to, event: { type: "lookup", from, body } });
  }

  run(untilMs: number): void {
    for (;;) {
      const next = this.#queue[0];
      const [dueMs, due] = this.#firstDeadline();
      if (Math.min(dueMs, next?.atMs ?? Number.POSITIVE_INFINITY) > untilMs) break;
      if (next !== undefined && next.atMs <= dueMs) {
        this.#queue.shift();
        this.nowMs = next.atMs;
        if (!this.#down.has(next.to)) this.#handle(next.to, next.event);
      } else if (due !== undefined) {
        this.nowMs = Math.max(this.nowMs, dueMs);
        this.#member(due).directory.tick(this.nowMs, this.rng);
        this.#touched(due);
      }
    }
    this.nowMs = untilMs;
  }

  #firstDeadline(): readonly [number, HubId | undefined] {
    for (;;) {
      const first = this.#deadlines.first;
      if (first === undefined) return [Number.POSITIVE_INFINITY, undefined];
      const { directory } = this.#member(first.value);
      if (!this.#down.has(first.value) && directory.deadlineMs === first.key) return [first.key, first.value];
      this.#deadlines.pop();
    }
  }

  /** Its deadline may have changed: the old one is found to be stale when it comes up. */
  #touched(hub: HubId): void {
    const { deadlineMs } = this.#member(hub).directory;
    if (deadlineMs !== Number.POSITIVE_INFINITY) this.#deadlines.push(deadlineMs, hub);
  }

  #add(hub: HubId): void {
    const ways = this.mesh.waysOf(hub);
    const { settings, authority, epoch = 1 } = this.options;
    const count = (name: string, by = 1): void => void this.counts.set(name, this.count(name) + by);
    const directory = new Directory({
      hub,
      epoch,
      ways,
      settings: { ...DIRECTORY_DEFAULTS, ...settings },
      authority: authority?.(hub),
      sink: {
        count,
        send: (to, message) => {
          if (message.type !== "LOOKUP") throw new Error(message.type);
          this.lookupsSent += 1;
          this.lookupBytes += lookupBytes(message);
          this.inject(hub, to, message);
          return 1;
        },
        resolved: (frame) => this.#forward(hub, frame, undefined),
        unresolved: (frame, nowMs) => {
          this.unresolved.push(frame);
          forwarder.unreachable(frame, nowMs);
        },
      },
    });
    const forwarder = new Forwarder({
      hub,
      epoch,
      ways,
      known: (to, nowMs) => directory.known(to, nowMs),
      forget: (to, nowMs) => directory.invalidate(to, nowMs),
      sink: {
        count,
        route: (to, message) => this.#forward(hub, forwarder.frameTo(to, message), undefined),
      },
    });
    this.members.set(hub, { directory, forwarder });
  }

  #handle(hub: HubId, event: Event): void {
    if (event.type === "lookup") {
      this.#member(hub).directory.onLookup(event.from, event.body, this.nowMs);
      this.#touched(hub);
    } else this.#forward(hub, event.frame, event.from);
  }

  #forward(hub: HubId, frame: RoutedFrame, from: HubId | undefined): void {
    const { directory, forwarder } = this.#member(hub);
    const verdict = forwarder.forward(frame, from, this.nowMs);
    if (verdict.type === "deliver") {
      const { payload } = frame;
      if ("type" in payload && payload.type === "ERROR" && payload.hub !== undefined)
        directory.invalidate(payload.hub, this.nowMs);
      else this.delivered.push({ to: hub, from: frame.src, seq: frame.seq, hops: frame.hops });
    } else if (verdict.type === "resolve") {
      directory.resolve(verdict.frame, this.nowMs);
      this.#touched(hub);
    } else if (verdict.type === "send")
      this.#queue.push({
        atMs: this.nowMs + LATENCY_MS,
        to: verdict.to,
        event: { type: "frame", from: hub, frame: verdict.frame },
      });
  }

  #member(hub: HubId): Member {
    const member = this.members.get(hub);
    if (member === undefined) throw new Error(`no hub ${hub}`);
    return member;
  }
}

/** On MQTT, as `wire/messages/directory.ts` writes it: 17 bytes an id, 2 to 9 a number. */
export function lookupBytes({ place, asker, region }: LookupBody): number {
  const locator = (ids: number): number => 2 + 17 * ids;
  let bytes = 8 + 5 + 3 + 18;
  if (place) bytes += 2 + 7 + 4 + locator(place.locator.length) + 3 + (place.proof ? 99 : 0);
  if (asker) bytes += 2 + 18 + locator(asker.locator.length);
  if (region) bytes += 2 + 2 + 18;
  return bytes;
}
