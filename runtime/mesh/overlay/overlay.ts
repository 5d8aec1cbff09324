/**
 * Whom this hub has links with (sans-IO): HyParView (Leitão et al. 2007) with X-BOT's bias towards near links (2009), a full
 * mesh of few hubs, and a memory that lets long splits heal. It asks for links by `dial` and `drop` notices; the node says
 * what became of them.
 */
import type { HubId } from "../../core/ids.js";
import type { HubAddress, Neighbour, PeerRecord } from "../../core/mesh.js";
import type { MessageOf } from "../../core/messages.js";
import type { Rng } from "../../core/time.js";
import { jittered } from "../chance.js";
import { Coordinates } from "../coordinates/coordinates.js";
import type { Part, Sink } from "../part.js";
import { Balance } from "./balance.js";
import { linkDistanceMs, type OverlayContext, type OverlaySelf } from "./context.js";
import { Dialler } from "./dialler.js";
import { Exchange } from "./exchange.js";
import { Healing } from "./healing.js";
import { Keeping } from "./keeping.js";
import { type OverlayLink, OverlayLinks } from "./links.js";
import { PeerMemory, type Purpose } from "./peer-memory.js";
import { encodePeers, PEERS_KEY, restorePeers } from "./peer-store.js";
import { Placing } from "./placing.js";
import { OVERLAY_DEFAULTS, type OverlaySettings } from "./settings.js";

const NEVER = Number.POSITIVE_INFINITY;

export interface OverlayLinkView {
  readonly hub: HubId;
  readonly purpose: Purpose;
  /** Unit: ms. */
  readonly distanceMs: number;
  readonly neighbours: number;
}

export class Overlay implements Part {
  readonly coordinates: Coordinates;
  readonly #context: OverlayContext;
  readonly #dialler: Dialler;
  readonly #balance: Balance;
  readonly #exchange: Exchange;
  readonly #healing: Healing;
  readonly #placing: Placing;
  readonly #keeping: Keeping;
  /** Links whose end was decided, here or there: no failure when they close. Bounded by the links. */
  readonly #decided = new Set<HubId>();
  #balanceMs = NEVER;
  #flushMs = NEVER;
  #shuffleMs = NEVER;
  #shufflePauseMs: number;
  #joined = false;

  constructor(
    self: OverlaySelf,
    sink: Sink,
    settings: OverlaySettings = OVERLAY_DEFAULTS,
    coordinates = new Coordinates(),
  ) {
    this.coordinates = coordinates;
    this.#context = {
      self,
      settings,
      sink,
      links: new OverlayLinks(self.hub),
      peers: new PeerMemory(self.hub, settings),
      coordinates,
    };
    this.#dialler = new Dialler(this.#context);
    this.#balance = new Balance(this.#context, this.#dialler);
    this.#exchange = new Exchange(this.#context, this.#dialler);
    this.#healing = new Healing(this.#context, this.#dialler);
    this.#placing = new Placing(this.#context);
    this.#keeping = new Keeping(settings);
    this.#shufflePauseMs = settings.shuffleMinMs;
  }

  get deadlineMs(): number {
    const upkeep = Math.min(this.#balanceMs, this.#flushMs, this.#shuffleMs, this.#keeping.dueMs);
    return Math.min(upkeep, this.#dialler.deadlineMs, this.#healing.deadlineMs, this.#placing.deadlineMs);
  }

  tick(nowMs: number, rng: Rng): void {
    if (nowMs >= this.#dialler.deadlineMs) {
      this.#dialler.tick(nowMs, rng);
      this.#rebalance(nowMs);
    }
    this.#healing.tick(nowMs, rng);
    if (this.#placing.tick(nowMs, rng)) this.#flushSoon(nowMs);
    if (nowMs >= this.#shuffleMs) this.#shuffle(nowMs, rng);
    if (nowMs >= this.#balanceMs) this.#upkeep(nowMs, rng);
    if (nowMs >= this.#flushMs) this.#flush();
    if (nowMs >= this.#keeping.dueMs) this.save(nowMs);
  }

  /** Discovery has found a hub, or a person has named one. */
  found(record: PeerRecord, nowMs: number, rng: Rng): void {
    const peer = this.#context.peers.meet(record, "discovery", nowMs);
    if (peer === undefined) return;
    // It is there: what failed before was before.
    peer.failures = 0;
    if (!peer.linked) this.#dialler.found(peer, nowMs, rng);
    this.#healing.begin(nowMs);
    this.#rebalance(nowMs);
    this.#keeping.changed(nowMs);
  }

  /** @param addresses where the neighbour itself says that it can be dialled. */
  neighbourUp(neighbour: Neighbour, nowMs: number, rng: Rng, addresses: readonly HubAddress[] = []): void {
    const { links, peers, settings } = this.#context;
    const { hub } = neighbour;
    const lostMs = peers.get(hub)?.lostMs ?? NEVER;
    const purpose = this.#dialler.arrived(hub);
    const link = links.up(neighbour, purpose, nowMs);
    this.#decided.delete(hub);
    peers.linked(hub, nowMs);
    if (addresses.length > 0) peers.meet({ hub, addresses }, "itself", nowMs);
    if (links.size > settings.linksLimit && !this.#makeRoom(link, rng)) return;
    this.#introduce(link);
    // Who has found enough hubs by itself need not be told of more.
    if (!this.#joined && peers.size < settings.nearLinks + settings.randomLinks) this.#exchange.join(hub);
    this.#joined = true;
    this.#healing.linked(link, lostMs, nowMs);
    this.#placing.linked(nowMs, rng);
    if (this.#shuffleMs === NEVER) this.#shuffleMs = nowMs + jittered(rng, this.#shufflePauseMs);
    this.#rebalance(nowMs + settings.viewDelayMs);
    this.#flushSoon(nowMs);
    this.#keeping.changed(nowMs);
  }

  neighbourDown(hub: HubId, nowMs: number, rng: Rng): void {
    const { links, peers, settings } = this.#context;
    const link = links.down(hub, nowMs);
    if (link === undefined) return;
    this.coordinates.forget(hub);
    const decided = this.#decided.delete(hub);
    peers.unlinked(hub, link.neighbour.rttMs, decided, nowMs, rng);
    this.#keeping.changed(nowMs);
    if (links.size === 0) this.#joined = false;
    this.#healing.unlinked(nowMs, rng);
    if (!decided) this.#unsettle(nowMs, rng);
    this.#rebalance(links.size < settings.linksMin ? nowMs : nowMs + settings.viewDelayMs);
    this.#flushSoon(nowMs);
  }

  dialFailed(hub: HubId, nowMs: number, rng: Rng): void {
    this.#dialler.failed(hub, nowMs, rng);
    this.#rebalance(nowMs);
  }

  /** A link's smoothed round trip has changed. */
  rttChanged(hub: HubId, rng: Rng): void {
    const link = this.#context.links.get(hub);
    if (link !== undefined) this.#placing.observe(link, rng);
  }

  onNeighbour(from: HubId, message: MessageOf<"NEIGHBOUR">, nowMs: number, rng: Rng): void {
    const link = this.#context.links.get(from);
    if (link === undefined) return this.#context.sink.count("mesh.overlay.notANeighbour");
    if (message.op !== "view" && !this.#context.links.spend(link, nowMs)) {
      return this.#context.sink.count("mesh.overlay.tooManyRequests");
    }
    switch (message.op) {
      case "view":
        return this.#onView(link, message, nowMs, rng);
      case "join":
        return this.#exchange.onJoin(link, message);
      case "forward-join":
        this.#exchange.onForwardJoin(from, message, nowMs, rng);
        break;
      case "shuffle":
      case "shuffled":
        this.#exchange.onShuffle(from, message, nowMs, rng);
        break;
      case "meet":
        this.#exchange.onMeet(from, message, nowMs, rng);
        break;
      case "heal":
        this.#exchange.learn(from, message.peers ?? [], nowMs);
        this.#healing.onHeal(from, message, nowMs, rng);
        break;
      case "disconnect":
        this.#exchange.learn(from, message.peers ?? [], nowMs);
        this.#decided.add(from);
        this.#context.sink.notice({ type: "parted", hub: from });
    }
    this.#rebalance(nowMs + this.#context.settings.viewDelayMs);
  }

  /** Links that resilience asks for, whatever else is wanted; the whole list each time. Bounded by the caller (4). */
  setStandby(hubs: readonly HubId[], nowMs: number): void {
    this.#balance.standby = hubs;
    this.#rebalance(nowMs);
  }

  /** Hubs that have, or had a moment ago, a link with `hub`, this one left out; neighbours of this hub first. */
  watchersOf(hub: HubId): readonly HubId[] {
    const { links, self } = this.#context;
    const watchers = links.common(hub);
    for (const other of links.viewOf(hub)) {
      if (other !== self.hub && other !== hub && !watchers.includes(other)) watchers.push(other);
    }
    return watchers;
  }

  /** The neighbours that a neighbour says it has. */
  viewOf(hub: HubId): readonly HubId[] {
    return this.#context.links.viewOf(hub);
  }

  /** Whether this link's end, when it comes, was decided here or announced by the other end: ask before `neighbourDown`. */
  isParting(hub: HubId): boolean {
    return this.#decided.has(hub);
  }

  get isolated(): boolean {
    return this.#healing.isolated;
  }

  /** For people. */
  links(): OverlayLinkView[] {
    return [...this.#context.links.values()].map((link) => ({
      hub: link.neighbour.hub,
      purpose: link.purpose,
      distanceMs: linkDistanceMs(this.#context, link),
      neighbours: link.view.length,
    }));
  }

  get peersKnown(): number {
    return this.#context.peers.size;
  }

  /** What an earlier run kept under `PEERS_KEY`, before any link is up. */
  restore(bytes: Uint8Array, nowMs: number): void {
    const own = restorePeers(this.#context.peers, bytes, nowMs);
    if (own !== undefined) this.coordinates.restore(own);
    this.#healing.begin(nowMs);
    this.#rebalance(nowMs);
  }

  /** Keeps the memory now: by itself it does so rarely. */
  save(nowMs: number): void {
    const { peers, sink } = this.#context;
    this.#keeping.kept(nowMs);
    if (peers.size === 0) return;
    sink.notice({ type: "keep", key: PEERS_KEY, value: encodePeers(peers, this.coordinates.own, nowMs) });
  }

  #onView(link: OverlayLink, message: MessageOf<"NEIGHBOUR">, nowMs: number, rng: Rng): void {
    const { links, settings, sink, peers } = this.#context;
    if (message.wanted !== undefined) link.theyWant = message.wanted;
    if (message.needy !== undefined) link.theyNeed = message.needy;
    if (message.searching !== undefined) link.theySearch = message.searching;
    const { added = [], removed = [] } = message;
    if ((added.length > 0 || removed.length > 0) && !links.learn(link, added, removed, settings.linksLimit)) {
      sink.count("mesh.overlay.viewTooLong");
    }
    this.#healing.viewed(link, nowMs);
    if (message.coordinate !== undefined) {
      link.coordinate = message.coordinate;
      peers.meet({ hub: link.neighbour.hub, addresses: [], coordinate: message.coordinate }, "itself", nowMs);
      this.#placing.observe(link, rng);
    }
    if (this.#balance.fullMesh) this.#hearOf(added, nowMs);
    if (message.wanted !== undefined || message.needy !== undefined || added.length > 0) {
      this.#rebalance(nowMs + settings.viewDelayMs);
    }
  }

  /** In a small mesh whoever a neighbour has a link with is one to have a link with; its address the neighbour knows. */
  #hearOf(hubs: readonly HubId[], nowMs: number): void {
    for (const hub of hubs) this.#context.peers.meet({ hub, addresses: [] }, "hearsay", nowMs);
  }

  #upkeep(nowMs: number, rng: Rng): void {
    this.#balance.assign(nowMs);
    this.#balanceMs = this.#balance.fill(nowMs, rng);
    const { link, nextMs } = this.#balance.surplus(nowMs);
    this.#balanceMs = Math.min(this.#balanceMs, nextMs);
    if (link !== undefined) this.#part(link, "not needed", rng);
    this.#turnAway(rng);
    if (this.#tellings() > 0) this.#flushSoon(nowMs);
  }

  /** With too many links: those who do not need this one and are not near. */
  #turnAway(rng: Rng): void {
    const { links, settings } = this.#context;
    let surplus = links.size - settings.linksMax;
    if (surplus <= 0) return;
    for (const link of [...links.values()].reverse()) {
      if (surplus <= 0) return;
      const { view, theyNeed, purpose } = link;
      // It has not said yet whether it needs the link.
      if (view.length === 0 && link.coordinate === undefined) continue;
      if (purpose !== "none" || theyNeed || view.length <= settings.linksMin || !links.isSpare(link.neighbour.hub))
        continue;
      this.#part(link, "links enough", rng);
      surplus -= 1;
    }
  }

  /** @returns false when the newcomer is the one that had to go. */
  #makeRoom(newcomer: OverlayLink, rng: Rng): boolean {
    let least: OverlayLink = newcomer;
    for (const link of this.#context.links.values()) {
      if (link.purpose === "none" && !link.theyNeed && link.view.length > least.view.length) least = link;
    }
    this.#context.sink.count("mesh.overlay.linksLimit");
    this.#part(least, "too many links", rng);
    return least !== newcomer;
  }

  #part(link: OverlayLink, reason: string, rng: Rng): void {
    this.#decided.add(link.neighbour.hub);
    this.#exchange.disconnect(link.neighbour.hub, reason, rng);
  }

  #shuffle(nowMs: number, rng: Rng): void {
    const { settings, links } = this.#context;
    this.#shuffleMs = NEVER;
    if (links.size === 0) return;
    this.#shufflePauseMs = Math.min(settings.shuffleMaxMs, this.#shufflePauseMs * (this.#exchange.fruitful ? 1.5 : 2));
    this.#shuffleMs = nowMs + jittered(rng, this.#shufflePauseMs);
    this.#balance.assign(nowMs);
    this.#balance.improve(nowMs, rng);
    this.#exchange.shuffle(rng);
    this.#rebalance(nowMs);
  }

  /** The first view: all neighbours, and how this hub stands. */
  #introduce(link: OverlayLink): void {
    const { links, settings } = this.#context;
    // Whether the link is wanted is settled a moment later, with all that come up together; until then it is.
    const added = links.hubs().filter((hub) => hub !== link.neighbour.hub);
    link.needyTold = links.size < settings.linksMin;
    this.#context.sink.send(link.neighbour.hub, {
      type: "NEIGHBOUR",
      op: "view",
      coordinate: this.coordinates.own,
      ...(added.length > 0 && { added: added.slice(0, settings.linksLimit) }),
      ...(link.needyTold && { needy: true }),
    });
  }

  /** How many neighbours are to be told that they are wanted, or not; or that this hub is needy, or not. */
  #tellings(): number {
    let count = 0;
    const needy = this.#context.links.size < this.#context.settings.linksMin;
    const { searching } = this.#healing;
    for (const link of this.#context.links.values()) {
      const wanted = link.purpose !== "none";
      if (link.wantedTold !== wanted || link.needyTold !== needy || link.searchingTold !== searching) count += 1;
    }
    return count;
  }

  #flush(): void {
    this.#flushMs = NEVER;
    const { links, settings, sink } = this.#context;
    const { added, removed } = links.takeChanges();
    const coordinate = this.#placing.takeNews();
    const needy = links.size < settings.linksMin;
    const { searching } = this.#healing;
    for (const link of links.values()) {
      const wanted = link.purpose !== "none";
      const news = {
        ...(added.length > 0 && !(added.length === 1 && added[0] === link.neighbour.hub) && { added }),
        ...(removed.length > 0 && { removed }),
        ...(coordinate && { coordinate }),
        ...(wanted !== link.wantedTold && { wanted }),
        ...(needy !== link.needyTold && { needy }),
        ...(searching !== link.searchingTold && { searching }),
      };
      link.wantedTold = wanted;
      link.needyTold = needy;
      link.searchingTold = searching;
      if (Object.keys(news).length > 0) sink.send(link.neighbour.hub, { type: "NEIGHBOUR", op: "view", ...news });
    }
  }

  /** A link was lost: other candidates are wanted soon, and what did not work before may now. */
  #unsettle(nowMs: number, rng: Rng): void {
    this.#balance.unsettle();
    this.#dialler.unsettle();
    this.#shufflePauseMs = this.#context.settings.shuffleMinMs;
    this.#shuffleMs = Math.min(this.#shuffleMs, nowMs + jittered(rng, this.#shufflePauseMs));
  }

  /** Now, or soon where many reasons come at once. */
  #rebalance(atMs: number): void {
    this.#balanceMs = Math.min(this.#balanceMs, atMs);
  }

  #flushSoon(nowMs: number): void {
    this.#flushMs = Math.min(this.#flushMs, nowMs + this.#context.settings.viewDelayMs);
  }
}
