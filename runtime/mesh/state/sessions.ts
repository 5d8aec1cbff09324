/**
 * Reconciliation with neighbours: who is compared with whom, whose turn it is, and how fast it goes. Bounded: few sessions at
 * once, each with one neighbour; all messages together keep to a rate.
 *
 * Where there are eight differences or more, as after a split, both sides first name what came in last (`arrivals.ts`), each as a list of one
 * position, and send what the other lacks of it; then they compare everything again. Whoever hears such lists names its own.
 */
import type { HubId } from "../../core/ids.js";
import type { BroadcastScope } from "../../core/messages-broadcast.js";
import {
  POSITION_END,
  type Position,
  type StateEntry,
  type SyncBody,
  type SyncRange,
} from "../../core/messages-state.js";
import type { Rng } from "../../core/time.js";
import { type Bucket, take } from "../broadcast/bucket.js";
import type { Sink } from "../part.js";
import { bytesOf, type Hash } from "./entry.js";
import { Outbox } from "./outbox.js";
import { answerRange, answerWant, type Comparison, differences, fingerprintOf, name } from "./reconcile.js";
import type { Merged, Registries } from "./registries.js";
import type { StateSettings } from "./settings.js";

export interface SessionsOptions {
  readonly self: HubId;
  readonly sink: Sink;
  readonly hash: Hash;
  readonly settings: StateSettings;
  readonly registries: Registries;
  /** An entry that a neighbour sent. */
  readonly learn: (from: HubId, entry: StateEntry, nowMs: number, rng: Rng) => Merged;
  /** The positions of what came in since the link with that hub ended last, in order. @param strangerMax where there never was one. */
  readonly newest: (hub: HubId, strangerMax: number) => readonly Position[];
  /** A session came to its end: both sides agree. @param learned how many entries it brought. */
  readonly agreed: (hub: HubId, scope: BroadcastScope, learned: number, span: SessionSpan) => void;
}

/** To search for one takes about 130 bytes, and at the least sixteen are named by each side at 28: then fewer are searched for. */
const NAMING_DIFFERENCES_MIN = 8;
/** Of which the newest of a stranger's are named: all are, should each side have half of them, or one all and the estimate be a little low. */
const NAMED_OF_DIFFERENCES = 1.25;
/** The reader names twice as many as it heard, where it cannot tell since when there was no link. */
const NAMED_OF_HEARD = 2;

/** From its first message to its last. What came in meanwhile, it may have missed. */
export interface SessionSpan {
  readonly begunMs: number;
  readonly nowMs: number;
}

interface Session extends Comparison {
  readonly hub: HubId;
  readonly scope: BroadcastScope;
  readonly outbox: Outbox;
  readonly openedHere: boolean;
  readonly startedMs: number;
  ownTurn: boolean;
  /** Since when it is that end's turn which has it. */
  turnMs: number;
  heardMs: number;
  /** By then it has ended, or brought something: see `StateSettings.progressBytesPerSecond`. */
  patientUntilMs: number;
  learned: number;
  /** Entries sent. Of more than there are none is news. */
  given: number;
  /** untold: nothing was named; told: this end has named what came in last; checked: everything was compared again since. */
  newest: "untold" | "told" | "checked";
  /** What the other end has named in this turn. */
  named: Set<Position> | undefined;
  /** What came in last may be that many, where there never was a link. */
  namedMax: number;
}

interface Wish {
  readonly hub: HubId;
  readonly scope: BroadcastScope;
}

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #wishes = new Map<string, Wish>();
  readonly #bucket: Bucket;
  /** One at a time until there is something to compare: two neighbours would teach a newcomer the same. */
  #settled = false;
  #paceMs = Number.POSITIVE_INFINITY;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#bucket = { tokens: options.settings.burstBytes, atMs: 0 };
  }

  /** Whether a comparison has come to its end since this hub started. */
  get settled(): boolean {
    return this.#settled;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get deadlineMs(): number {
    let deadlineMs = this.#paceMs;
    for (const session of this.#sessions.values()) deadlineMs = Math.min(deadlineMs, this.#endMs(session));
    return deadlineMs;
  }

  tick(nowMs: number, rng: Rng): void {
    for (const session of [...this.#sessions.values()]) {
      if (this.#endMs(session) <= nowMs) this.#abandon(session, "timeout");
    }
    if (this.#paceMs <= nowMs) {
      this.#paceMs = Number.POSITIVE_INFINITY;
      for (const session of [...this.#sessions.values()]) if (session.ownTurn) this.#speak(session, nowMs);
    }
    this.#openNext(nowMs, rng);
  }

  /** To be compared with, when there is room. */
  want(hub: HubId, scope: BroadcastScope, nowMs: number, rng: Rng): void {
    this.wantLater(hub, scope);
    this.#openNext(nowMs, rng);
  }

  /** As `want`, once the session that is just ending has ended. */
  wantLater(hub: HubId, scope: BroadcastScope): void {
    if (this.#options.registries.set(scope) !== undefined) this.#wishes.set(keyOf(hub, scope), { hub, scope });
  }

  /** The link is gone. */
  forget(hub: HubId, nowMs: number, rng: Rng): void {
    for (const scope of ["everyone", "cell"] as const) {
      this.#wishes.delete(keyOf(hub, scope));
      this.#sessions.delete(keyOf(hub, scope));
    }
    this.#openNext(nowMs, rng);
  }

  onSync(from: HubId, body: SyncBody, nowMs: number, rng: Rng): void {
    if (body.session === undefined) return this.#count("malformed");
    const key = keyOf(from, body.scope);
    if (body.open) {
      if (body.ranges.length === 0) return this.#notNow(key, body.session);
      if (!this.#accept(from, body, key, nowMs)) return;
    }
    const session = this.#sessions.get(key);
    if (session === undefined || session.session !== body.session) return this.#count("no-session");
    if (session.ownTurn) return this.#count("out-of-turn");
    session.heardMs = nowMs;
    this.#hear(session, body, nowMs, rng);
    if (session.outbox.overflow) return this.#abandon(session, "overflow");
    if (body.more) return;
    const isEmpty = body.ranges.length + body.wants.length + body.entries.length === 0;
    if (isEmpty) return this.#finish(session, nowMs, rng);
    session.ownTurn = true;
    session.turnMs = nowMs;
    this.#nameOrCheck(session);
    this.#speak(session, nowMs);
    if (!this.#sessions.has(key)) this.#openNext(nowMs, rng);
  }

  #hear(session: Session, body: SyncBody, nowMs: number, rng: Rng): void {
    // Entries first, so that ranges are judged by what is known now.
    for (const entry of body.entries) {
      const merged = this.#options.learn(session.hub, entry, nowMs, rng);
      if (merged.result === "new") {
        session.learned += 1;
        this.#progressed(session, bytesOf(entry));
      } else if (merged.result === "older") session.outbox.push(merged.entry);
    }
    for (const want of body.wants) answerWant(session, want, session.outbox);
    const mayName = session.scope === "everyone" && session.newest === "untold";
    const differing = mayName ? differences(session, body.ranges) : 0;
    if (differing < NAMING_DIFFERENCES_MIN) return this.#judge(session, body.ranges);
    session.named = new Set();
    session.namedMax = NAMED_OF_DIFFERENCES * differing;
  }

  #judge(session: Session, ranges: readonly SyncRange[]): void {
    let lower = 0;
    for (const range of ranges) {
      if (range.upper <= lower) return this.#count("malformed");
      if (range.listed !== undefined && range.upper === lower + 1 && session.newest === "untold") {
        session.named ??= new Set();
        session.named.add(lower);
        session.namedMax = NAMED_OF_HEARD * session.named.size;
      }
      if (lower === 0 && range.upper === POSITION_END && session.newest === "told") session.newest = "checked";
      answerRange(session, lower, range, session.outbox);
      lower = range.upper;
    }
  }

  /** Once in a session; and when all that was named is settled, whether that was all. */
  #nameOrCheck(session: Session): void {
    const { named, outbox } = session;
    session.named = undefined;
    if (named !== undefined && session.newest === "untold") {
      session.newest = "told";
      const newest = this.#options.newest(session.hub, session.namedMax);
      name(
        session,
        newest.filter((position) => !named.has(position)),
        outbox,
      );
    }
    if (session.newest === "told" && outbox.isEmpty) {
      session.newest = "checked";
      outbox.range(0, { upper: POSITION_END, fingerprint: fingerprintOf(session, 0, POSITION_END) });
    }
  }

  /** @returns false when the session is not begun: there is no room, or the own one goes first. */
  #accept(from: HubId, { scope, session }: SyncBody, key: string, nowMs: number): boolean {
    const set = this.#options.registries.set(scope);
    if (set === undefined || session === undefined) {
      this.#count("no-registry");
      return false;
    }
    const mine = this.#sessions.get(key);
    if (mine?.openedHere === true && this.#options.self < from) return false;
    if (mine === undefined && this.#sessions.size >= this.#sessionsMax()) {
      this.#wishes.set(key, { hub: from, scope });
      this.#send(from, { session, scope, open: true });
      return false;
    }
    this.#wishes.delete(key);
    this.#sessions.set(key, this.#session(from, scope, session, false, nowMs));
    return true;
  }

  /** The neighbour is busy and will open one itself. */
  #notNow(key: string, id: number): void {
    if (this.#sessions.get(key)?.session === id) this.#sessions.delete(key);
  }

  #openNext(nowMs: number, rng: Rng): void {
    for (const [key, { hub, scope }] of this.#wishes) {
      if (this.#sessions.size >= this.#sessionsMax()) return;
      this.#wishes.delete(key);
      if (this.#sessions.has(key)) continue;
      const bytes = rng(4);
      const id = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
      const session = this.#session(hub, scope, id, true, nowMs);
      this.#sessions.set(key, session);
      const fingerprint = fingerprintOf(session, 0, POSITION_END);
      this.#send(hub, { session: id, scope, open: true, ranges: [{ upper: POSITION_END, fingerprint }] });
    }
  }

  #session(hub: HubId, scope: BroadcastScope, session: number, openedHere: boolean, nowMs: number): Session {
    const { registries, hash, settings } = this.#options;
    const set = registries.set(scope);
    if (set === undefined) throw new RangeError(`no registry has the scope ${scope}`);
    const patientUntilMs = nowMs + settings.sessionIdleMs;
    const times = { startedMs: nowMs, turnMs: nowMs, heardMs: nowMs, patientUntilMs };
    return {
      set,
      session,
      hash,
      settings,
      hub,
      scope,
      outbox: new Outbox(),
      openedHere,
      ownTurn: false,
      learned: 0,
      given: 0,
      newest: "untold",
      named: undefined,
      namedMax: 0,
      ...times,
    };
  }

  /** Says what there is to say, as fast as the rate allows; an empty turn says that nothing is left. */
  #speak(session: Session, nowMs: number): void {
    const { messageBytesMax, bytesPerSecond, burstBytes } = this.#options.settings;
    const { hub, scope, outbox } = session;
    const hasNothing = outbox.isEmpty;
    do {
      if (!take(this.#bucket, bytesPerSecond, burstBytes, nowMs, messageBytesMax)) {
        const waitMs = ((messageBytesMax - this.#bucket.tokens) / bytesPerSecond) * 1000 + 1;
        this.#paceMs = Math.min(this.#paceMs, nowMs + waitMs);
        return;
      }
      const { ranges, wants, entries, bytes } = outbox.take(messageBytesMax);
      this.#bucket.tokens = Math.min(burstBytes, this.#bucket.tokens + Math.max(0, messageBytesMax - bytes));
      this.#send(hub, { session: session.session, scope, more: !outbox.isEmpty, ranges, wants, entries });
      session.given += entries.length;
      if (session.given <= session.set.size) this.#progressed(session, bytes);
    } while (!outbox.isEmpty);
    session.ownTurn = false;
    session.patientUntilMs += nowMs - session.turnMs;
    session.heardMs = nowMs;
    if (hasNothing) this.#end(session, nowMs);
  }

  #finish(session: Session, nowMs: number, rng: Rng): void {
    this.#end(session, nowMs);
    this.#openNext(nowMs, rng);
  }

  #end(session: Session, nowMs: number): void {
    this.#sessions.delete(keyOf(session.hub, session.scope));
    this.#options.agreed(session.hub, session.scope, session.learned, {
      begunMs: session.startedMs,
      nowMs,
    });
    this.#settled = true;
  }

  #abandon(session: Session, why: string): void {
    this.#sessions.delete(keyOf(session.hub, session.scope));
    this.#count(why);
  }

  /** These bytes are worth some time. */
  #progressed(session: Session, bytes: number): void {
    session.patientUntilMs += (bytes / this.#options.settings.progressBytesPerSecond) * 1000;
  }

  #endMs({ heardMs, startedMs, patientUntilMs, ownTurn }: Session): number {
    const { sessionIdleMs, sessionMs } = this.#options.settings;
    if (ownTurn) return startedMs + sessionMs;
    return Math.min(startedMs + sessionMs, heardMs + sessionIdleMs, patientUntilMs);
  }

  #sessionsMax(): number {
    return this.#settled ? this.#options.settings.sessionsMax : 1;
  }

  #send(to: HubId, says: Partial<SyncBody> & Pick<SyncBody, "scope">): void {
    const silence = { open: false, more: false, ranges: [], wants: [], entries: [] };
    this.#options.sink.send(to, { type: "SYNC", ...silence, ...says });
  }

  #count(what: string): void {
    this.#options.sink.count(`mesh.state.${what}`);
  }
}

function keyOf(hub: HubId, scope: BroadcastScope): string {
  return `${scope} ${hub}`;
}
