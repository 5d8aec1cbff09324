/**
 * Other homes, as this hub deals with them: whom a person here trusts, the links with their hubs, and the questions that cross.
 * Drives the border's machine (`mesh/federation/federation.ts`).
 */
import { bytesEqual, bytesToHex } from "../core/bytes.js";
import { MindosError } from "../core/errors.js";
import type { HomeAnswer, HomesApi, HomesView, OtherHomeView } from "../core/homes.js";
import type { IntentId } from "../core/ids.js";
import type { Answer } from "../core/intent.js";
import type { HomeId } from "../core/membership.js";
import type { Message } from "../core/messages.js";
import type { Counters, Link, LinkEvents } from "../core/ports.js";
import type { EncodedPayload } from "../core/routed.js";
import type { Clock, Rng } from "../core/time.js";
import type { OtherMeeting } from "../io/backbone/backbone.js";
import { homeIdOfKey, MEMBERSHIP_CRYPTO } from "../io/home/home-keys.js";
import {
  HOME_NAME_BYTES_MAX,
  OTHER_HOMES_MAX,
  readOtherHomes,
  revocationsFileOf,
  type StoredHome,
  writeOtherHomes,
} from "../io/home/other-homes.js";
import { homeCode, parseHomeCode } from "../mesh/admission/home-code.js";
import { OtherHome } from "../mesh/admission/other-home.js";
import { answerOf, factsOf } from "../mesh/federation/answer-facts.js";
import { Federation } from "../mesh/federation/federation.js";
import type { FederationEffect, FederationGate, FederationInput } from "../mesh/federation/inputs.js";
import type { Self } from "../mesh/node/hello.js";
import { decodePayload, isProblem } from "../wire/frame.js";
import { LinkCodec } from "../wire/link-codec.js";
import { cleanText } from "../wire/text.js";
import { type Drive, drive } from "./drive.js";
import type { HomeKeeper } from "./home-keeper.js";
import { RevocationsKeeping } from "./revocations-keeping.js";

export interface HomesAbroadOptions {
  readonly dir: string;
  readonly self: Self;
  readonly keeper: HomeKeeper;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly counters: Counters;
  /** Puts a question to this home, as a person here would. */
  readonly ask: (question: string, timeoutMs: number) => Promise<Answer>;
  /** Which homes are met has changed. */
  readonly changed: () => Promise<void>;
  readonly onRepair: (note: string) => void;
  readonly onProblem: (error: MindosError) => void;
}

interface LinkEnd {
  readonly link: Link;
  readonly codec: LinkCodec;
}

interface Asked {
  readonly name: string;
  readonly startedMs: number;
  resolve(answer: HomeAnswer): void;
  reject(error: MindosError): void;
}

/** What a text in an intent's arguments holds. Unit: bytes. */
const QUESTION_BYTES_MAX = 256;
const ASK_TIMEOUT_MS = 10_000;
/** A stranger's question does not wait longer, whatever it says. Unit: ms. */
const ANSWER_MS_MAX = 30_000;
/** What the way back takes, of the time that the other side waits. Unit: ms. */
const WAY_BACK_MS = 300;

const WHY = {
  unreachable: "OTHER_HOME_UNREACHABLE",
  busy: "TOO_BUSY",
  refused: "NOBODY_CAN_ANSWER",
  timeout: "ANSWER_TIMEOUT",
} as const;

export class HomesAbroad implements HomesApi {
  readonly #options: HomesAbroadOptions;
  readonly #federation: Federation;
  readonly #drive: Drive<FederationInput>;
  readonly #links = new Map<number, LinkEnd>();
  readonly #asked = new Map<IntentId, Asked>();
  #homes: readonly StoredHome[];
  readonly #judges = new Map<HomeId, OtherHome>();
  readonly #keepings = new Map<HomeId, RevocationsKeeping>();
  /** One change at a time. */
  #written: Promise<unknown> = Promise.resolve();

  private constructor(options: HomesAbroadOptions, homes: readonly StoredHome[]) {
    this.#options = options;
    this.#homes = homes;
    const { clock, rng, self } = options;
    this.#federation = new Federation({ self, gate: this.#gate(), read: (payload) => this.#read(payload) });
    this.#drive = drive(this.#federation, { clock, rng, carryOut: (effect) => this.#carryOut(effect) });
  }

  /** @throws MindosError HOMES_INVALID | REVOCATIONS_INVALID */
  static async open(options: HomesAbroadOptions): Promise<HomesAbroad> {
    const abroad = new HomesAbroad(options, await readOtherHomes(options.dir, options.onRepair));
    for (const home of abroad.#homes) await abroad.#judge(home);
    return abroad;
  }

  /** For every broker. None while this hub may not speak for its home. */
  meetings(): Omit<OtherMeeting, "isLinkedElsewhere">[] {
    if (this.#options.keeper.membership?.own.role !== "owner") return [];
    return this.#homes.map(({ home, name, rootKey }) => ({
      ...{ home, name, rootKey, events: this.#linkEvents(home) },
      isRevoked: (hub) => this.#judges.get(home)?.isRevoked(hub) === true,
    }));
  }

  /** Hubs of this home that are out: others must not go on dealing with them. */
  revoked(revocations: readonly Uint8Array[]): void {
    this.#drive.input({ type: "revoked", revocations });
  }

  homes(): HomesView {
    return {
      code: homeCode(this.#options.keeper.papers.rootKey, MEMBERSHIP_CRYPTO.sha256),
      homes: this.#homes.map((home) => this.#viewOf(home)),
    };
  }

  trust(code: string, name?: string): Promise<OtherHomeView> {
    return this.#change(async () => {
      const { keeper } = this.#options;
      keeper.requireOwner();
      const rootKey = parseHomeCode(code, MEMBERSHIP_CRYPTO.sha256);
      if (rootKey === undefined)
        throw new MindosError("HOME_CODE_INVALID", "this is no home's code, or a letter is wrong");
      if (bytesEqual(rootKey, keeper.papers.rootKey))
        throw new MindosError("BAD_INPUT", "this is the code of this very home");
      const home = homeIdOfKey(rootKey);
      const called = cleanText(name ?? `home-${home.slice(0, 8)}`, HOME_NAME_BYTES_MAX);
      const others = this.#homes.filter((other) => other.home !== home);
      if (called === "" || others.some((other) => other.name === called))
        throw new MindosError("BAD_INPUT", `another home is called "${called}" already`);
      if (others.length >= OTHER_HOMES_MAX)
        throw new MindosError("OTHER_HOMES_FULL", `this hub deals with ${OTHER_HOMES_MAX} homes already`);
      const stored: StoredHome = { home, name: called, rootKey };
      await this.#keep([...others, stored]);
      await this.#judge(stored);
      await this.#options.changed();
      return this.#viewOf(stored);
    });
  }

  distrust(target: string): Promise<OtherHomeView> {
    return this.#change(async () => {
      const stored = this.#find(target);
      await this.#keep(this.#homes.filter((other) => other !== stored));
      this.#judges.delete(stored.home);
      this.#keepings.delete(stored.home);
      await this.#options.changed();
      return { ...this.#viewOf(stored), links: [] };
    });
  }

  async askHome(target: string, question: string, timeoutMs = ASK_TIMEOUT_MS): Promise<HomeAnswer> {
    const { home, name } = this.#find(target);
    const text = cleanText(question.trim(), QUESTION_BYTES_MAX + 1);
    if (new TextEncoder().encode(text).length > QUESTION_BYTES_MAX)
      throw new MindosError("QUESTION_TOO_LONG", `to another home ${QUESTION_BYTES_MAX} bytes are the most`);
    const id = bytesToHex(this.#options.rng(8)) as IntentId;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { name, startedMs: this.#options.clock.nowMs(), resolve, reject });
      this.#drive.input({ type: "ask", id, home, question: text, timeoutMs });
    });
  }

  stop(): void {
    this.#drive.stop();
    for (const { reject } of this.#asked.values()) reject(new MindosError("ANSWER_TIMEOUT", "the hub is stopping"));
    this.#asked.clear();
  }

  #gate(): FederationGate {
    const { keeper } = this.#options;
    return {
      papers: (home) => ({ chain: keeper.papers.chain, ...this.#trustFor(home) }),
      check: (home, peer, chain, trust) => {
        const judge = this.#judges.get(home);
        return judge === undefined ? "federation.untrusted" : judge.check(peer, chain, trust, this.#time());
      },
      revoke: (home, bytes) => this.#judges.get(home)?.revoke(bytes) ?? { problem: "unknownHome" },
      isRevoked: (home, hub) => this.#judges.get(home)?.isRevoked(hub) === true,
      revocations: () => keeper.membership?.revoked() ?? [],
    };
  }

  #time(): { readonly timeMs: number; readonly isClockBehind: boolean } {
    const { clock, keeper } = this.#options;
    const wallMs = clock.wallMs();
    const { membership } = keeper;
    return { timeMs: membership?.timeOf(wallMs) ?? wallMs, isClockBehind: membership?.isClockBehind(wallMs) === true };
  }

  /** Nothing when this hub may not speak for its home any more: the other side then refuses it. */
  #trustFor(home: HomeId): { readonly trust?: Uint8Array } {
    const stored = this.#homes.find((other) => other.home === home);
    try {
      return stored === undefined ? {} : { trust: this.#options.keeper.trust(stored.rootKey) };
    } catch {
      this.#options.counters.count("federation.noTrustToShow"); // what is wrong with the own papers a person is told elsewhere
      return {};
    }
  }

  #linkEvents(home: HomeId): LinkEvents {
    return {
      opened: (link) => {
        this.#links.set(link.linkId, { link, codec: new LinkCodec() });
        this.#drive.input({ type: "link-opened", linkId: link.linkId, peer: link.peer, home });
      },
      received: ({ linkId }, bytes) => {
        const heard = this.#links.get(linkId)?.codec.decode(bytes);
        if (heard === undefined) return;
        if ("problem" in heard) return this.#options.counters.count(`wire.${heard.problem}`);
        this.#drive.input({ type: "frame", linkId, heard });
      },
      closed: ({ linkId }) => {
        if (this.#links.delete(linkId)) this.#drive.input({ type: "link-closed", linkId });
      },
    };
  }

  #read(payload: EncodedPayload): Message | undefined {
    const read = decodePayload(payload);
    if (!isProblem(read)) return read.message;
    this.#options.counters.count(`wire.${read.problem}`);
    return undefined;
  }

  #carryOut(effect: FederationEffect): void {
    const { counters } = this.#options;
    switch (effect.type) {
      case "send": {
        const end = this.#links.get(effect.linkId);
        if (end === undefined || end.link.send(end.codec.encode(effect.frame))) return;
        end.codec.unsent();
        return counters.count("federation.outgoingFull");
      }
      case "close":
        return this.#links.get(effect.linkId)?.link.close();
      case "question":
        return void this.#onQuestion(effect);
      case "answered":
        return this.#onAnswered(effect);
      case "failed":
        return this.#settle(effect.id)?.reject(new MindosError(WHY[effect.why], `the other home: ${effect.why}`));
      case "keep-revocations":
        return this.#keepRevocations(effect.home);
      case "count":
        return counters.count(effect.name);
      case "up":
        return counters.count("federation.linkUp");
      case "down":
        return counters.count("federation.linkDown");
    }
  }

  async #onQuestion({
    id,
    linkId,
    question,
    remainingMs,
  }: Extract<FederationEffect, { type: "question" }>): Promise<void> {
    const timeoutMs = Math.max(100, Math.min(ANSWER_MS_MAX, remainingMs - WAY_BACK_MS));
    const { ask, counters } = this.#options;
    counters.count("federation.questions");
    const facts = await ask(question, timeoutMs).then(
      (answer) => factsOf(answer, cleanText),
      () => undefined, // what this home does not understand, or cannot answer, is its own business
    );
    this.#drive.input({ type: "answer", linkId, id, facts });
  }

  #onAnswered({ facts, home, id }: Extract<FederationEffect, { type: "answered" }>): void {
    const asked = this.#settle(id);
    if (asked === undefined) return;
    const tookMs = Math.round((this.#options.clock.nowMs() - asked.startedMs) * 10) / 10;
    asked.resolve({ home, name: asked.name, ...answerOf(facts), tookMs });
  }

  #settle(id: IntentId): Asked | undefined {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    return asked;
  }

  async #judge({ home, rootKey }: StoredHome): Promise<void> {
    if (this.#judges.has(home)) return;
    const { dir, keeper, onProblem } = this.#options;
    const judge = new OtherHome({ home, rootKey }, keeper.papers.rootKey, MEMBERSHIP_CRYPTO);
    const fileName = revocationsFileOf(home);
    const keeping = new RevocationsKeeping({ dir, fileName, revoked: () => judge.revoked(), onProblem });
    await keeping.load((bytes) => judge.revoke(bytes));
    this.#judges.set(home, judge);
    this.#keepings.set(home, keeping);
  }

  #keepRevocations(home: HomeId): void {
    this.#keepings
      .get(home)
      ?.save()
      .catch(() => undefined); // told, and tried again
  }

  async #keep(homes: readonly StoredHome[]): Promise<void> {
    await writeOtherHomes(this.#options.dir, homes);
    this.#homes = homes;
  }

  #find(target: string): StoredHome {
    const isPrefix = /^[0-9a-f]{8,32}$/.test(target);
    const found = this.#homes.find(({ home, name }) => name === target || (isPrefix && home.startsWith(target)));
    if (found === undefined)
      throw new MindosError("OTHER_HOME_UNKNOWN", `this hub deals with no home "${cleanText(target, 40)}"`);
    return found;
  }

  #viewOf({ home, name }: StoredHome): OtherHomeView {
    const links = this.#federation.hubs().filter((hub) => hub.home === home);
    return { home, name, links: links.map((hub) => ({ hub: hub.hub, name: hub.name })) };
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#written.then(change);
    this.#written = turn.catch(() => undefined);
    return turn;
  }
}
