/**
 * Broadcast along a tree that repairs itself: Plumtree (Leitão, Pereira, Rodrigues: Epidemic Broadcast Trees, SRDS 2007).
 * Payloads are pushed to eager neighbours at once and announced to lazy ones a little later; a duplicate makes its link lazy (prune), an announced
 * payload that does not come makes its announcer's link eager (graft). One tree for each scope serves every origin. Differences from the paper:
 * announcements are gathered; a new neighbour is told what is still kept, so that a hub with a single link misses nothing when that link is
 * replaced; hops count from one origin only; of several duplicates one prunes.
 */
import type { HubId } from "../../core/ids.js";
import type { Neighbour } from "../../core/mesh.js";
import type { Message } from "../../core/messages.js";
import { type BroadcastScope, type GossipBody, IHAVE_BYTES, MESSAGE_ID_BYTES } from "../../core/messages-broadcast.js";
import type { Rng } from "../../core/time.js";
import { fraction, suppressionMs } from "../chance.js";
import type { Part, Sink } from "../part.js";
import type { Branch, Root } from "./branch.js";
import { take } from "./bucket.js";
import { type Kept, Memory, type Missing, MissingTable } from "./memory.js";
import {
  type Hash,
  type MessageId,
  messageIdOf,
  namedBytes,
  packAnnouncements,
  packIds,
  readId,
} from "./message-id.js";
import { isProven, mayBroadcast, type OriginAuthority, proofOf } from "./origin.js";
import { OriginRates } from "./origin-rates.js";
import { Recent } from "./recent.js";
import type { Reconciled } from "./reconciled.js";
import { BROADCAST_DEFAULTS, type BroadcastSettings } from "./settings.js";

export interface BroadcastOptions {
  readonly self: HubId;
  /** Which start of this hub. */
  readonly epoch: number;
  readonly sink: Sink;
  /** Whether that neighbour is of this hub's cell, as of now. */
  readonly inCell: (hub: HubId) => boolean;
  readonly hash: Hash;
  /** A message as bytes; @throws when it cannot be sent. */
  readonly encode: (message: Message) => Uint8Array;
  /** undefined: not understood here. It is passed on all the same. */
  readonly decode: (payload: Uint8Array) => Message | undefined;
  readonly authority?: OriginAuthority | undefined;
  readonly reconciled?: Reconciled;
  /** What must not be lost because its origin has much else to say: what its judging costs, in ordinary broadcasts; 0: ordinary. */
  readonly vital?: (message: Message) => number;
  readonly settings?: BroadcastSettings;
}

/** Bounds one GOSSIP message to under a KiB, and the work that it makes. The codec refuses more. */
export const IDS_MAX = 128;
/** Leaves room for the rest of the frame; the codec refuses more. */
export const PAYLOAD_BYTES_MAX = 60 * 1024;
const SCOPES = ["everyone", "cell"] as const satisfies readonly BroadcastScope[];
/** For each that was announced first: half in seven. */
const LATE_DECAY = 0.9;
/** A neighbour that goes on pushing is told again, but not for each payload that is under way. Unit: ms. */
const PRUNE_AGAIN_MS = 1000;

export class Broadcast implements Part {
  readonly #options: BroadcastOptions;
  readonly #settings: BroadcastSettings;
  readonly #branches = new Map<HubId, Branch>();
  readonly #memory: Memory;
  readonly #missing: MissingTable;
  readonly #origins: OriginRates;
  /** Payloads that came here. */
  readonly #recent: Recent;
  #seq = 0;
  /** How long after its announcement a payload came along the tree: the worst lately. */
  #lateMs = 0;
  #announceMs = Number.POSITIVE_INFINITY;
  readonly #roots: Partial<Record<BroadcastScope, Root>> = {};

  constructor(options: BroadcastOptions) {
    this.#options = options;
    this.#settings = options.settings ?? BROADCAST_DEFAULTS;
    const { seenMax, keepMs, keepBytesMax, missingMax } = this.#settings;
    this.#memory = new Memory(seenMax, keepMs, keepBytesMax);
    this.#missing = new MissingTable(missingMax);
    this.#origins = new OriginRates(this.#settings);
    this.#recent = new Recent(this.#settings.pruneOnceMs);
  }

  get deadlineMs(): number {
    return Math.min(this.#announceMs, this.#missing.dueMs);
  }

  tick(nowMs: number, _rng: Rng): void {
    if (this.#announceMs <= nowMs) this.#announce();
    if (this.#missing.dueMs <= nowMs) this.#graftMissing(nowMs);
  }

  neighbourUp(neighbour: Neighbour, nowMs: number, rng: Rng): void {
    const branch: Branch = {
      hub: neighbour.hub,
      eager: { everyone: true, cell: true },
      announce: undefined,
      prunedMs: Number.NEGATIVE_INFINITY,
      oldMs: nowMs + this.#settings.youngMs,
      tokens: this.#settings.neighbourBurst,
      atMs: nowMs,
    };
    this.#branches.set(neighbour.hub, branch);
    // What an earlier link may have swallowed, and what was said while there was none.
    for (const [id, kept] of this.#memory.kept()) {
      if (nowMs - kept.atMs <= this.#settings.keepMs / 2) this.#queueAnnouncement(branch, kept.scope, id, nowMs, rng);
    }
  }

  neighbourDown(hub: HubId, _nowMs: number, _rng: Rng): void {
    this.#branches.delete(hub);
  }

  /** To every hub of the scope but this one.
   *  @param except a neighbour that needs neither payload nor announcement: it is where the news came from.
   *  @throws RangeError when it is longer than `PAYLOAD_BYTES_MAX`, and whatever `encode` throws. */
  publish(scope: BroadcastScope, message: Message, nowMs: number, rng: Rng, except?: HubId): void {
    const { authority, self, epoch, encode, hash } = this.#options;
    const payload = encode(message);
    if (payload.length > PAYLOAD_BYTES_MAX) throw new RangeError(`a broadcast of ${payload.length} bytes`);
    this.#seq += 1;
    const named = namedBytes(scope, self, epoch, this.#seq, payload);
    const id = messageIdOf(hash, named);
    const origin = { src: self, epoch, seq: this.#seq, from: undefined, reconciled: this.#isReconciled(message) };
    const kept = { scope, ...origin, round: 0, payload, proof: proofOf(named, authority), atMs: nowMs };
    this.#watchRoot(id, kept);
    this.#spread(id, kept, rng, except);
  }

  onGossip(from: HubId, body: GossipBody, nowMs: number, rng: Rng): void {
    const branch = this.#branches.get(from);
    if (branch === undefined) return this.#count("no-neighbour");
    const { neighbourRate, neighbourBurst } = this.#settings;
    if (!take(branch, neighbourRate, neighbourBurst, nowMs)) return this.#count("neighbour-flood");
    if (body.scope === "cell" && !this.#options.inCell(from)) return this.#count("other-cell");
    switch (body.op) {
      case "gossip":
        return this.#onPayload(branch, body, nowMs, rng);
      case "ihave":
        return this.#onAnnouncements(branch, body, nowMs, rng);
      case "graft":
        return this.#onGraft(branch, body, nowMs);
      case "prune":
        branch.eager[body.scope] = false;
    }
  }

  /** The neighbours that payloads of this scope are pushed to. For people and tests. */
  eagerNeighbours(scope: BroadcastScope): HubId[] {
    return [...this.#branches.values()].filter(({ eager }) => eager[scope]).map(({ hub }) => hub);
  }

  #onPayload(branch: Branch, body: GossipBody, nowMs: number, rng: Rng): void {
    const { scope, src, epoch, seq, round, payload, proof } = body;
    if (src === undefined || epoch === undefined || seq === undefined || round === undefined || payload === undefined)
      return this.#count("malformed");
    const named = namedBytes(scope, src, epoch, seq, payload);
    const id = messageIdOf(this.#options.hash, named);
    if (this.#memory.has(id)) return this.#onDuplicate(branch, scope, id, nowMs, rng);
    if (src === this.#options.self) return this.#count("own");
    // Before its name is taken and its origin's rate is charged: the true one must still come through.
    if (!isProven(src, proof, named, this.#options.authority)) return this.#count("forged");
    const message = this.#options.decode(payload);
    if (!mayBroadcast(src, message, this.#options.authority)) return this.#count("stranger");
    this.#recent.add(nowMs);
    const missing = this.#missing.take(id);
    const vital = message === undefined ? 0 : (this.#options.vital?.(message) ?? 0);
    if (!this.#origins.may(src, vital, nowMs)) {
      // The vital is not remembered: who took it announces it, and it may come again when there is room.
      if (vital === 0) this.#memory.see(id);
      return this.#count("origin-flood");
    }
    branch.eager[scope] = true;
    const behind = round + 1;
    const reconciled = message !== undefined && this.#isReconciled(message);
    const kept = { scope, src, epoch, seq, round: behind, payload, proof, reconciled, from: branch.hub, atMs: nowMs };
    this.#watchRoot(id, kept);
    if (reconciled && this.#options.reconciled?.isStale(message) === true) this.#memory.see(id);
    else this.#spread(id, kept, rng);
    // What was asked for is late because of the asking.
    if (missing?.tries === 0) this.#lateMs = Math.max(nowMs - missing.announcedMs, this.#lateMs * LATE_DECAY);
    if (missing !== undefined) this.#optimize(scope, id, missing.best, missing.bestRound, nowMs);
    if (message === undefined) return this.#count("unreadable");
    this.#options.sink.notice({ type: "deliver", from: src, message });
  }

  /** Twice what the tree was lately behind the announcements. */
  #patienceMs(): number {
    const { graftAfterMs, graftAfterMsMax } = this.#settings;
    return Math.min(graftAfterMsMax, Math.max(graftAfterMs, 2 * this.#lateMs));
  }

  #onDuplicate(branch: Branch, scope: BroadcastScope, id: MessageId, nowMs: number, rng: Rng): void {
    this.#count("duplicate");
    this.#unqueue(branch, scope, id);
    // The same over the same link is an answer to a graft that crossed it: no second path.
    if (this.#memory.get(id)?.from === branch.hub) return;
    if (branch.eager[scope] ? !this.#cuts(nowMs, rng) : nowMs - branch.prunedMs < PRUNE_AGAIN_MS) return;
    this.#prune(branch, scope, nowMs);
  }

  /** A circle is to be cut once. Of many payloads under way each meets its copy elsewhere on it, and if all were to cut the tree would fall
   *  to pieces: so of n lately one does. */
  #cuts(nowMs: number, rng: Rng): boolean {
    return fraction(rng) * this.#recent.at(nowMs) < 1;
  }

  #onAnnouncements(branch: Branch, { scope, ids }: GossipBody, nowMs: number, rng: Rng): void {
    if (ids === undefined || ids.length % IHAVE_BYTES !== 0 || ids.length > IDS_MAX * IHAVE_BYTES)
      return this.#count("malformed");
    const isYoung = this.#isYoung(branch, { scope, atMs: nowMs });
    const waitMs = this.#patienceMs() + (isYoung ? suppressionMs(fraction(rng), this.#settings.youngGraftMs) : 0);
    for (let at = 0; at < ids.length; at += IHAVE_BYTES) {
      const id = readId(ids, at);
      const round = ids[at + MESSAGE_ID_BYTES] ?? 0;
      if (this.#memory.has(id)) {
        this.#unqueue(branch, scope, id);
        this.#optimize(scope, id, branch.hub, round, nowMs);
      } else if (!this.#missing.announce(id, scope, branch.hub, round, nowMs, waitMs)) {
        this.#count("missing-full");
      }
    }
  }

  #onGraft(branch: Branch, { scope, ids }: GossipBody, nowMs: number): void {
    if (ids !== undefined && (ids.length % MESSAGE_ID_BYTES !== 0 || ids.length > IDS_MAX * MESSAGE_ID_BYTES))
      return this.#count("malformed");
    join(branch, scope);
    const { neighbourRate, neighbourBurst } = this.#settings;
    for (let at = 0; ids !== undefined && at < ids.length; at += MESSAGE_ID_BYTES) {
      const kept = this.#memory.get(readId(ids, at));
      if (kept === undefined || kept.scope !== scope) this.#count("graft-unknown");
      else if (take(branch, neighbourRate, neighbourBurst, nowMs)) this.#push(branch.hub, kept);
      else return this.#count("neighbour-flood");
    }
  }

  #spread(id: MessageId, kept: Kept, rng: Rng, except = kept.from): void {
    this.#memory.keep(id, kept);
    if (kept.round >= this.#settings.roundsMax) return this.#count("rounds");
    for (const branch of this.#branches.values()) {
      if (branch.hub === except || branch.hub === kept.src || !this.#takesPart(branch, kept.scope)) continue;
      if (this.#isPending(branch, kept)) continue;
      if (branch.eager[kept.scope] && !(kept.reconciled && this.#isYoung(branch, kept))) this.#push(branch.hub, kept);
      else this.#queueAnnouncement(branch, kept.scope, id, kept.atMs, rng);
    }
  }

  #isReconciled(message: Message): boolean {
    return this.#options.reconciled?.concerns(message) === true;
  }

  #isPending({ hub }: Branch, { reconciled }: Kept): boolean {
    return reconciled && this.#options.reconciled?.isPending(hub) === true;
  }

  /** Where a split heals, each new link would carry a copy of what goes through the first: while there is a tree without it, that is announced. */
  #isYoung({ oldMs }: Branch, { scope, atMs }: Pick<Kept, "scope" | "atMs">): boolean {
    if (atMs >= oldMs) return false;
    for (const other of this.#branches.values()) {
      if (other.eager[scope] && atMs >= other.oldMs && this.#takesPart(other, scope)) return true;
    }
    return false;
  }

  #push(to: HubId, { scope, src, epoch, seq, round, payload, proof }: Kept): void {
    const says = { op: "gossip", scope, src, epoch, seq, round, payload } as const;
    this.#options.sink.send(to, { type: "GOSSIP", ...says, ...(proof === undefined ? {} : { proof }) });
  }

  #takesPart(branch: Branch, scope: BroadcastScope): boolean {
    return scope === "everyone" || this.#options.inCell(branch.hub);
  }

  #queueAnnouncement(branch: Branch, scope: BroadcastScope, id: MessageId, nowMs: number, rng: Rng): void {
    branch.announce ??= {};
    const queue = branch.announce[scope] ?? [];
    branch.announce[scope] = queue;
    queue.push(id);
    if (queue.length > IDS_MAX) queue.shift();
    if (this.#announceMs < Number.POSITIVE_INFINITY) return;
    this.#announceMs = nowMs + this.#settings.announceAfterMs * (0.5 + (rng(1)[0] ?? 0) / 256);
  }

  /** The neighbour has it: telling it so is a waste. Of two lazy neighbours mostly one announces. */
  #unqueue({ announce }: Branch, scope: BroadcastScope, id: MessageId): void {
    const queue = announce?.[scope];
    const index = queue?.indexOf(id) ?? -1;
    if (index >= 0) queue?.splice(index, 1);
  }

  #announce(): void {
    this.#announceMs = Number.POSITIVE_INFINITY;
    for (const branch of this.#branches.values()) {
      const { announce } = branch;
      if (announce === undefined) continue;
      branch.announce = undefined;
      for (const scope of SCOPES) {
        const ids = announce[scope]?.filter((id) => this.#isWorthAnnouncing(branch, id)) ?? [];
        if (ids.length === 0 || !this.#takesPart(branch, scope)) continue;
        const roundOf = (id: MessageId): number => this.#memory.get(id)?.round ?? 0;
        this.#options.sink.send(branch.hub, {
          type: "GOSSIP",
          op: "ihave",
          scope,
          ids: packAnnouncements(ids, roundOf),
        });
      }
    }
  }

  #isWorthAnnouncing(branch: Branch, id: MessageId): boolean {
    const kept = this.#memory.get(id);
    return kept !== undefined && !this.#isPending(branch, kept);
  }

  #graftMissing(nowMs: number): void {
    const wanted = new Map<HubId, Record<BroadcastScope, MessageId[]>>();
    this.#missing.due(nowMs, (id, missing) => {
      const hub = missing.tries < this.#settings.graftTriesMax ? this.#nextAnnouncer(missing) : undefined;
      if (hub === undefined) {
        this.#count("given-up");
        return undefined;
      }
      missing.tries += 1;
      const ids = wanted.get(hub) ?? { everyone: [], cell: [] };
      wanted.set(hub, ids);
      ids[missing.scope].push(id);
      return nowMs + this.#settings.graftRetryMs;
    });
    for (const [hub, ids] of wanted) for (const scope of SCOPES) this.#graft(hub, scope, ids[scope]);
  }

  /** The first that still is a neighbour; it goes to the end. */
  #nextAnnouncer({ announcers }: Missing): HubId | undefined {
    for (let left = announcers.length; left > 0; left--) {
      const hub = announcers.shift();
      if (hub === undefined || !this.#branches.has(hub)) continue;
      announcers.push(hub);
      return hub;
    }
    return undefined;
  }

  #graft(hub: HubId, scope: BroadcastScope, ids: readonly MessageId[]): void {
    const branch = this.#branches.get(hub);
    if (branch === undefined || ids.length === 0) return;
    join(branch, scope);
    this.#count("graft");
    for (let at = 0; at < ids.length; at += IDS_MAX) {
      const some = ids.slice(at, at + IDS_MAX);
      this.#options.sink.send(hub, { type: "GOSSIP", op: "graft", scope, ids: packIds(some) });
    }
  }

  /** The origin with the least id of those heard of lately is the root: every hub comes to the same one. */
  #watchRoot(id: MessageId, { scope, src, from, round, atMs }: Kept): void {
    const root = this.#roots[scope];
    if (root !== undefined && src > root.src && atMs - root.heardMs < this.#settings.rootMs) return;
    this.#roots[scope] = { src, heardMs: atMs, id, parent: from, round };
  }

  /**
   * Takes a much shorter way. Only the hops of the root's latest count: a tree that follows each origin in turn swings
   * between them and tears. Every change leads to a hub nearer to the root, so no changes together make a circle.
   */
  #optimize(scope: BroadcastScope, id: MessageId, hub: HubId, roundThere: number, nowMs: number): void {
    const root = this.#roots[scope];
    if (root?.id !== id || roundThere + 1 + this.#settings.optimizeHops > root.round) return;
    const nearer = this.#branches.get(hub);
    const parent = root.parent === undefined ? undefined : this.#branches.get(root.parent);
    if (nearer === undefined || parent === undefined || nearer.eager[scope]) return;
    this.#count("optimized");
    root.parent = hub;
    root.round = roundThere + 1;
    nearer.eager[scope] = true;
    this.#options.sink.send(hub, { type: "GOSSIP", op: "graft", scope });
    this.#prune(parent, scope, nowMs);
  }

  #prune(branch: Branch, scope: BroadcastScope, nowMs: number): void {
    branch.eager[scope] = false;
    branch.prunedMs = nowMs;
    this.#options.sink.send(branch.hub, { type: "GOSSIP", op: "prune", scope });
  }

  #count(what: string): void {
    this.#options.sink.count(`mesh.broadcast.${what}`);
  }
}

/** A payload was asked for over it: the tree leads there, and goes on without being asked. */
function join(branch: Branch, scope: BroadcastScope): void {
  branch.eager[scope] = true;
  branch.oldMs = Number.NEGATIVE_INFINITY;
}
