/**
 * The mesh of one hub as one machine (sans-IO): it owns the links, hands each part what concerns it, and turns what the parts
 * want into effects. `runtime/hub/mesh-driver.ts` drives it with sockets, `tools/sim` with virtual time.
 */
import type { HubId } from "../../core/ids.js";
import type { Machine } from "../../core/machine.js";
import type { Neighbour } from "../../core/mesh.js";
import type { Message, MessageOf } from "../../core/messages.js";
import type { EncodedPayload, Payload, RoutedFrame } from "../../core/routed.js";
import type { Rng } from "../../core/time.js";
import type { DownCause } from "../liveness/liveness.js";
import { PEERS_KEY } from "../overlay/peer-store.js";
import type { MeshNotice, Sink } from "../part.js";
import { costOf } from "./cost.js";
import { type Gate, type Hello, helloOf, judgeHello, type Self } from "./hello.js";
import { HubNames } from "./hub-names.js";
import type { NodeEffect, NodeInput } from "./inputs.js";
import { LinkTable, type NodeLink } from "./link-table.js";
import { type NodeCodecs, Parts } from "./parts.js";
import { NODE_DEFAULTS, type NodeSettings } from "./settings.js";

export interface NodeOptions {
  readonly self: Self;
  readonly gate: Gate;
  readonly codecs: NodeCodecs;
  /** Reads a payload that came over a link; what is wrong with it, it counts itself. */
  readonly read: (payload: EncodedPayload) => Message | undefined;
  readonly settings?: NodeSettings;
}

type InputOf<T extends NodeInput["type"]> = Extract<NodeInput, { type: T }>;

const NO_EFFECTS: readonly NodeEffect[] = Object.freeze([]);
/** Notices that one input may cause in turn. More is two parts that answer each other without end: a bug. */
const NOTICES_MAX = 10_000;

export class MeshNode implements Machine<NodeInput, NodeEffect> {
  readonly self: Self;
  readonly links = new LinkTable();
  readonly names: HubNames;
  readonly parts: Parts;
  readonly #gate: Gate;
  readonly #settings: NodeSettings;
  readonly #read: NodeOptions["read"];
  /** The newest of each kind, for neighbours that come later. */
  readonly #announced = new Map<string, Message>();
  #effects: NodeEffect[] = [];
  #notices: MeshNotice[] = [];
  #nowMs = 0;
  #rng: Rng = () => new Uint8Array();
  /** When the first link that has not said HELLO is given up. */
  #helloMs = Number.POSITIVE_INFINITY;

  constructor({ self, gate, codecs, read, settings = NODE_DEFAULTS }: NodeOptions) {
    this.self = self;
    this.#gate = gate;
    this.#settings = settings;
    this.#read = read;
    this.names = new HubNames(settings.hubsMax);
    const sink: Sink = {
      send: (to, message) => this.#sendTo(to, message),
      route: (to, message, locator) => this.#carry(this.parts.forwarder.frameTo(to, message, locator), undefined),
      count: (name, by = 1) => this.#count(name, by),
      notice: (notice) => void this.#notices.push(notice),
    };
    this.parts = new Parts({
      self,
      codecs,
      sink,
      isNeighbour: (hub) => this.links.of(hub) !== undefined,
      now: () => this.#nowMs,
      penalise: (via, untilMs) => this.parts.routes.penalise(via, untilMs, this.#nowMs),
      carry: (frame) => this.#carryResolved(frame),
      lost: (frame) => this.parts.forwarder.unreachable(frame, this.#nowMs),
    });
  }

  handle(input: NodeInput, nowMs: number, rng: Rng): readonly NodeEffect[] {
    this.#nowMs = nowMs;
    this.#rng = rng;
    this.#take(input);
    if (this.#notices.length > 0) this.#settle();
    if (this.#effects.length === 0) return NO_EFFECTS;
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  get deadlineMs(): number {
    let deadlineMs = this.#helloMs;
    for (const part of this.parts.timed) if (part.deadlineMs < deadlineMs) deadlineMs = part.deadlineMs;
    return deadlineMs;
  }

  #take(input: NodeInput): void {
    switch (input.type) {
      case "frame":
        return this.#heard(input);
      case "tick":
        return this.#tick();
      case "link-opened":
        return this.#opened(input);
      case "link-closed":
        return this.#closed(input.linkId, input.reason, "closed");
      case "found":
        return this.parts.overlay.found(input.peer, this.#nowMs, this.#rng);
      case "dial-failed":
        return this.parts.overlay.dialFailed(input.hub, this.#nowMs, this.#rng);
      case "announce":
        this.#announced.set(input.message.type, input.message);
        return this.parts.broadcast.publish("cell", input.message, this.#nowMs, this.#rng);
      case "send":
        return this.#carry(this.parts.forwarder.frameTo(input.to, input.message), undefined);
      case "publish":
        return this.parts.broadcast.publish(input.scope, input.message, this.#nowMs, this.#rng);
      case "ping":
        return this.#carry(this.parts.forwarder.frameTo(input.to, { type: "ECHO", nonce: input.nonce }), undefined);
      case "say": {
        const link = this.links.get(input.linkId);
        if (link !== undefined) this.#send(link, input.message);
        return;
      }
      case "revoke":
        return this.#revoke([input.revocation]);
      case "restore":
        if (input.key === PEERS_KEY) this.parts.overlay.restore(input.value, this.#nowMs);
    }
  }

  #tick(): void {
    const nowMs = this.#nowMs;
    for (const part of this.parts.timed) if (part.deadlineMs <= nowMs) part.tick(nowMs, this.#rng);
    if (this.#helloMs <= nowMs) this.#giveUpSilentLinks();
  }

  #giveUpSilentLinks(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const link of [...this.links.values()]) {
      if (link.neighbour !== undefined) continue;
      const deadlineMs = link.openedMs + this.#settings.helloTimeoutMs;
      if (deadlineMs > this.#nowMs) next = Math.min(next, deadlineMs);
      else {
        this.#count("mesh.helloTimeout");
        this.#cut(link, "no HELLO in time");
      }
    }
    this.#helloMs = next;
  }

  #opened({ linkId, dialled, peer }: InputOf<"link-opened">): void {
    if (this.links.size >= this.#settings.linksMax) {
      this.#count("mesh.linksMax");
      this.#effects.push({ type: "close", linkId, reason: "too many links" });
      return;
    }
    const link: NodeLink = {
      linkId,
      dialled,
      peer,
      openedMs: this.#nowMs,
      neighbour: undefined,
      sentSeq: 0,
      heardSeq: 0,
    };
    this.links.add(link);
    this.#helloMs = Math.min(this.#helloMs, this.#nowMs + this.#settings.helloTimeoutMs);
    this.#send(link, helloOf(this.self, this.#gate));
  }

  #heard({ linkId, heard }: InputOf<"frame">): void {
    const link = this.links.get(linkId);
    if (link === undefined) return this.#count("mesh.unknownLink");
    const { neighbour } = link;
    if (heard.form === "routed") {
      if (neighbour === undefined) return this.#count("mesh.frameBeforeHello");
      this.parts.liveness.heard(neighbour.hub, this.#nowMs);
      return this.#carry(heard.frame, neighbour.hub);
    }
    if (heard.seq <= link.heardSeq) return this.#count("mesh.replayedFrame");
    link.heardSeq = heard.seq;
    if (heard.message.type === "HELLO") return this.#onHello(link, heard.message);
    if (heard.message.type === "ERROR") return this.#onError(link, heard.message);
    if (neighbour === undefined) return this.#count("mesh.frameBeforeHello");
    this.parts.liveness.heard(neighbour.hub, this.#nowMs);
    this.#act(neighbour.hub, heard.seq, heard.message);
  }

  #act(from: HubId, seq: number, message: Exclude<Message, Hello>): void {
    const { liveness, overlay, routes, directory, broadcast } = this.parts;
    switch (message.type) {
      case "PING":
        return liveness.onPing(from, seq, message, this.#nowMs);
      case "PROBE":
        return liveness.onProbe(from, message, this.#nowMs);
      case "MEMBERS":
        return liveness.onMembers(from, message, this.#nowMs, this.#rng);
      case "NEIGHBOUR":
        overlay.onNeighbour(from, message, this.#nowMs, this.#rng);
        if (message.op === "view") liveness.watchersOf(from, overlay.watchersOf(from));
        return;
      case "ROUTE":
        return routes.onRoute(from, message, this.#nowMs, this.#rng);
      case "LOOKUP":
        return directory.onLookup(from, message, this.#nowMs);
      case "GOSSIP":
        return broadcast.onGossip(from, message, this.#nowMs, this.#rng);
      case "REVOKE":
        return this.#revoke(message.revocations);
      default:
        this.#count(`mesh.notOnALink.${message.type}`);
    }
  }

  #onHello(link: NodeLink, hello: Hello): void {
    if (link.neighbour !== undefined) return this.#count("mesh.hello.again");
    const older = this.links.of(link.peer);
    const verdict = judgeHello(hello, link.peer, older !== undefined, this.self, this.#gate);
    if (!verdict.ok) {
      this.#count(verdict.problem);
      if (verdict.tell) this.#send(link, verdict.tell);
      return this.#cut(link, verdict.problem);
    }
    if (older !== undefined && this.#rightlyDialled(older) && !this.#rightlyDialled(link))
      return this.#cut(link, "duplicate");
    if (older !== undefined) this.#cut(older, "replaced");
    const neighbour: Neighbour = {
      hub: hello.id,
      linkId: link.linkId,
      name: hello.name,
      epoch: hello.epoch,
      upMs: this.#nowMs,
      rttMs: Number.NaN,
      cost: costOf(Number.NaN, undefined),
    };
    this.links.prove(link, neighbour);
    this.names.meet(neighbour.hub, neighbour.name);
    this.#effects.push({ type: "link-up", hub: neighbour.hub, linkId: link.linkId, name: neighbour.name });
    this.#neighbourUp(neighbour, hello);
  }

  #neighbourUp(neighbour: Neighbour, hello: Hello): void {
    const { liveness, overlay, routes, broadcast } = this.parts;
    liveness.neighbourUp(neighbour, this.#nowMs, this.#rng);
    overlay.neighbourUp(neighbour, this.#nowMs, this.#rng, hello.addresses);
    routes.neighbourUp(neighbour, this.#nowMs, this.#rng);
    broadcast.neighbourUp(neighbour, this.#nowMs, this.#rng);
    for (const message of this.#announced.values())
      this.#carry(this.parts.forwarder.frameTo(neighbour.hub, message), undefined);
    const revocations = this.#gate.revocations();
    if (revocations.length > 0) this.#sendTo(neighbour.hub, { type: "REVOKE", revocations });
  }

  /** Both ends agree on which of two links stays: the one that the lower id dialled; of two such, the newer. */
  #rightlyDialled(link: NodeLink): boolean {
    return link.dialled === this.self.hub < link.peer;
  }

  #closed(linkId: number, reason: string, cause: DownCause): void {
    const removed = this.links.remove(linkId);
    if (removed === undefined || !removed.inUse) return;
    const { peer } = removed.link;
    this.#effects.push({ type: "link-down", hub: peer, reason });
    const { liveness, overlay, routes, forwarder, directory, broadcast } = this.parts;
    liveness.neighbourDown(peer, cause, this.#nowMs, this.#rng);
    overlay.neighbourDown(peer, this.#nowMs, this.#rng);
    routes.neighbourDown(peer, this.#nowMs, this.#rng);
    forwarder.neighbourDown(peer);
    directory.neighbourDown(peer);
    broadcast.neighbourDown(peer, this.#nowMs, this.#rng);
  }

  #cut(link: NodeLink, reason: string): void {
    this.#effects.push({ type: "close", linkId: link.linkId, reason });
    this.#closed(link.linkId, reason, "local");
  }

  #revoke(revocations: readonly Uint8Array[]): void {
    for (const bytes of revocations) {
      const verdict = this.#gate.revoke(bytes);
      if (verdict === "known") continue;
      if (verdict !== "new") {
        this.#count(verdict.problem);
        continue;
      }
      this.#notices.push({ type: "revoked", revocation: bytes });
      this.parts.broadcast.publish("everyone", { type: "REVOKE", revocations: [bytes] }, this.#nowMs, this.#rng);
    }
    for (const link of [...this.links.values()]) if (this.#gate.isRevoked(link.peer)) this.#cut(link, "revoked");
  }

  #onError(link: NodeLink, error: MessageOf<"ERROR">): void {
    this.#count(`mesh.told.${error.code}`);
    this.#effects.push({ type: "told", by: link.peer, proven: link.neighbour !== undefined, error });
  }

  /** A frame goes its way, or has arrived. @param from undefined: one of this hub's own. */
  #carry(frame: RoutedFrame, from: HubId | undefined): void {
    const verdict = this.parts.forwarder.forward(frame, from, this.#nowMs);
    switch (verdict.type) {
      case "deliver":
        return this.#deliver(frame);
      case "send":
        return this.#forward(verdict.to, verdict.frame);
      case "resolve":
        return this.parts.directory.resolve(verdict.frame, this.#nowMs);
    }
  }

  #carryResolved(frame: RoutedFrame): void {
    const verdict = this.parts.forwarder.forward(frame, undefined, this.#nowMs);
    if (verdict.type === "deliver") this.#deliver(frame);
    else if (verdict.type === "send") this.#forward(verdict.to, verdict.frame);
    else if (verdict.type === "resolve") this.parts.forwarder.unreachable(verdict.frame, this.#nowMs);
  }

  #forward(to: HubId, frame: RoutedFrame): void {
    const link = this.links.of(to);
    if (link === undefined) this.#count("mesh.noLink");
    else this.#effects.push({ type: "forward", linkId: link.linkId, frame });
  }

  #deliver({ src, hops, payload }: RoutedFrame): void {
    const message = this.#messageOf(payload);
    if (message !== undefined) this.#arrived(src, hops, message);
  }

  #messageOf(payload: Payload): Message | undefined {
    return "encoded" in payload ? this.#read(payload) : payload;
  }

  #arrived(src: HubId, hops: number, message: Message): void {
    switch (message.type) {
      case "ECHO":
        if (message.hops !== undefined) this.#effects.push({ type: "echo", from: src, nonce: message.nonce, hops });
        else this.#carry(this.parts.forwarder.frameTo(src, { type: "ECHO", nonce: message.nonce, hops }), undefined);
        return;
      case "ERROR":
        if (message.hub !== undefined) this.parts.directory.invalidate(message.hub, this.#nowMs);
        else this.#effects.push({ type: "deliver", from: src, message });
        return;
      case "REVOKE":
        return this.#revoke(message.revocations);
      case "ADVERT":
        return this.#onAdvert(src, message);
      case "LOAD":
        return this.names.onLoad(src, message);
      default:
        this.#effects.push({ type: "deliver", from: src, message });
    }
  }

  #onAdvert(from: HubId, advert: MessageOf<"ADVERT">): void {
    const verdict = this.names.onAdvert(from, advert);
    if (verdict !== "new") this.#count(verdict === "old" ? "mesh.oldAdvert" : "mesh.advertOfAnother");
  }

  /** What the parts have noticed, for the others and for the driver, in order. */
  #settle(): void {
    for (let i = 0; i < this.#notices.length; i++) {
      if (i >= NOTICES_MAX) throw new Error("two parts of the mesh answer each other without end");
      const notice = this.#notices[i];
      if (notice !== undefined) this.#onNotice(notice);
    }
    this.#notices.length = 0;
  }

  #onNotice(notice: MeshNotice): void {
    const { liveness, overlay, routes, directory } = this.parts;
    switch (notice.type) {
      case "rtt":
        return this.#onRtt(notice.hub, notice.rttMs);
      case "deliver":
        return this.#arrived(notice.from, 0, notice.message);
      case "dial":
        this.#effects.push(notice);
        return;
      case "silent":
      case "drop": {
        const link = this.links.of(notice.hub);
        if (link !== undefined) this.#cut(link, notice.type === "drop" ? notice.reason : "silent");
        return;
      }
      case "hub-state":
        if (notice.state === "suspect" && this.links.of(notice.hub) !== undefined)
          routes.penalise(notice.hub, this.#nowMs + this.#settings.suspectDetourMs, this.#nowMs);
        break;
      case "cell":
        liveness.inCell(notice.hubs);
        directory.cellChanged(this.#nowMs, this.#rng);
        break;
      case "locator":
        directory.moved(this.#nowMs, this.#rng);
        break;
      case "keep":
        this.#effects.push(notice);
        return;
      case "peer":
        overlay.found(notice.peer, this.#nowMs, this.#rng);
        return;
    }
    this.#effects.push({ type: "notice", notice });
  }

  #onRtt(hub: HubId, rttMs: number): void {
    const neighbour = this.links.of(hub)?.neighbour;
    if (neighbour === undefined) return;
    neighbour.rttMs = rttMs;
    this.parts.overlay.rttChanged(hub, this.#rng);
    const cost = costOf(rttMs, neighbour.cost);
    if (cost === neighbour.cost) return;
    neighbour.cost = cost;
    this.parts.routes.costChanged(hub, cost, this.#nowMs);
  }

  #sendTo(to: HubId, message: Message): number {
    const link = this.links.of(to);
    if (link !== undefined) return this.#send(link, message);
    this.#count("mesh.noLink");
    return 0;
  }

  /** @returns the frame's number on this link. */
  #send(link: NodeLink, message: Message): number {
    link.sentSeq += 1;
    this.#effects.push({ type: "send", linkId: link.linkId, seq: link.sentSeq, message });
    return link.sentSeq;
  }

  #count(name: string, by = 1): void {
    this.#effects.push({ type: "count", name, by });
  }
}
