/** Drives the mesh's node: links ↔ bytes ↔ frames ↔ the machine, and its effects. */
import { hash } from "node:crypto";
import { LruMap } from "../core/bounded.js";
import { messageOf } from "../core/errors.js";
import type { HubId } from "../core/ids.js";
import type { HubAddress, PeerRecord } from "../core/mesh.js";
import type { Echo } from "../core/mesh-status.js";
import type { AdvertBody, Message, MessageOf } from "../core/messages.js";
import type { StateEntry } from "../core/messages-state.js";
import type { Counters, Link, LinkEvents, StoreOperation } from "../core/ports.js";
import type { EncodedPayload, RoutedFrame } from "../core/routed.js";
import type { Clock, Rng } from "../core/time.js";
import type { Gate, Self } from "../mesh/node/hello.js";
import type { NodeEffect, NodeInput, Reliability } from "../mesh/node/inputs.js";
import { MeshNode } from "../mesh/node/node.js";
import type { NodeCodecs } from "../mesh/node/parts.js";
import type { Outcome } from "../mesh/outbox/outbox-sink.js";
import type { MeshNotice } from "../mesh/part.js";
import type { Stamp } from "../mesh/state/clock.js";
import type { Registries, RegistrySpec } from "../mesh/state/registries.js";
import { decodeCarried, encodeCarried } from "../wire/carried.js";
import { decodePayload, encodePayload, isProblem } from "../wire/frame.js";
import { LinkCodec } from "../wire/link-codec.js";
import { LATER } from "../wire/problems.js";
import { type Drive, drive } from "./drive.js";
import { Echoes } from "./echoes.js";
import { TrafficMeter } from "./traffic-meter.js";

export interface MeshDriverOptions {
  readonly self: Self;
  readonly gate: Gate;
  readonly crypto: Pick<NodeCodecs, "statements" | "places" | "broadcasts" | "verified">;
  readonly registries: readonly RegistrySpec[];
  readonly clock: Clock;
  readonly rng: Rng;
  readonly counters: Counters;
  /** How long this process has waited for the processor since it was asked last. Unit: ms. */
  readonly runQueue: { waitedMs(nowMs: number): number };
  readonly events: MeshDriverEvents;
}

export interface MeshDriverEvents {
  /** What another hub said that is not the mesh's own business. @param proven and @param isAcknowledged: see `NodeEffect`. */
  message(from: HubId, message: Message, proven: boolean, isAcknowledged: boolean): void;
  linkUp(hub: HubId, name: string): void;
  linkDown(hub: HubId, reason: string): void;
  notice(notice: MeshNotice): void;
  /** What another hub says is wrong with this one. */
  told(by: HubId, proven: boolean, error: MessageOf<"ERROR">): void;
  /** To be kept over a restart; see `MeshDriver.restore`. */
  keep(key: string, value: Uint8Array): void;
  /** All or nothing, durable when it resolves; writes are carried out in order. */
  write(operations: readonly StoreOperation[]): Promise<void>;
  /** What became of a reliable message. */
  settled(to: HubId, content: EncodedPayload, outcome: Outcome): void;
  /** A value of our own that no frame can carry: a bug. */
  unsendable(type: string, why: string): void;
}

interface LinkEnd {
  readonly link: Link;
  readonly codec: LinkCodec;
}

/** A process that waits longer for the processor hears late. Above the slices that others are given (3 to 4 ms each). */
const STARVED_MS = 20;
/** A stop takes so much longer at the most, when something waits for a hub that is away: a few writes to a slow card. */
const HAND_OVER_MS = 1000;
/** About a round trip between neighbours. */
const HAND_OVER_LOOK_MS = 10;
/** As many as a hub dials at once; the others are in what the overlay keeps. */
const FOUND_MAX = 64;

export class MeshDriver {
  readonly traffic: TrafficMeter;
  readonly #options: MeshDriverOptions;
  #node: MeshNode;
  #drive: Drive<NodeInput>;
  /** What discovery has told: a node that begins anew has heard nothing yet. */
  readonly #found = new LruMap<HubId, PeerRecord>(FOUND_MAX);
  readonly #links = new Map<number, LinkEnd>();
  readonly #echoes: Echoes;
  #dial: ((hub: HubId, addresses: readonly HubAddress[]) => void) | undefined;
  #ownLoad: MessageOf<"LOAD"> | undefined;

  constructor(options: MeshDriverOptions) {
    this.#options = options;
    this.traffic = new TrafficMeter(options.clock.nowMs());
    this.#echoes = new Echoes(options.clock);
    this.#node = this.#createNode(options.self);
    this.#drive = this.#createDrive();
  }

  get node(): MeshNode {
    return this.#node;
  }

  /** The hub goes on as a later start of itself, with the same boot nonce: every link ends, and nothing of the earlier node
   *  is heard any more. What it has kept is to be restored as after a start.
   *  @param epoch is on disk already. */
  beginAnew(epoch: number): void {
    for (const { link } of [...this.#links.values()]) this.#end(link);
    this.#drive.stop();
    const { self } = this.#node;
    const next: Self = {
      ...{ hub: self.hub, epoch, boot: self.boot },
      get name() {
        return self.name;
      },
      get addresses() {
        return self.addresses;
      },
    };
    this.#node = this.#createNode(next);
    this.#drive = this.#createDrive();
    for (const peer of this.#found.values()) this.#drive.input({ type: "found", peer });
    if (this.#ownLoad !== undefined) this.#drive.input({ type: "announce", message: this.#ownLoad });
  }

  /** Ends the link with that hub, whose papers hold no longer. */
  cut(hub: HubId): void {
    for (const { link } of [...this.#links.values()]) if (link.peer === hub) this.#end(link);
  }

  #end(link: Link): void {
    link.close();
    this.linkEvents.closed(link);
  }

  #createDrive(): Drive<NodeInput> {
    const { clock, rng, runQueue } = this.#options;
    return drive(this.#node, {
      ...{ clock, rng, carryOut: (effect) => this.#carryOut(effect) },
      before: (nowMs) => {
        const forMs = runQueue.waitedMs(nowMs);
        return forMs < STARVED_MS ? undefined : { type: "starved", forMs };
      },
    });
  }

  #createNode(self: Self): MeshNode {
    const options = this.#options;
    return new MeshNode({
      self,
      gate: options.gate,
      codecs: {
        hash: (bytes) => hash("sha256", bytes, "buffer"),
        encode: encodeCarried,
        decode: (bytes) => this.#carried(bytes),
        ...options.crypto,
        // Monotonic plus what they differ by now: the wall clock may be set meanwhile.
        wallMs: (nowMs) => options.clock.wallMs() - options.clock.nowMs() + nowMs,
        registries: options.registries,
      },
      write: encodePayload,
      read: (payload) => this.#read(payload),
    });
  }

  readonly linkEvents: LinkEvents = {
    opened: (link) => {
      this.#links.set(link.linkId, { link, codec: new LinkCodec() });
      this.#drive.input({ type: "link-opened", linkId: link.linkId, dialled: link.dialled, peer: link.peer });
    },
    received: ({ linkId }, bytes) => this.#received(linkId, bytes),
    datagram: ({ linkId }, datagram) => {
      if (this.#links.has(linkId)) this.#drive.input({ type: "datagram", linkId, ...datagram });
    },
    closed: ({ linkId }) => {
      if (!this.#links.delete(linkId)) return;
      this.#drive.input({ type: "link-closed", linkId, reason: "connection closed" });
    },
  };

  /** @param dial is asked for links from now on. */
  dialWith(dial: (hub: HubId, addresses: readonly HubAddress[]) => void): void {
    this.#dial = dial;
  }

  found(peer: PeerRecord): void {
    this.#found.set(peer.hub, peer);
    this.#drive.input({ type: "found", peer });
  }

  dialFailed(hub: HubId): void {
    this.#drive.input({ type: "dial-failed", hub });
  }

  /** What an earlier run kept, before any link opens. */
  restore(key: string, value: Uint8Array): void {
    this.#drive.input({ type: "restore", key, value });
  }

  /** What `write` events of earlier runs have put, before any link opens. */
  restoreParcels(entries: readonly (readonly [string, Uint8Array])[]): void {
    this.#drive.input({ type: "restore-parcels", entries });
  }

  /** Entries of the registries of earlier runs, before any link opens. */
  restoreEntries(entries: readonly StateEntry[]): void {
    this.#drive.input({ type: "restore-entries", entries });
  }

  /** For reading; what is in them changes with every input. */
  get registries(): Registries {
    return this.node.parts.state.registries;
  }

  /** For a write into a registry of "hlc" stamps. */
  stamp(): Stamp {
    return this.node.parts.state.stamp(this.#options.clock.nowMs());
  }

  /** Writes an entry of this hub's own, and spreads it. @throws RangeError when the registry refuses it. */
  put(registry: string, { key, major, minor, value }: StateEntry): void {
    this.#drive.input({ type: "put", registry, key, major, minor, value });
  }

  /** What another hub offers, as a registry tells. */
  offers(advert: AdvertBody): void {
    this.#drive.input({ type: "offers", advert });
  }

  /** Told to the cell now, and to those that come later. */
  announce(message: MessageOf<"LOAD">): void {
    this.#ownLoad = message;
    this.#drive.input({ type: "announce", message });
  }

  /** What this hub has said of itself last. */
  get ownLoad(): MessageOf<"LOAD"> | undefined {
    return this.#ownLoad;
  }

  send(to: HubId, message: Message, reliable?: Reliability): void {
    this.#drive.input({ type: "send", to, message, ...(reliable === undefined ? {} : { reliable }) });
  }

  /** To every hub of the cell. */
  broadcast(message: Message): void {
    this.#drive.input({ type: "publish", scope: "cell", message });
  }

  /** To every hub of the home that can be reached. */
  tellAll(message: Message): void {
    this.#drive.input({ type: "publish", scope: "everyone", message });
  }

  /** Gives what it has not delivered to neighbours, then says goodbye, so that nobody waits for this hub. */
  async leave(): Promise<void> {
    await this.#handOver();
    this.#drive.input({ type: "leave" });
  }

  /** Resolves when they have it, or cannot take it in time. */
  async #handOver(): Promise<void> {
    const { links, parts } = this.node;
    if (parts.outbox.handedOver || links.neighbours().length === 0) return;
    this.#drive.input({ type: "hand-over" });
    const deadlineMs = this.#options.clock.nowMs() + HAND_OVER_MS;
    while (!parts.outbox.handedOver && this.#options.clock.nowMs() < deadlineMs)
      await new Promise((resolve) => setTimeout(resolve, HAND_OVER_LOOK_MS));
  }

  revoke(revocations: readonly Uint8Array[]): void {
    this.#drive.input({ type: "revoke", revocations });
  }

  /** Along the routes. @returns undefined when nothing came back in time. */
  ping(to: HubId, timeoutMs: number): Promise<Echo | undefined> {
    return this.#echoes.wait(to, timeoutMs, (nonce) => this.#drive.input({ type: "ping", to, nonce }));
  }

  stop(): void {
    this.#drive.stop();
    this.#echoes.stop();
  }

  #received(linkId: number, bytes: Uint8Array): void {
    const end = this.#links.get(linkId);
    if (end === undefined) return;
    this.traffic.received(bytes.length, this.#options.clock.nowMs());
    const heard = end.codec.decode(bytes);
    if (!("problem" in heard)) {
      if (heard.form === "link" && heard.ignored !== undefined)
        this.#options.counters.count("wire.ignoredParts", heard.ignored);
      this.#drive.input({ type: "frame", linkId, heard });
      return;
    }
    this.#options.counters.count(`wire.${heard.problem}`);
    if (heard.answer !== undefined) this.#drive.input({ type: "say", linkId, message: heard.answer });
  }

  #read(payload: EncodedPayload): Message | "later" | undefined {
    const read = decodePayload(payload);
    if (!isProblem(read)) return read.message;
    this.#options.counters.count(`wire.${read.problem}`);
    return LATER.has(read.problem) ? "later" : undefined;
  }

  #carried(bytes: Uint8Array): Message | undefined {
    const message = decodeCarried(bytes);
    if (!("problem" in message)) return message;
    this.#options.counters.count(`wire.${message.problem}`);
    return undefined;
  }

  #carryOut(effect: NodeEffect): void {
    const { counters, events } = this.#options;
    switch (effect.type) {
      case "send":
        return this.#send(effect.linkId, effect.message.type, (codec) =>
          codec.encode({ seq: effect.seq, message: effect.message }),
        );
      case "forward":
        return this.#send(effect.linkId, typeOf(effect.frame), (codec) => codec.encode(effect.frame));
      case "datagram":
        return this.#links.get(effect.linkId)?.link.sendDatagram?.(effect);
      case "close":
        return this.#links.get(effect.linkId)?.link.close();
      case "dial":
        return this.#dial?.(effect.hub, effect.addresses);
      case "link-up":
        return events.linkUp(effect.hub, effect.name);
      case "link-down":
        return events.linkDown(effect.hub, effect.reason);
      case "deliver":
        return events.message(effect.from, effect.message, effect.proven, effect.isAcknowledged === true);
      case "echo":
        return this.#echoes.came(effect) ? undefined : counters.count("mesh.unaskedEcho");
      case "told":
        return events.told(effect.by, effect.proven, effect.error);
      case "keep":
        return events.keep(effect.key, effect.value);
      case "write":
        return this.#write(effect.operations, effect.serial);
      case "settled":
        return events.settled(effect.to, effect.content, effect.outcome);
      case "notice":
        return events.notice(effect.notice);
      case "count":
        return counters.count(effect.name, effect.by);
    }
  }

  #write(operations: readonly StoreOperation[], serial: number): void {
    // Of this node: one that has begun anew meanwhile counts its own.
    const asked = this.#drive;
    this.#options.events.write(operations).then(
      () => asked.input({ type: "written", serial }),
      () => asked.input({ type: "write-failed", serial }),
    );
  }

  #send(linkId: number, type: string, encode: (codec: LinkCodec) => Uint8Array): void {
    const end = this.#links.get(linkId);
    const { clock, counters, events } = this.#options;
    if (end === undefined) return counters.count("mesh.sendOnClosedLink");
    let bytes: Uint8Array;
    try {
      bytes = encode(end.codec);
    } catch (error) {
      // A value of our own that no frame can carry: losing one message is better than losing the hub.
      return events.unsendable(type, messageOf(error));
    }
    if (end.link.send(bytes)) return this.traffic.sent(bytes.length, clock.nowMs());
    end.codec.unsent();
    counters.count("mesh.outgoingFull");
  }
}

function typeOf({ payload }: RoutedFrame): string {
  return "encoded" in payload ? `message ${payload.number}` : payload.type;
}
