/** One broker that this hub meets others at: the connection, the meeting on it, and its timer. Not pure. */
import type { BackboneLinkView, BackboneView } from "../../core/backbone.js";
import type { HubId } from "../../core/ids.js";
import type { HomeId } from "../../core/membership.js";
import type { Counters, LinkEvents } from "../../core/ports.js";
import type { Clock, Rng } from "../../core/time.js";
import type { SealedIdentity } from "../../wire/sealed-crypto.js";
import { sealedGroupOf, sealedPairOf } from "../../wire/sealed-group.js";
import { BrokerClient, type ClientSettings } from "./client.js";
import { SEALED_CRYPTO } from "./crypto.js";
import type { StoredBackbone } from "./file.js";
import { BackboneMeeting } from "./meeting.js";
import { BACKBONE_DEFAULTS, type BackboneSettings } from "./settings.js";

export interface BackboneOptions {
  readonly account: StoredBackbone;
  readonly identity: SealedIdentity;
  /** The home's root, public. */
  readonly rootKey: Uint8Array;
  /** Other homes whose hubs are met here, too; read once. */
  readonly others?: readonly OtherMeeting[] | undefined;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly events: LinkEvents;
  readonly linkIds: () => number;
  readonly isRevoked: (hub: HubId) => boolean;
  readonly isLinkedElsewhere: (hub: HubId) => boolean;
  readonly settings?: Partial<BackboneSettings>;
  readonly client?: Partial<ClientSettings>;
}

/** Hubs of another home are met apart: on topics and under a key that only the two homes can compute. */
export interface OtherMeeting {
  readonly home: HomeId;
  /** What people here call it. */
  readonly name: string;
  /** The other home's root, public. */
  readonly rootKey: Uint8Array;
  readonly events: LinkEvents;
  readonly isRevoked: (hub: HubId) => boolean;
  /** A link with it at another broker. */
  readonly isLinkedElsewhere: (hub: HubId) => boolean;
}

interface OtherAtBroker {
  readonly name: string;
  readonly meeting: BackboneMeeting;
}

/** One answer and one standby: a home is asked through one hub of it. */
const OTHER_LINKS_WANTED = 2;

export class Backbone {
  readonly account: StoredBackbone;
  readonly #clock: Clock;
  readonly #meeting: BackboneMeeting;
  readonly #others: ReadonlyMap<HomeId, OtherAtBroker>;
  readonly #meetings: readonly BackboneMeeting[];
  readonly #client: BrokerClient;
  #state: BackboneView["state"] = "connecting";
  #problem: string | undefined;
  #mqtt: BackboneView["mqtt"];
  #timer: NodeJS.Timeout | undefined;
  #timerMs = Number.POSITIVE_INFINITY;
  #stopped = false;

  constructor(options: BackboneOptions) {
    const { account, clock, counters, rng } = options;
    this.account = account;
    this.#clock = clock;
    const count = (name: string): void => counters.count(name);
    const shared = {
      ...options,
      count,
      crypto: SEALED_CRYPTO,
      settings: { ...BACKBONE_DEFAULTS, ...options.settings },
      publish: (topic: string, payload: Uint8Array) => void this.#client.publish(topic, payload),
      wake: () => this.#arm(),
    };
    this.#meeting = new BackboneMeeting({ ...shared, group: sealedGroupOf(SEALED_CRYPTO, options.rootKey) });
    this.#others = new Map(
      (options.others ?? []).map(({ home, name, rootKey, events, isLinkedElsewhere, isRevoked }) => {
        const meeting = new BackboneMeeting({
          ...{ ...shared, events, isLinkedElsewhere, isRevoked },
          group: sealedPairOf(SEALED_CRYPTO, options.rootKey, rootKey),
          settings: { ...shared.settings, linksWanted: OTHER_LINKS_WANTED },
        });
        return [home, { name, meeting }];
      }),
    );
    this.#meetings = [this.#meeting, ...[...this.#others.values()].map(({ meeting }) => meeting)];
    this.#client = new BrokerClient({
      ...{ account, clock, rng, count, topics: this.#meetings.flatMap(({ topics }) => topics) },
      ...(options.client === undefined ? {} : { settings: options.client }),
      events: {
        connected: (version, payloadBytesMax) => {
          this.#state = "connected";
          this.#problem = undefined;
          this.#mqtt = version === 5 ? "5" : "3.1.1";
          for (const meeting of this.#meetings) meeting.connected(clock.nowMs(), payloadBytesMax);
          this.#arm();
        },
        disconnected: (why) => {
          this.#state = "waiting";
          this.#problem = why;
          for (const meeting of this.#meetings) meeting.disconnected();
          this.#arm();
        },
        received: (topic, payload) => {
          const meeting = this.#meetings.find(({ topics }) => topics.includes(topic)) ?? this.#meeting;
          meeting.received(topic, payload, clock.nowMs());
          this.#arm();
        },
      },
    });
    this.#client.start();
  }

  isLinked(hub: HubId): boolean {
    return this.#meeting.isLinked(hub);
  }

  /** With a hub of that home. */
  isLinkedAbroad(home: HomeId, hub: HubId): boolean {
    return this.#others.get(home)?.meeting.isLinked(hub) === true;
  }

  /** A link elsewhere has come or gone. */
  reconsider(): void {
    for (const meeting of this.#meetings) meeting.reconsider();
  }

  view(): BackboneView {
    const { name, url, user } = this.account;
    return {
      url,
      ...(name === undefined ? {} : { name }),
      ...(user === undefined ? {} : { user }),
      state: this.#state,
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
      ...(this.#mqtt === undefined ? {} : { mqtt: this.#mqtt }),
      met: this.#meeting.met,
      links: linksOf(this.#meeting),
      others: [...this.#others].map(([home, { meeting, name: called }]) => ({
        ...{ home, name: called, met: meeting.met, links: linksOf(meeting) },
      })),
    };
  }

  stop(): void {
    for (const meeting of this.#meetings) meeting.stop();
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#client.stop();
  }

  #arm(): void {
    const deadlineMs = Math.min(...this.#meetings.map((meeting) => meeting.deadlineMs));
    if (this.#stopped || (this.#timer !== undefined && deadlineMs >= this.#timerMs)) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerMs = deadlineMs;
    if (deadlineMs === Number.POSITIVE_INFINITY) return;
    const waitMs = Math.min(TIMER_MS_MAX, Math.max(0, Math.ceil(deadlineMs - this.#clock.nowMs())));
    this.#timer = setTimeout(this.#tick, waitMs).unref();
  }

  readonly #tick = (): void => {
    this.#timer = undefined;
    this.#timerMs = Number.POSITIVE_INFINITY;
    for (const meeting of this.#meetings) meeting.tick(this.#clock.nowMs());
    this.#arm();
  };
}

function linksOf(meeting: BackboneMeeting): BackboneLinkView[] {
  return meeting
    .links()
    .map(({ hub, rttMs }) => (Number.isNaN(rttMs) ? { hub } : { hub, rttMs: Math.round(rttMs * 10) / 10 }));
}

/** What `setTimeout` takes; an early tick does no harm. */
const TIMER_MS_MAX = 2 ** 31 - 1;
