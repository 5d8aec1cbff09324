/**
 * The machine of one hub's links: proves who is there, keeps watch, and hands on what proven neighbours say. Sans-IO.
 *
 * A hub is alive while its link is heard, suspect when its link has closed or fallen silent, dead when that has lasted;
 * a new proven link makes it alive again. A message that a link's state does not allow is a counted drop.
 */
import type { HubId } from "../core/ids.js";
import type { Machine, Tick } from "../core/machine.js";
import type { AdvertBody, Message, MessageOf } from "../core/messages.js";
import type { HubView } from "../core/status.js";
import type { Rng } from "../core/time.js";
import { beginHandshake, type Handshake, type Hello, type HelloCrypto, onHello, type Self } from "./handshake.js";
import { type HubRecord, HubTable } from "./hub-table.js";
import { Pulse } from "./pulse.js";
import { MESH_DEFAULTS, type MeshSettings } from "./settings.js";

export type NeighbourInput =
  | Tick
  | { readonly type: "link-opened"; readonly linkId: number; readonly dialled: boolean }
  | { readonly type: "link-closed"; readonly linkId: number; readonly reason: string }
  | HeardMessage
  | { readonly type: "announce"; readonly message: MessageOf<"ADVERT"> | MessageOf<"LOAD"> }
  | { readonly type: "send"; readonly to: HubId; readonly message: Message }
  | { readonly type: "broadcast"; readonly message: Message };

export interface HeardMessage {
  readonly type: "message";
  readonly linkId: number;
  readonly seq: number;
  readonly message: Message;
}

export type NeighbourEffect =
  | { readonly type: "send"; readonly linkId: number; readonly seq: number; readonly message: Message }
  | { readonly type: "close"; readonly linkId: number; readonly reason: string }
  | { readonly type: "link-up"; readonly hub: HubId; readonly linkId: number; readonly name: string }
  | { readonly type: "link-down"; readonly hub: HubId; readonly reason: string }
  | { readonly type: "hub-state"; readonly hub: HubId; readonly state: HubRecord["state"] }
  | { readonly type: "deliver"; readonly from: HubId; readonly message: Message }
  | { readonly type: "count"; readonly name: string };

interface LinkState {
  readonly linkId: number;
  readonly dialled: boolean;
  readonly openedMs: number;
  readonly pulse: Pulse;
  handshake: Handshake;
  /** Set once the other end has proven it. */
  hub: HubId | undefined;
  /** Of every frame of this link, from 1, strictly growing, so that one that was sent before is told apart. */
  sentSeq: number;
  heardSeq: number;
}

export class Neighbours implements Machine<NeighbourInput, NeighbourEffect> {
  readonly #links = new Map<number, LinkState>();
  readonly #hubs: HubTable;
  /** The newest of each kind, for links that come up later. */
  readonly #announced = new Map<string, Message>();
  #effects: NeighbourEffect[] = [];
  #nowMs = 0;

  constructor(
    readonly self: Self,
    readonly crypto: HelloCrypto,
    readonly settings: MeshSettings = MESH_DEFAULTS,
  ) {
    this.#hubs = new HubTable(settings.hubsMax);
  }

  handle(input: NeighbourInput, nowMs: number, rng: Rng): readonly NeighbourEffect[] {
    this.#effects = [];
    this.#nowMs = nowMs;
    switch (input.type) {
      case "tick":
        this.#tick();
        break;
      case "link-opened":
        this.#opened(input.linkId, input.dialled, rng);
        break;
      case "link-closed":
        this.#closed(input.linkId, input.reason);
        break;
      case "message":
        this.#heard(input);
        break;
      case "announce":
        this.#announced.set(input.message.type, input.message);
        this.#broadcast(input.message);
        break;
      case "send":
        this.#sendTo(input.to, input.message);
        break;
      case "broadcast":
        this.#broadcast(input.message);
        break;
    }
    return this.#effects;
  }

  get deadlineMs(): number | undefined {
    let deadlineMs = Number.POSITIVE_INFINITY;
    for (const link of this.#links.values()) {
      const next = link.hub === undefined ? link.openedMs + this.settings.helloTimeoutMs : link.pulse.deadlineMs;
      deadlineMs = Math.min(deadlineMs, next);
    }
    for (const record of this.#hubs.values()) deadlineMs = Math.min(deadlineMs, this.#hubDeadlineMs(record));
    return deadlineMs === Number.POSITIVE_INFINITY ? undefined : deadlineMs;
  }

  /** Hubs that frames can be sent to now. */
  reachable(): HubId[] {
    return [...this.#links.values()].flatMap((link) => (link.hub === undefined ? [] : [link.hub]));
  }

  /** Everything known of the others, for people and for choosing whom to ask. */
  views(): HubView[] {
    return this.#hubs.views((linkId) => this.#links.get(linkId)?.pulse.rttMs);
  }

  adverts(): AdvertBody[] {
    return [...this.#hubs.values()].flatMap((record) =>
      record.advert && record.state !== "dead" ? [record.advert] : [],
    );
  }

  /** Direct neighbours with their round trips, as LOAD carries them. */
  neighbours(): { hub: HubId; rttMs: number }[] {
    return [...this.#links.values()].flatMap((link) =>
      link.hub === undefined ? [] : [{ hub: link.hub, rttMs: Math.round((link.pulse.rttMs ?? 0) * 100) / 100 }],
    );
  }

  #opened(linkId: number, dialled: boolean, rng: Rng): void {
    if (this.#links.has(linkId)) throw new Error(`link ${linkId} opened twice`);
    if (this.#links.size >= this.settings.linksMax) {
      this.#count("mesh.linksMax");
      this.#effects.push({ type: "close", linkId, reason: "too many links" });
      return;
    }
    const step = beginHandshake(this.self, rng(16));
    const stagger = (rng(1)[0] ?? 0) / 256;
    const link: LinkState = {
      linkId,
      dialled,
      openedMs: this.#nowMs,
      pulse: new Pulse(this.settings, this.#nowMs, stagger),
      handshake: step.next,
      hub: undefined,
      sentSeq: 0,
      heardSeq: 0,
    };
    this.#links.set(linkId, link);
    if (step.send) this.#send(link, step.send);
  }

  #closed(linkId: number, reason: string): void {
    const link = this.#links.get(linkId);
    if (link === undefined) return;
    this.#links.delete(linkId);
    if (link.hub === undefined) return;
    const record = this.#hubs.get(link.hub);
    if (record === undefined || record.linkId !== linkId) return;
    record.linkId = undefined;
    this.#effects.push({ type: "link-down", hub: record.hub, reason });
    this.#setState(record, "suspect");
  }

  #cut(link: LinkState, reason: string): void {
    this.#effects.push({ type: "close", linkId: link.linkId, reason });
    this.#closed(link.linkId, reason);
  }

  #heard({ linkId, seq, message }: HeardMessage): void {
    const link = this.#links.get(linkId);
    if (link === undefined) {
      this.#count("mesh.unknownLink");
      return;
    }
    if (seq <= link.heardSeq) {
      this.#count("mesh.replayedFrame");
      return;
    }
    link.heardSeq = seq;
    if (message.type === "HELLO") {
      this.#hello(link, message);
      return;
    }
    if (link.hub === undefined) {
      this.#count("mesh.frameBeforeProof");
      return;
    }
    const record = this.#hubs.get(link.hub);
    if (record === undefined) return;
    record.lastHeardMs = this.#nowMs;
    link.pulse.heard(this.#nowMs);
    this.#setState(record, "alive");
    this.#act(link, record, seq, message);
  }

  #act(link: LinkState, record: HubRecord, seq: number, message: Exclude<Message, Hello>): void {
    switch (message.type) {
      case "PING":
        if (message.ackOf === undefined) this.#send(link, { type: "PING", ackOf: seq });
        else if (!link.pulse.acked(message.ackOf, this.#nowMs)) this.#count("mesh.unaskedAck");
        return;
      case "ADVERT":
        if (message.hub !== record.hub) {
          this.#count("mesh.advertOfAnother");
          return;
        }
        if (record.advert && message.version <= record.advert.version) {
          this.#count("mesh.oldAdvert");
          return;
        }
        record.advert = message;
        return;
      case "LOAD":
        record.load = message;
        return;
      default:
        this.#effects.push({ type: "deliver", from: record.hub, message });
    }
  }

  #hello(link: LinkState, hello: Hello): void {
    const step = onHello(link.handshake, hello, this.self, this.crypto);
    link.handshake = step.next;
    if (step.send) this.#send(link, step.send);
    if (step.problem) {
      this.#count(step.problem);
      this.#cut(link, step.problem);
    } else if (step.next.state === "proven") this.#proven(link, hello);
  }

  #proven(link: LinkState, hello: Hello): void {
    const record = this.#hubs.meet(hello.id, hello.name, hello.epoch, this.#nowMs);
    if (record === undefined) {
      this.#cut(link, "too many hubs");
      return;
    }
    const older = record.linkId === undefined ? undefined : this.#links.get(record.linkId);
    if (older !== undefined && this.#rightlyDialled(older, record.hub) && !this.#rightlyDialled(link, record.hub)) {
      this.#cut(link, "duplicate");
      return;
    }
    link.hub = record.hub;
    record.linkId = link.linkId;
    if (older !== undefined) this.#cut(older, "replaced");
    link.pulse.heard(this.#nowMs);
    this.#effects.push({ type: "link-up", hub: record.hub, linkId: link.linkId, name: record.name });
    record.state = "alive";
    this.#effects.push({ type: "hub-state", hub: record.hub, state: "alive" });
    for (const message of this.#announced.values()) this.#send(link, message);
  }

  /** Both ends agree on which of two links stays: the one that the lower id dialled; of two such, the newer. */
  #rightlyDialled(link: LinkState, peer: HubId): boolean {
    return link.dialled === this.self.hub < peer;
  }

  #tick(): void {
    for (const link of [...this.#links.values()]) {
      if (link.hub === undefined) {
        if (this.#nowMs < link.openedMs + this.settings.helloTimeoutMs) continue;
        this.#count("mesh.helloTimeout");
        this.#cut(link, "no proof in time");
      } else this.#watch(link, link.hub);
    }
    for (const record of [...this.#hubs.values()]) this.#age(record);
  }

  #watch(link: LinkState, hub: HubId): void {
    const verdict = link.pulse.check(this.#nowMs);
    const record = this.#hubs.get(hub);
    if (verdict === "silent") this.#cut(link, "silent");
    else if (verdict === "quiet" && record) this.#setState(record, "suspect");
    if (verdict !== "silent" && link.pulse.pingDue(this.#nowMs)) {
      link.pulse.pinged(this.#send(link, { type: "PING" }), this.#nowMs);
    }
  }

  #hubDeadlineMs(record: HubRecord): number {
    if (record.state === "dead") return record.lastHeardMs + this.settings.forgetAfterMs;
    // With a link, the link's pulse decides.
    return record.linkId === undefined ? record.lastHeardMs + this.settings.deadAfterMs : Number.POSITIVE_INFINITY;
  }

  #age(record: HubRecord): void {
    if (this.#nowMs < this.#hubDeadlineMs(record)) return;
    if (record.state === "dead") this.#hubs.delete(record.hub);
    else this.#setState(record, "dead");
  }

  #setState(record: HubRecord, state: HubRecord["state"]): void {
    if (record.state === state) return;
    record.state = state;
    this.#effects.push({ type: "hub-state", hub: record.hub, state });
  }

  #sendTo(hub: HubId, message: Message): void {
    const linkId = this.#hubs.get(hub)?.linkId;
    const link = linkId === undefined ? undefined : this.#links.get(linkId);
    if (link === undefined) this.#count("mesh.unreachable");
    else this.#send(link, message);
  }

  #broadcast(message: Message): void {
    for (const link of this.#links.values()) if (link.hub !== undefined) this.#send(link, message);
  }

  /** @returns the frame's sequence number on this link. */
  #send(link: LinkState, message: Message): number {
    link.sentSeq += 1;
    this.#effects.push({ type: "send", linkId: link.linkId, seq: link.sentSeq, message });
    return link.sentSeq;
  }

  #count(name: string): void {
    this.#effects.push({ type: "count", name });
  }
}
