/**
 * Links: one MQTT session per pair of hubs that are neighbours. Not pure: timers; sockets through the dialler.
 *
 * Who dials: the hub with the lower id. Where only an address is known (a static peer), both may dial; once HELLO has
 * proved who is there, the mesh calls `identify`, and of several sessions with one hub the one dialled by the lower
 * id stays, the newest of those. Both sides apply that rule to the same sessions, so they agree without talking.
 */
import type { HubId } from "../core/ids.js";
import type { Counters, Link, LinkEvents, PeerAddress } from "../core/ports.js";
import type { Clock, Rng } from "../core/time.js";
import type { LinkAcceptor, LinkSession } from "./broker-link-session.js";
import { DialledSession, type DialOptions, type DialSession } from "./link-dialler.js";

/** Where other hubs come in: the broker. */
export interface LinkDoor {
  acceptLinks(acceptor: LinkAcceptor): void;
}

export interface LinksOptions {
  readonly selfId: HubId;
  /** Its link clients become links of the accepting side. */
  readonly broker?: LinkDoor;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly events: LinkEvents;
  readonly backoff?: Partial<Backoff>;
  /** How a session is made; mqtt.js over TCP unless a test says otherwise. */
  readonly dialWith?: (options: DialOptions) => DialSession;
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

/** Why a peer is or is not dialled. "theirs": its id is lower, so it dials us. "full": too many peers already. */
export type DialOutcome = "dialling" | "known" | "theirs" | "self" | "full" | "stopped";

export interface LinkView extends Link {
  /** Whom the session is meant to be with: the id that was dialled, or that the other side gave. Not proved. */
  readonly claimedHub?: HubId;
  /** Proved (`identify`). */
  readonly hub?: HubId;
  /** "127.0.0.1:1883" where dialled, the remote address where accepted. */
  readonly remote: string;
}

export interface Links {
  dial(peer: PeerAddress): DialOutcome;
  /** Ends the session too, where this side dialled it. */
  undial(peer: HubId | PeerAddress): void;
  /** To be called when HELLO has proved who is on a link.
   *  @returns false when this link is closed in favour of another session with that hub, or because it leads home. */
  identify(link: Link, hub: HubId): boolean;
  links(): readonly LinkView[];
  stop(): Promise<void>;
}

export function createLinks(options: LinksOptions): Links {
  return new LinkTable(options);
}

class OpenLink implements LinkView {
  hub: HubId | undefined;
  #closing = false;
  constructor(
    readonly linkId: number,
    readonly dialled: boolean,
    readonly remote: string,
    readonly claimedHub: HubId | undefined,
    readonly session: DialSession,
    readonly target: Target | undefined,
  ) {}

  get isClosing(): boolean {
    return this.#closing;
  }

  send(frame: Uint8Array): boolean {
    return !this.#closing && this.session.send(frame);
  }

  /** Takes effect at once, but is reported a moment later: the caller is in the middle of something. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    queueMicrotask(() => this.session.close());
  }
}

/** One address that is to be linked. */
interface Target {
  readonly key: string;
  hub: HubId | undefined;
  host: string;
  port: number;
  failures: number;
  openedMs: number;
  session?: DialSession;
  link?: OpenLink;
  timer?: NodeJS.Timeout;
}

class LinkTable implements Links {
  readonly #options: LinksOptions;
  readonly #backoff: Backoff;
  readonly #targets = new Map<string, Target>();
  readonly #links = new Map<DialSession, OpenLink>();
  #nextLinkId = 1;
  #stopped = false;

  constructor(options: LinksOptions) {
    this.#options = options;
    this.#backoff = { ...BACKOFF, ...options.backoff };
    options.broker?.acceptLinks({
      opened: (session) => this.#accepted(session),
      received: (session, frame) => this.#received(session, frame),
      closed: (session) => this.#closed(session),
    });
  }

  links(): readonly LinkView[] {
    return [...this.#links.values()];
  }

  dial(peer: PeerAddress): DialOutcome {
    if (this.#stopped) return "stopped";
    if (peer.hub === this.#options.selfId) return "self";
    if (peer.hub !== undefined && peer.hub < this.#options.selfId) return "theirs";
    const key = keyOf(peer);
    const known = this.#targets.get(key);
    if (known) return this.#redirect(known, peer);
    if (this.#targets.size >= TARGETS_MAX) {
      this.#options.counters.count("link.targets_full");
      return "full";
    }
    const target: Target = { key, hub: peer.hub, host: peer.host, port: peer.port, failures: 0, openedMs: 0 };
    this.#targets.set(key, target);
    this.#connect(target);
    return "dialling";
  }

  undial(peer: HubId | PeerAddress): void {
    const key = typeof peer === "string" ? peer : keyOf(peer);
    for (const target of [...this.#targets.values()]) {
      if (target.key !== key && target.hub !== key) continue;
      this.#targets.delete(target.key);
      clearTimeout(target.timer);
      if (target.link) target.link.close();
      else target.session?.close();
    }
  }

  identify(link: Link, hub: HubId): boolean {
    const mine = [...this.#links.values()].find((open) => open.linkId === link.linkId);
    if (!mine) return false;
    const fault = this.#identityFault(mine, hub);
    if (fault) {
      this.#options.counters.count(fault);
      mine.close();
      return false;
    }
    mine.hub = hub;
    if (mine.target) mine.target.hub = hub;
    const same = [...this.#links.values()].filter((open) => open.hub === hub && !open.isClosing);
    const survivor = same.reduce((best, open) => (this.#beats(open, best, hub) ? open : best), mine);
    for (const open of same) {
      if (open === survivor) continue;
      this.#options.counters.count("link.duplicate");
      open.close();
    }
    return survivor === mine;
  }

  /** @returns the counter's name when this link must not be with that hub. */
  #identityFault(open: OpenLink, hub: HubId): string | undefined {
    const { target } = open;
    if (hub === this.#options.selfId) {
      if (target) this.undial(target);
      return "link.to_self";
    }
    // A target that was given by its id must lead there; one given by its address may change hands.
    const expected = target ? (target.key === target.hub ? target.hub : undefined) : open.claimedHub;
    return expected !== undefined && expected !== hub ? "link.wrong_hub" : undefined;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const target of this.#targets.values()) clearTimeout(target.timer);
    for (const target of this.#targets.values()) target.session?.close();
    this.#targets.clear();
    for (const open of [...this.#links.values()]) open.session.close();
  }

  /** The session that the lower id dialled; among those the newest, since the older one may be half-open. */
  #beats(a: OpenLink, b: OpenLink, hub: HubId): boolean {
    const weAreLower = this.#options.selfId < hub;
    const byLower = (open: OpenLink): boolean => open.dialled === weAreLower;
    if (byLower(a) !== byLower(b)) return byLower(a);
    return a.linkId > b.linkId;
  }

  /** Known already; its address may have changed, which matters to a target that is not connected. */
  #redirect(target: Target, peer: PeerAddress): DialOutcome {
    if (target.host === peer.host && target.port === peer.port) return "known";
    target.host = peer.host;
    target.port = peer.port;
    if (target.session) return "known";
    target.failures = 0;
    this.#connect(target);
    return "dialling";
  }

  #connect(target: Target): void {
    clearTimeout(target.timer);
    target.timer = undefined;
    if (this.#stopped || target.session || !this.#targets.has(target.key)) return;
    if (this.#isLinkedOtherwise(target)) return; // `#closed` comes back to it
    const dialWith = this.#options.dialWith ?? ((options) => new DialledSession(options));
    target.session = dialWith({
      selfId: this.#options.selfId,
      host: target.host,
      port: target.port,
      counters: this.#options.counters,
      opened: (session) => this.#dialled(target, session),
      received: (session, frame) => this.#received(session, frame),
      closed: (session) => {
        this.#closed(session);
        this.#lost(target, session);
      },
    });
  }

  /** An address whose hub has another session with us waits until that one is over. */
  #isLinkedOtherwise(target: Target): boolean {
    if (target.hub === undefined) return false;
    return [...this.#links.values()].some((open) => open.hub === target.hub && open.target !== target);
  }

  #dialled(target: Target, session: DialSession): void {
    target.openedMs = this.#options.clock.nowMs();
    target.link = this.#add(
      new OpenLink(this.#nextLinkId++, true, `${target.host}:${target.port}`, target.hub, session, target),
    );
  }

  #accepted(session: LinkSession): void {
    this.#add(new OpenLink(this.#nextLinkId++, false, session.address, session.hub, session, undefined));
  }

  #add(open: OpenLink): OpenLink {
    this.#links.set(open.session, open);
    this.#options.events.opened(open);
    return open;
  }

  #received(session: DialSession, frame: Uint8Array): void {
    const open = this.#links.get(session);
    if (open && !open.isClosing) this.#options.events.received(open, frame);
  }

  #closed(session: DialSession): void {
    const open = this.#links.get(session);
    if (!open) return;
    this.#links.delete(session);
    this.#options.events.closed(open);
    if (open.hub === undefined) return;
    for (const target of this.#targets.values()) {
      if (target.hub === open.hub && !target.session && !target.timer) this.#retryLater(target);
    }
  }

  #lost(target: Target, session: DialSession): void {
    if (target.session !== session) return;
    const lived = target.link ? this.#options.clock.nowMs() - target.openedMs : 0;
    target.session = undefined;
    target.link = undefined;
    if (lived >= this.#backoff.stableMs) target.failures = 0;
    this.#retryLater(target);
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

/** A peer is known by its id where there is one, and by its address otherwise. */
function keyOf(peer: PeerAddress): string {
  return peer.hub ?? `${peer.host}:${peer.port}`;
}
