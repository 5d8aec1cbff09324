/**
 * Links: one session per pair of hubs that are neighbours. Not pure: timers; sockets through the dialler and the door.
 *
 * Either side may dial. Who is there the channel has proven before a link is announced; of several sessions with one hub
 * the one dialled by the lower id stays, the newest of those. Both sides apply that rule to the same sessions, so they
 * agree without talking, and whoever stands on links never sees two with one hub.
 */
import type { HubId } from "../../core/ids.js";
import type { Datagram, HubAddress } from "../../core/mesh.js";
import type { Counters, Link, LinkEvents } from "../../core/ports.js";
import type { Clock, Rng } from "../../core/time.js";
import type { LinkDatagrams } from "./datagrams.js";
import type { Dialling, DialWith } from "./dialler.js";
import type { LinkDoor } from "./door.js";
import { BEAT_MS, type LinkSession } from "./session.js";

export interface LinksOptions {
  readonly selfId: HubId;
  /** Where other hubs come in; absent: this hub dials only. */
  readonly door?: LinkDoor;
  readonly dialWith: DialWith;
  /** Absent: nothing passes beside the links. */
  readonly datagrams?: LinkDatagrams | undefined;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly events: LinkEvents;
  /** A hub that was dialled by its id and not kept could not be linked at any of its addresses. */
  readonly dialFailed?: (hub: HubId) => void;
  readonly backoff?: Partial<Backoff>;
  /** Where links of other kinds get theirs, too; absent: counted from 1. */
  readonly linkIds?: () => number;
}

export interface Backoff {
  /** Wait after the first failure; doubles from there. Raise: a calmer network; lower: faster return. Unit: ms. */
  readonly minMs: number;
  readonly maxMs: number;
  /** A session that lived this long starts the backoff afresh. Unit: ms. */
  readonly stableMs: number;
}

const BACKOFF: Backoff = { minMs: 200, maxMs: 15_000, stableMs: 5_000 };
/** Peers that are dialled at once. Far above the neighbours a mesh keeps. */
const TARGETS_MAX = 64;
/** As many as a hub announces. */
const ADDRESSES_MAX = 8;

export interface DialRequest {
  /** Absent: whoever is there. */
  readonly hub?: HubId;
  /** Tried in turn, at least one. */
  readonly addresses: readonly HubAddress[];
  /** True: dialled again whenever there is no link, until `undial`. Else once, each address; when that fails, or when the link ends, it
   *  is forgotten. */
  readonly keep?: boolean;
}

/** "linked": there is a link with that hub. "full": too many peers already. */
export type DialOutcome = "dialling" | "known" | "linked" | "self" | "full" | "stopped";

export interface LinkView extends Link {
  /** "127.0.0.1:1884" where dialled, the remote end where accepted. */
  readonly remote: string;
}

export interface Links {
  dial(request: DialRequest): DialOutcome;
  /** Ends the link too, where this side dialled it. */
  undial(peer: HubId | HubAddress): void;
  links(): readonly LinkView[];
  stop(): Promise<void>;
}

export function createLinks(options: LinksOptions): Links {
  return new LinkTable(options);
}

class OpenLink implements LinkView {
  #closing = false;
  constructor(
    readonly linkId: number,
    readonly dialled: boolean,
    readonly session: LinkSession,
    readonly target: Target | undefined,
    readonly datagrams: LinkDatagrams | undefined,
  ) {}

  get peer(): HubId {
    return this.session.peer;
  }

  get remote(): string {
    return this.session.remote;
  }

  get isClosing(): boolean {
    return this.#closing;
  }

  send(frame: Uint8Array): boolean {
    return !this.#closing && this.session.send(frame);
  }

  sendDatagram(datagram: Datagram): void {
    if (!this.#closing) this.datagrams?.send(this.linkId, datagram);
  }

  /** Takes effect at once, but is reported a moment later: the caller is in the middle of something. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    queueMicrotask(() => this.session.close());
  }
}

/** One peer that is to be linked. */
interface Target {
  readonly key: string;
  /** Who must be there, or who was there last. */
  hub: HubId | undefined;
  readonly keep: boolean;
  addresses: readonly HubAddress[];
  /** Which address is tried next. */
  next: number;
  failures: number;
  openedMs: number;
  dialling?: Dialling;
  link?: OpenLink;
  timer?: NodeJS.Timeout;
}

class LinkTable implements Links {
  readonly #options: LinksOptions;
  readonly #backoff: Backoff;
  readonly #targets = new Map<string, Target>();
  readonly #links = new Map<LinkSession, OpenLink>();
  readonly #byHub = new Map<HubId, OpenLink>();
  readonly #beat: NodeJS.Timeout;
  #nextLinkId = 1;
  #stopped = false;

  constructor(options: LinksOptions) {
    this.#options = options;
    this.#backoff = { ...BACKOFF, ...options.backoff };
    this.#beat = setInterval(() => this.#beatAll(), BEAT_MS).unref();
    options.door?.accept({
      opened: (session) => this.#opened(session, undefined),
      received: (session, frame) => this.#received(session, frame),
      closed: (session) => this.#closed(session),
    });
  }

  links(): readonly LinkView[] {
    return [...this.#links.values()];
  }

  dial(request: DialRequest): DialOutcome {
    const { hub, keep = false } = request;
    const addresses = request.addresses.slice(0, ADDRESSES_MAX);
    if (addresses.length === 0) throw new RangeError("nowhere to dial");
    if (this.#stopped) return "stopped";
    if (hub === this.#options.selfId) return "self";
    const key = keyOf(request);
    const known = this.#targets.get(key);
    if (known) return this.#redirect(known, addresses);
    if (!keep && hub !== undefined && this.#byHub.has(hub)) return "linked";
    if (this.#targets.size >= TARGETS_MAX) {
      this.#options.counters.count("link.targets_full");
      return "full";
    }
    const target: Target = { key, hub, keep, addresses, next: 0, failures: 0, openedMs: 0 };
    this.#targets.set(key, target);
    this.#connect(target);
    return "dialling";
  }

  undial(peer: HubId | HubAddress): void {
    const key = typeof peer === "string" ? peer : keyOf({ addresses: [peer] });
    for (const target of [...this.#targets.values()]) {
      if (target.key !== key && target.hub !== key) continue;
      this.#forget(target);
      if (target.link) target.link.close();
      else target.dialling?.close();
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#beat);
    for (const target of [...this.#targets.values()]) {
      this.#forget(target);
      target.dialling?.close();
    }
    for (const open of [...this.#links.values()]) open.session.close();
  }

  #beatAll(): void {
    for (const open of [...this.#links.values()]) open.session.beat();
  }

  #forget(target: Target): void {
    this.#targets.delete(target.key);
    clearTimeout(target.timer);
    target.timer = undefined;
  }

  /** The session that the lower id dialled; among those the newest, since the older one may be half-open. */
  #beats(a: OpenLink, b: OpenLink): boolean {
    const weAreLower = this.#options.selfId < a.peer;
    const byLower = (open: OpenLink): boolean => open.dialled === weAreLower;
    if (byLower(a) !== byLower(b)) return byLower(a);
    return a.linkId > b.linkId;
  }

  /** Known already; its addresses may have changed, which matters to a target that is not connected. A dial that nobody has answered is given up for a
   *  new one, at its next address: TCP would wait for seconds to ask again. */
  #redirect(target: Target, addresses: readonly HubAddress[]): DialOutcome {
    const isMoved = JSON.stringify(target.addresses) !== JSON.stringify(addresses);
    if (isMoved) {
      target.addresses = addresses;
      target.next = 0;
    }
    if (target.dialling ? !target.dialling.isUnanswered : !isMoved) return "known";
    this.#abandon(target);
    target.failures = 0;
    this.#connect(target);
    return "dialling";
  }

  #connect(target: Target): void {
    clearTimeout(target.timer);
    target.timer = undefined;
    if (this.#stopped || target.dialling || this.#targets.get(target.key) !== target) return;
    if (target.hub !== undefined && this.#byHub.has(target.hub)) return; // `#closed` comes back to it
    const address = target.addresses[target.next % target.addresses.length];
    if (address === undefined) return;
    target.next += 1;
    const dialling = this.#options.dialWith({
      selfId: this.#options.selfId,
      host: address.host,
      port: address.port,
      // One that was given by its id must lead there; one given by its address may change hands.
      hub: target.key === target.hub ? target.hub : undefined,
      counters: this.#options.counters,
      opened: (session) => this.#opened(session, target),
      received: (session, frame) => this.#received(session, frame),
      closed: (leadsHome) => {
        if (target.dialling === dialling) this.#dialEnded(target, leadsHome);
      },
    });
    target.dialling = dialling;
  }

  /** A hub that has come by itself need not be dialled any more: once its kernel answered, that link would replace this one. */
  #callOff(hub: HubId): void {
    for (const target of [...this.#targets.values()]) {
      if (target.hub !== hub || target.dialling?.isUnanswered !== true) continue;
      this.#abandon(target);
      if (!target.keep) this.#forget(target);
    }
  }

  /** As if it had not been dialled. */
  #abandon(target: Target): void {
    const { dialling } = target;
    target.dialling = undefined;
    dialling?.close();
  }

  #opened(session: LinkSession, target: Target | undefined): void {
    const { counters, clock, datagrams, events } = this.#options;
    const linkId = this.#options.linkIds?.() ?? this.#nextLinkId++;
    const open = new OpenLink(linkId, target !== undefined, session, target, datagrams);
    if (target) target.hub = session.peer;
    const other = this.#byHub.get(session.peer);
    if (other && !other.isClosing && !this.#beats(open, other)) {
      counters.count("link.duplicate");
      session.close();
      return;
    }
    if (other) {
      counters.count("link.duplicate");
      other.session.close();
    }
    if (target) {
      target.openedMs = clock.nowMs();
      target.link = open;
    }
    this.#links.set(session, open);
    this.#byHub.set(session.peer, open);
    if (!target) this.#callOff(session.peer);
    this.#openBeside(open);
    events.opened(open);
  }

  #openBeside(open: OpenLink): void {
    const { beside } = open.session;
    if (beside === undefined) return;
    const { datagrams, events } = this.#options;
    datagrams?.add({
      ...{ linkId: open.linkId, dialled: open.dialled, ...beside },
      heard: (datagram) => {
        if (!open.isClosing) events.datagram?.(open, datagram);
      },
    });
  }

  #received(session: LinkSession, frame: Uint8Array): void {
    const open = this.#links.get(session);
    if (open && !open.isClosing) this.#options.events.received(open, frame);
  }

  #closed(session: LinkSession): void {
    const open = this.#links.get(session);
    if (!open) return;
    this.#links.delete(session);
    this.#options.datagrams?.remove(open.linkId);
    const { peer } = open;
    if (this.#byHub.get(peer) === open) this.#byHub.delete(peer);
    this.#options.events.closed(open);
    for (const target of [...this.#targets.values()]) {
      if (target.hub === peer && !target.dialling && !target.timer) this.#retryLater(target);
    }
  }

  #dialEnded(target: Target, leadsHome: boolean): void {
    const { link } = target;
    target.dialling = undefined;
    target.link = undefined;
    if (link) this.#closed(link.session);
    if (this.#targets.get(target.key) !== target) return;
    if (leadsHome) return this.#forget(target);
    if (link && this.#options.clock.nowMs() - target.openedMs >= this.#backoff.stableMs) target.failures = 0;
    if (target.keep) return target.timer ? undefined : this.#retryLater(target);
    const { hub } = target;
    const isLinked = hub !== undefined && this.#byHub.has(hub);
    if (!link && !isLinked && target.next < target.addresses.length) return this.#connect(target);
    this.#forget(target);
    if (!link && !isLinked && hub !== undefined) this.#options.dialFailed?.(hub);
  }

  #retryLater(target: Target): void {
    if (this.#stopped || this.#targets.get(target.key) !== target) return;
    const { minMs, maxMs } = this.#backoff;
    const ceilingMs = Math.min(maxMs, minMs * 2 ** Math.min(target.failures, 20));
    target.failures += 1;
    // Between half and all of it: hubs that lost the same neighbour at once must not return at once.
    const jitter = (this.#options.rng(1)[0] ?? 0) / 255;
    target.timer = setTimeout(() => this.#connect(target), ceilingMs * (0.5 + jitter / 2));
    target.timer.unref();
  }
}

/** A peer is known by its id where there is one, and by its first address otherwise. */
function keyOf({ hub, addresses }: DialRequest): string {
  return hub ?? `${addresses[0]?.host}:${addresses[0]?.port}`;
}
