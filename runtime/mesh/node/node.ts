/**
 * The mesh of one hub as one machine (sans-IO): it owns the links, hands each part what concerns it, and turns what the parts
 * want into effects. `runtime/hub/mesh-driver.ts` drives it with sockets, `tools/sim` with virtual time.
 */
import type { HubId } from "../../core/ids.js";
import type { Machine } from "../../core/machine.js";
import type { Datagram, Neighbour } from "../../core/mesh.js";
import type { Message, MessageOf } from "../../core/messages.js";
import type { EncodedPayload } from "../../core/routed.js";
import type { Rng } from "../../core/time.js";
import { Proofs } from "../forwarding/proofs.js";
import type { DownCause } from "../liveness/liveness.js";
import type { MeshNotice, Sink } from "../part.js";
import { Deadlines, touchedBy } from "./deadlines.js";
import { Doorway } from "./doorway.js";
import { type Gate, type Hello, LINK_ERRORS, type Self } from "./hello.js";
import { HubNames } from "./hub-names.js";
import type { NodeEffect, NodeInput } from "./inputs.js";
import { LinkCosts } from "./link-costs.js";
import { LinkTable, type NodeLink } from "./link-table.js";
import { PartingLinks } from "./parting-links.js";
import { type NodeCodecs, Parts } from "./parts.js";
import { RevocationNews } from "./revocation-news.js";
import { NODE_DEFAULTS, type NodeSettings } from "./settings.js";
import { type ReadPayload, Traffic } from "./traffic.js";
import { Verifications } from "./verifications.js";

export interface NodeOptions {
  readonly self: Self;
  readonly gate: Gate;
  readonly codecs: NodeCodecs;
  readonly read: ReadPayload;
  /** A message as a payload's bytes. @throws when it cannot be sent. */
  readonly write: (message: Message) => EncodedPayload;
  readonly settings?: NodeSettings;
}

type InputOf<T extends NodeInput["type"]> = Extract<NodeInput, { type: T }>;

const BETWEEN_INPUTS = Object.freeze([]) as unknown as NodeEffect[];
/** Notices that one input may cause in turn. More is two parts that answer each other without end: a bug. */
const NOTICES_MAX = 10_000;
/** Who takes over what a leaving hub has not delivered: one may leave too. */
const CUSTODIANS = 2;

export class MeshNode implements Machine<NodeInput, NodeEffect> {
  readonly self: Self;
  readonly links = new LinkTable();
  readonly names: HubNames;
  readonly parts: Parts;
  readonly #traffic: Traffic;
  readonly #doorway: Doorway;
  readonly #revocations: RevocationNews;
  readonly #verifications: Verifications;
  readonly #parting: PartingLinks;
  readonly #costs: LinkCosts;
  /** The newest of each kind, for neighbours that come later. */
  #announced: Map<string, Message> | undefined;
  #effects = BETWEEN_INPUTS;
  #notices: MeshNotice[] = [];
  #nowMs = 0;
  #rng: Rng = () => new Uint8Array();
  /** Of all but liveness: most inputs are heartbeats. */
  readonly #others: Deadlines;
  /** Their first when the input came. Unit: ms. */
  #othersMs = Number.POSITIVE_INFINITY;

  constructor({ self, gate, codecs, read, write, settings = NODE_DEFAULTS }: NodeOptions) {
    this.self = self;
    this.names = new HubNames(settings.hubsMax);
    const sink: Sink = {
      send: (to, message) => this.#sendTo(to, message),
      route: (to, message, locator) => this.#traffic.send(to, message, locator),
      count: (name, by = 1) => this.#count(name, by),
      notice: (notice) => void this.#notices.push(notice),
    };
    const effect = (made: NodeEffect): void => void this.#effects.push(made);
    this.#doorway = new Doorway({
      ...{ self, gate, links: this.links, settings, effect },
      count: sink.count,
      send: (link, message) => void this.#send(link, message),
      cut: (link, reason) => this.#cut(link, reason),
      up: (neighbour, hello) => this.#neighbourUp(neighbour, hello),
    });
    this.#parting = new PartingLinks({
      ...{ linksMax: settings.linksMax, effect },
      carry: (frame, from) => {
        if (!gate.isRevoked(from)) this.#traffic.carry(frame, from);
      },
    });
    this.#revocations = new RevocationNews({
      ...{ gate, links: this.links, count: sink.count, notice: sink.notice },
      send: (link, message) => void this.#send(link, message),
      cut: (link, reason) => this.#cut(link, reason),
      publish: (message) => this.parts.broadcast.publish("everyone", message, this.#nowMs, this.#rng),
      prune: () => this.parts.prune(),
    });
    this.#verifications = new Verifications({
      ...{ verified: codecs.verified, now: () => this.#nowMs, count: sink.count },
    });
    this.#traffic = new Traffic({
      ...{ self: self.hub, links: this.links, names: this.names, read, write },
      parts: () => this.parts,
      now: () => this.#nowMs,
      effect,
      count: sink.count,
      proofs: new Proofs({ ...codecs, authority: codecs.broadcasts, count: sink.count }),
      revoke: (revocations) =>
        this.#verifications.spend("carriedRevocations", () => this.#revoked(revocations, undefined)),
      stateDelta: (from, body) =>
        this.#verifications.spend("carriedEntries", () => {
          this.parts.state.onDelta(from, body, this.#nowMs, this.#rng);
        }),
    });
    this.parts = new Parts({
      self,
      codecs,
      sink,
      datagram: (to, number, isAnswer) => this.#sendBeside(to, { number, isAnswer, isOver: false }),
      now: () => this.#nowMs,
      penalise: (via, untilMs) => this.parts.routes.penalise(via, untilMs, this.#nowMs),
      carry: (frame) => this.#traffic.carryResolved(frame),
      lost: (frame) => this.#traffic.lost(frame),
      rng: (length) => this.#rng(length),
      stateChanged: (entry) => void this.#notices.push({ type: "state", entry }),
      outbox: {
        deliver: (from, content) => this.#traffic.parcelArrived(from, content),
        settled: (parcel, content, outcome) => this.#traffic.parcelSettled(parcel, content, outcome),
        write: (operations, serial) => void this.#effects.push({ type: "write", operations, serial }),
      },
    });
    this.#costs = new LinkCosts({
      lateness: this.parts.lateness,
      isUp: (neighbour) => this.links.of(neighbour.hub)?.neighbour === neighbour,
      changed: ({ hub, cost }) => this.parts.routes.costChanged(hub, cost, this.#nowMs),
    });
    this.#others = new Deadlines([this.#doorway, this.#revocations, this.#parting, this.#costs, ...this.parts.others]);
  }

  handle(input: NodeInput, nowMs: number, rng: Rng): readonly NodeEffect[] {
    const effects: NodeEffect[] = [];
    this.#effects = effects;
    this.#nowMs = nowMs;
    this.#rng = rng;
    this.#verifications.payer = input.type === "frame" ? this.links.get(input.linkId)?.peer : undefined;
    this.#othersMs = this.#others.firstMs;
    this.parts.lateness.notice(Math.min(this.parts.liveness.deadlineMs, this.#othersMs), nowMs);
    this.#others.touch(touchedBy(input, this.parts, this.#othersMs <= nowMs));
    this.#take(input);
    if (this.#notices.length > 0) this.#settle();
    this.#effects = BETWEEN_INPUTS;
    return effects;
  }

  get deadlineMs(): number {
    return Math.min(this.parts.liveness.deadlineMs, this.#others.firstMs);
  }

  #take(input: NodeInput): void {
    switch (input.type) {
      case "frame":
        return this.#heard(input);
      case "tick":
        return this.#tick();
      case "datagram":
        return this.#heardBeside(input);
      case "starved":
        return this.parts.liveness.starved(input.forMs, this.#nowMs);
      case "link-opened":
        return this.#doorway.opened(input.linkId, input.dialled, input.peer, this.#nowMs);
      case "link-closed":
        this.#parting.closed(input.linkId);
        return this.#closed(input.linkId, input.reason, "closed");
      case "found":
        return this.parts.overlay.found(input.peer, this.#nowMs, this.#rng);
      case "dial-failed":
        return this.parts.overlay.dialFailed(input.hub, this.#nowMs, this.#rng);
      case "announce":
        this.#announced = (this.#announced ?? new Map()).set(input.message.type, input.message);
        return this.parts.broadcast.publish("cell", input.message, this.#nowMs, this.#rng);
      case "send":
        if (input.reliable === undefined) return this.#traffic.send(input.to, input.message);
        return this.#traffic.sendReliably(input.to, input.message, input.reliable);
      case "publish":
        return this.parts.broadcast.publish(input.scope, input.message, this.#nowMs, this.#rng);
      case "put":
        return void this.parts.state.put(input.registry, input.key, input.major, input.minor, input.value, this.#nowMs);
      case "ping":
        return this.#traffic.send(input.to, { type: "ECHO", nonce: input.nonce });
      case "say": {
        const link = this.links.get(input.linkId);
        return link === undefined ? undefined : void this.#send(link, input.message);
      }
      case "revoke":
        return this.#revocations.publish(input.revocations, this.#nowMs, this.#rng);
      case "hand-over":
        return this.#handOver();
      case "leave":
        this.#handOver();
        return this.parts.leave(this.#nowMs);
      case "written":
        return this.parts.outbox.written(input.serial, this.#nowMs);
      case "write-failed":
        return this.parts.outbox.writeFailed(input.serial);
      case "offers":
        return this.names.offers(input.advert);
      case "restore":
      case "restore-parcels":
      case "restore-entries":
        return this.parts.restore(input, this.#nowMs);
    }
  }

  #handOver(): void {
    const neighbours = this.links.neighbours().map(({ hub }) => hub);
    this.parts.outbox.leave(neighbours.slice(0, CUSTODIANS), this.#nowMs);
  }

  #tick(): void {
    const nowMs = this.#nowMs;
    if (this.parts.liveness.deadlineMs <= nowMs) this.parts.liveness.tick(nowMs, this.#rng);
    if (this.#othersMs > nowMs) return;
    for (const part of this.parts.others) if (part.deadlineMs <= nowMs) part.tick(nowMs, this.#rng);
    this.#doorway.tick(nowMs);
    this.#parting.tick(nowMs);
    this.#costs.tick(nowMs);
    this.#revocations.tick(nowMs, this.#rng);
  }

  #heard({ linkId, heard }: InputOf<"frame">): void {
    const link = this.links.get(linkId);
    if (link === undefined) return this.#parting.heard(linkId, heard) ? undefined : this.#count("mesh.unknownLink");
    const { neighbour } = link;
    if (heard.form === "routed") {
      if (neighbour === undefined) return this.#count("mesh.frameBeforeHello");
      this.parts.liveness.heard(neighbour.hub, this.#nowMs);
      return this.#traffic.carry(heard.frame, neighbour.hub);
    }
    if (heard.seq <= link.heardSeq) return this.#count("mesh.replayedFrame");
    link.heardSeq = heard.seq;
    if (heard.message.type === "HELLO") return this.#doorway.onHello(link, heard.message, this.#nowMs);
    if (heard.message.type === "ERROR") return this.#onError(link, heard.message);
    if (neighbour === undefined) return this.#count("mesh.frameBeforeHello");
    this.parts.liveness.heard(neighbour.hub, this.#nowMs, heard.message.type === "PING" && heard.message.late === true);
    this.#act(neighbour.hub, heard.seq, heard.message);
  }

  #heardBeside({ linkId, ...datagram }: InputOf<"datagram">): void {
    const hub = this.links.get(linkId)?.neighbour?.hub;
    if (hub === undefined) return this.#count("mesh.datagramBeforeHello");
    this.parts.liveness.onDatagram(hub, datagram, this.#nowMs);
  }

  #act(from: HubId, seq: number, message: Exclude<Message, Hello>): void {
    const { liveness, overlay, routes, directory, broadcast, state } = this.parts;
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
      case "SYNC":
        return this.#verifications.spend("entries", () => state.onSync(from, message, this.#nowMs, this.#rng));
      case "REVOKE":
        return this.#verifications.spend("revocations", () => this.#revoked(message.revocations, from));
      default:
        this.#count(`mesh.notOnALink.${message.type}`);
    }
  }

  #revoked(revocations: readonly Uint8Array[], from: HubId | undefined): void {
    this.#revocations.heard(revocations, from, this.#nowMs, this.#rng);
  }

  #neighbourUp(neighbour: Neighbour, hello: Hello): void {
    this.names.meet(neighbour.hub, neighbour.name);
    this.parts.neighbourUp(neighbour, hello.addresses, this.#nowMs, this.#rng);
    for (const message of this.#announced?.values() ?? []) this.#traffic.send(neighbour.hub, message);
    this.#revocations.neighbourUp(neighbour.hub, this.#nowMs, this.#rng);
  }

  #closed(linkId: number, reason: string, cause: DownCause): void {
    const removed = this.links.remove(linkId);
    if (removed === undefined || !removed.inUse) return;
    const { peer } = removed.link;
    this.#effects.push({ type: "link-down", hub: peer, reason });
    this.parts.neighbourDown(peer, cause, reason, this.#nowMs, this.#rng);
  }

  #cut(link: NodeLink, reason: string): void {
    this.#effects.push({ type: "close", linkId: link.linkId, reason });
    this.#closed(link.linkId, reason, "local");
  }

  #onError(link: NodeLink, error: MessageOf<"ERROR">): void {
    this.#count(`mesh.told.${LINK_ERRORS.has(error.code) ? error.code : "other"}`);
    this.#effects.push({ type: "told", by: link.peer, proven: link.neighbour !== undefined, error });
  }

  /** What the parts have noticed, for the others and for the driver, in order. */
  #settle(): void {
    this.#others.touch("all");
    for (let i = 0; i < this.#notices.length; i++) {
      if (i >= NOTICES_MAX) throw new Error("two parts of the mesh answer each other without end");
      const notice = this.#notices[i];
      if (notice !== undefined) this.#onNotice(notice);
    }
    this.#notices.length = 0;
  }

  #onNotice(notice: MeshNotice): void {
    const { liveness, overlay, routes, directory, state, outbox, resilience } = this.parts;
    switch (notice.type) {
      case "rtt":
        return this.#onRtt(notice.hub, notice.rttMs);
      case "deliver":
        return this.#traffic.arrived(notice.from, 0, notice.message, true);
      case "dial":
        this.#effects.push(notice);
        return;
      case "silent":
      case "parted":
      case "drop": {
        const link = this.links.of(notice.hub);
        if (link === undefined) return;
        if (notice.type !== "drop") return this.#cut(link, notice.type);
        this.#closed(link.linkId, notice.reason, "local");
        return this.#parting.add(link.linkId, notice.hub, notice.reason, this.#nowMs);
      }
      case "hub-state":
        resilience.hubState(notice.hub, notice.state, this.#nowMs);
        routes.doubt(notice.hub, liveness.isDoubted(notice.hub), this.#nowMs);
        break;
      case "stalled":
        return routes.doubt(notice.hub, liveness.isDoubted(notice.hub), this.#nowMs);
      case "cut":
        resilience.cut(notice.hubs, this.#nowMs);
        break;
      case "cell":
        liveness.inCell(notice.hubs);
        directory.cellChanged(this.#nowMs, this.#rng);
        state.cellChanged(notice.hubs, this.#nowMs, this.#rng);
        outbox.waysChanged(this.#nowMs);
        break;
      case "locator":
        directory.moved(this.#nowMs, this.#rng);
        outbox.waysChanged(this.#nowMs);
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
    this.#costs.measured(neighbour, rttMs, this.#nowMs);
    this.parts.overlay.rttChanged(hub, this.#rng);
  }

  #sendBeside(to: HubId, datagram: Datagram): void {
    const link = this.links.of(to);
    if (link !== undefined) this.#effects.push({ type: "datagram", linkId: link.linkId, ...datagram });
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
