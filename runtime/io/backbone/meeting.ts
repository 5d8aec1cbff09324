/**
 * The hubs of one home, or of another that it deals with, at one broker: whom this one meets, links with, and hears. Pure but for the clock: `backbone.ts` brings
 * the broker and the timer.
 *
 * A hub opens links here by itself, up to a few, with those of the hubs met that rank highest for the pair: the mesh's overlay
 * knows hubs by addresses, and there is none at a broker. What it opened the overlay may close again. A hub that is linked by
 * other means is left alone.
 */
import { bytesToHex } from "../../core/bytes.js";
import type { HubId } from "../../core/ids.js";
import type { Link, LinkEvents } from "../../core/ports.js";
import type { Clock, Rng } from "../../core/time.js";
import type { SealedCrypto, SealedIdentity } from "../../wire/sealed-crypto.js";
import type { SealedGroup } from "../../wire/sealed-group.js";
import type { SessionSecrets } from "../../wire/sealed-handshake.js";
import { PACKET, SESSION_ID_BYTES } from "../../wire/sealed-packet.js";
import { SealedSession } from "../../wire/sealed-session.js";
import { FRAME_BYTES_MAX } from "../link/frames.js";
import { Handshakes } from "./handshakes.js";
import { Presence } from "./presence.js";
import type { BackboneSettings } from "./settings.js";

export interface MeetingOptions {
  readonly identity: SealedIdentity;
  readonly group: SealedGroup;
  readonly crypto: SealedCrypto;
  readonly settings: BackboneSettings;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly count: (name: string) => void;
  readonly linkIds: () => number;
  /** Lost is what the broker does not take. */
  readonly publish: (topic: string, payload: Uint8Array) => void;
  readonly events: LinkEvents;
  readonly isRevoked: (hub: HubId) => boolean;
  /** A direct link, or one at another broker. */
  readonly isLinkedElsewhere: (hub: HubId) => boolean;
  /** `deadlineMs` may have come nearer outside of a call of the driver's. */
  readonly wake: () => void;
}

/** Choosing waits for what comes together. Unit: ms. */
const CHOOSE_MS = 100;

class BackboneLink implements Link {
  isClosing = false;
  readonly peer: HubId;

  constructor(
    readonly linkId: number,
    readonly dialled: boolean,
    readonly session: SealedSession,
    readonly openedMs: number,
    readonly clock: Clock,
    readonly changed: () => void,
  ) {
    this.peer = session.peer;
  }

  send(frame: Uint8Array): boolean {
    if (frame.length > FRAME_BYTES_MAX) throw new RangeError(`a frame of ${frame.length} bytes`);
    if (this.isClosing || !this.session.write(frame, this.clock.nowMs())) return false;
    this.changed();
    return true;
  }

  /** Takes effect at once, but is reported a moment later: the caller is in the middle of something. */
  close(): void {
    this.isClosing = true;
    this.changed();
  }
}

export interface MeetingLinkView {
  readonly hub: HubId;
  /** NaN before the first round trip. Unit: ms. */
  readonly rttMs: number;
}

export class BackboneMeeting {
  readonly topics: readonly string[];
  readonly #options: MeetingOptions;
  readonly #group: SealedGroup;
  readonly #presence: Presence;
  readonly #handshakes: Handshakes;
  /** By own session id, hex. */
  readonly #links = new Map<string, BackboneLink>();
  readonly #byHub = new Map<HubId, BackboneLink>();
  #inboxes = new Map<HubId, string>();
  #connected = false;
  #chooseMs = Number.POSITIVE_INFINITY;
  #payloadBytesMax: number;

  constructor(options: MeetingOptions) {
    this.#options = options;
    const { count, crypto, identity, rng, settings } = options;
    this.#payloadBytesMax = settings.sealed.payloadBytesMax;
    this.#group = options.group;
    this.topics = [this.#group.listenTopic, this.#group.inboxTopic(identity.hub)];
    this.#presence = new Presence({
      ...{ self: identity.hub, group: this.#group, settings, rng, count },
      say: (to, packet) => this.#say(to, packet),
      isSeeking: () => this.#byHub.size < settings.linksWanted,
    });
    this.#handshakes = new Handshakes({
      ...{ context: { crypto, group: this.#group, identity }, settings, count },
      say: (to, packet) => this.#say(to, packet),
      isWelcome: (hub) => this.#isWelcome(hub),
      proven: (secrets, nowMs) => this.#proven(secrets, nowMs),
      failed: (hub, nowMs) => this.#failed(hub, nowMs),
    });
  }

  get met(): number {
    return this.#presence.met.size;
  }

  links(): MeetingLinkView[] {
    return [...this.#byHub.values()].map(({ peer, session }) => ({ hub: peer, rttMs: session.rttMs }));
  }

  isLinked(hub: HubId): boolean {
    return this.#byHub.has(hub);
  }

  get deadlineMs(): number {
    let deadlineMs = Math.min(this.#presence.deadlineMs, this.#handshakes.deadlineMs, this.#chooseMs);
    for (const { isClosing, session } of this.#links.values()) {
      deadlineMs = Math.min(deadlineMs, isClosing ? Number.NEGATIVE_INFINITY : session.deadlineMs);
    }
    return deadlineMs;
  }

  /** @param payloadBytesMax what the broker takes, where it says so. */
  connected(nowMs: number, payloadBytesMax = Number.POSITIVE_INFINITY): void {
    this.#connected = true;
    this.#payloadBytesMax = Math.min(payloadBytesMax, this.#options.settings.sealed.payloadBytesMax);
    this.#presence.connected(nowMs);
    this.reconsider();
    for (const { session } of [...this.#links.values()]) session.resume(nowMs);
  }

  /** Links outlive an outage for a while. */
  disconnected(): void {
    this.#connected = false;
    this.#handshakes.clear();
    this.#presence.disconnected();
    this.#chooseMs = Number.POSITIVE_INFINITY;
  }

  /** Something has changed that decides whom to link with. */
  reconsider(): void {
    if (!this.#connected) return;
    this.#chooseMs = Math.min(this.#chooseMs, this.#options.clock.nowMs() + CHOOSE_MS);
    this.#options.wake();
  }

  received(topic: string, payload: Uint8Array, nowMs: number): void {
    const { count } = this.#options;
    const alone = topic === this.topics[1];
    if (!alone && topic !== this.topics[0]) return count("backbone.foreignTopic");
    const type = payload[0];
    if (type === PACKET.beacon) {
      if (this.#presence.onBeacon(payload, alone, nowMs)) this.reconsider();
      return;
    }
    if (!alone) return count("backbone.garbage");
    switch (type) {
      case PACKET.data:
        return this.#onData(payload, nowMs);
      case PACKET.init:
        return this.#handshakes.onInit(payload, nowMs);
      case PACKET.reply:
        return this.#handshakes.onReply(payload, nowMs);
      case PACKET.finish:
        return this.#handshakes.onFinish(payload, nowMs);
      default:
        return count("backbone.garbage");
    }
  }

  tick(nowMs: number): void {
    for (const link of [...this.#links.values()]) {
      if (!link.isClosing) link.session.tick(nowMs);
      else if (this.#links.get(bytesToHex(link.session.ownSid)) === link) {
        link.session.close();
        this.#closed(link, nowMs);
      }
    }
    this.#handshakes.tick(nowMs);
    this.#presence.tick(nowMs);
    if (this.#chooseMs <= nowMs) this.#choose(nowMs);
  }

  /** Says goodbye and ends every link. */
  stop(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const link of [...this.#links.values()]) {
      link.session.close();
      this.#closed(link, nowMs);
    }
    if (this.#connected) this.#presence.leave();
    this.disconnected();
  }

  /** @param to undefined: to all. */
  #say(to: HubId | undefined, packet: Uint8Array): void {
    this.#options.publish(to === undefined ? this.#group.presenceTopic : this.#inboxOf(to), packet);
  }

  #inboxOf(hub: HubId): string {
    const known = this.#inboxes.get(hub);
    if (known !== undefined) return known;
    if (this.#inboxes.size >= this.#options.settings.metMax) this.#inboxes = new Map();
    const topic = this.#group.inboxTopic(hub);
    this.#inboxes.set(hub, topic);
    return topic;
  }

  #onData(payload: Uint8Array, nowMs: number): void {
    const link = this.#links.get(bytesToHex(payload.subarray(1, 1 + SESSION_ID_BYTES)));
    if (link === undefined) return this.#options.count("backbone.unknownSession");
    if (!link.isClosing) link.session.receive(payload, nowMs);
  }

  #isWelcome(hub: HubId): boolean {
    const { isLinkedElsewhere, isRevoked, settings } = this.#options;
    if (isRevoked(hub) || isLinkedElsewhere(hub)) return false;
    return this.#byHub.has(hub) || this.#byHub.size < settings.linksMax;
  }

  #proven(secrets: SessionSecrets, nowMs: number): void {
    const { clock, count, crypto, events, identity, linkIds, settings, wake } = this.#options;
    const { peer } = secrets;
    const older = this.#byHub.get(peer);
    if (older !== undefined) {
      // The other end has begun anew: it knows of the older one no more.
      older.session.close();
      this.#closed(older, nowMs);
    }
    this.#presence.meet(peer, nowMs);
    const session = new SealedSession(
      {
        ...{ crypto, secrets },
        settings: { ...settings.sealed, payloadBytesMax: this.#payloadBytesMax },
        events: {
          packet: (packet) => this.#say(peer, packet),
          frame: (frame) => {
            if (!link.isClosing) events.received(link, frame);
          },
          ended: (reason) => {
            if (reason !== "closed") count(`backbone.session.${reason}`);
            this.#closed(link, this.#options.clock.nowMs());
          },
          dropped: (why) => count(`backbone.packet.${why}`),
        },
      },
      nowMs,
    );
    // Of two links with one hub the mesh keeps the one that the lower id dialled: never this one, so that a direct one wins.
    const dialled = identity.hub > peer;
    const link = new BackboneLink(linkIds(), dialled, session, nowMs, clock, wake);
    this.#links.set(bytesToHex(session.ownSid), link);
    this.#byHub.set(peer, link);
    events.opened(link);
  }

  #closed(link: BackboneLink, nowMs: number): void {
    const name = bytesToHex(link.session.ownSid);
    if (this.#links.get(name) !== link) return;
    link.isClosing = true;
    this.#links.delete(name);
    if (this.#byHub.get(link.peer) === link) this.#byHub.delete(link.peer);
    const met = this.#presence.met.get(link.peer);
    if (met !== undefined && nowMs - link.openedMs >= this.#options.settings.stableMs) met.failures = 0;
    this.#failed(link.peer, nowMs);
    this.#options.events.closed(link);
  }

  /** A handshake in vain, or a link that has ended: not again at once. */
  #failed(hub: HubId, nowMs: number): void {
    const { rng, settings } = this.#options;
    const met = this.#presence.met.get(hub);
    if (met !== undefined) {
      const pauseMs = Math.min(settings.retryMaxMs, settings.retryMinMs * 2 ** Math.min(20, met.failures));
      met.failures += 1;
      met.retryMs = nowMs + pauseMs * (0.5 + (rng(1)[0] ?? 0) / 510);
    }
    this.reconsider();
  }

  #choose(nowMs: number): void {
    const { isLinkedElsewhere, isRevoked, settings } = this.#options;
    this.#chooseMs = Number.POSITIVE_INFINITY;
    const ranked = [...this.#presence.met.values()].sort((a, b) => b.affinity - a.affinity);
    let wanted = settings.linksWanted - this.#byHub.size - this.#handshakes.begun;
    for (const { hub, retryMs } of ranked) {
      if (wanted <= 0) return;
      if (this.#byHub.has(hub) || this.#handshakes.isUnderWay(hub) || isRevoked(hub) || isLinkedElsewhere(hub))
        continue;
      if (retryMs > nowMs) {
        this.#chooseMs = Math.min(this.#chooseMs, retryMs);
        continue;
      }
      wanted -= 1;
      this.#handshakes.begin(hub, nowMs);
    }
  }
}
