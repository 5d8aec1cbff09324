/**
 * Datagrams beside links: one UDP socket for all of them, at the link door's own port number. Not pure: a socket. PROTOCOL.md §12.
 * Where there is none, or nothing gets through, links do without. What comes is believed for its tag alone, wherever it comes from.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv4, isIPv6 } from "node:net";
import type { Datagram, HubAddress } from "../../core/mesh.js";
import type { Counters } from "../../core/ports.js";
import type { Clock } from "../../core/time.js";
import { TokenBucket } from "../../core/token-bucket.js";
import {
  DATAGRAM_BYTES,
  DATAGRAM_LINK_BYTES,
  DATAGRAM_TAG_BYTES,
  DATAGRAM_TAGGED_BYTES,
  datagramLink,
  decodeDatagram,
  encodeDatagram,
} from "../../wire/datagram.js";

/** Heard of one link a second: a neighbour that misses this hub, and is missed by it, says 50. */
const HEARD_PER_SECOND = 64;
/** Tags of one link that are checked a second, good or bad: who knows its id, a stranger with a session of his own, must not use up what others need. */
const CHECKS_OF_LINK = 128;
/** In all: forty links that are all missed at once need as many. */
const CHECKS_PER_SECOND = 2_000;
/** How long this end answers for a link that it has closed: as long as the other may wait for the end of its stream. Unit: ms. */
const OVER_MS = 30_000;
/** Of those at once; the oldest goes. */
const OVER_MAX = 64;
const MAPPED = "::ffff:";

export interface DatagramsOptions {
  readonly host: string;
  readonly port: number;
  readonly counters: Counters;
  readonly clock: Clock;
}

/** What an open link has for its datagrams. */
export interface LinkSecret {
  /** 40 bytes that both ends, and nobody else, know: 8 name the link, 32 are the key. */
  readonly secret: Uint8Array;
  /** Where to send; absent: to where the other end's pings come from. */
  readonly remote?: HubAddress;
}

export interface DatagramChannel extends LinkSecret {
  readonly linkId: number;
  readonly dialled: boolean;
  readonly heard: (datagram: Datagram) => void;
}

export interface LinkDatagrams {
  /** As many as there are links. */
  add(channel: DatagramChannel): void;
  /** The link is closed. Whoever still pings beside it is told so for half a minute: that this hub lives, and that nothing more comes. */
  remove(linkId: number): void;
  /** Nothing comes of it when nobody knows where to send it yet, or the network does not take it. */
  send(linkId: number, datagram: Datagram): void;
}

export interface OpenLinkDatagrams extends LinkDatagrams {
  readonly port: number;
  close(): Promise<void>;
}

/** @returns undefined when the port is taken, or whatever is wrong: links work without. */
export async function openLinkDatagrams(options: DatagramsOptions): Promise<OpenLinkDatagrams | undefined> {
  const { host, port, counters } = options;
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  const isBound = await new Promise<boolean>((resolve) => {
    socket.once("error", () => resolve(false));
    socket.bind({ address: host, port, exclusive: true }, () => resolve(true));
  });
  if (isBound) return new UdpDatagrams(socket.unref(), options);
  socket.close();
  counters.count("link.datagrams_unavailable");
  return undefined;
}

interface Channel {
  readonly of: DatagramChannel;
  /** The link's id on the wire. */
  readonly name: Uint8Array;
  readonly key: Uint8Array;
  readonly checks: TokenBucket;
  readonly heard: TokenBucket;
  /** This end has pinged or answered: its hub took the other for a neighbour. */
  hasSent: boolean;
  remote: HubAddress | undefined;
  /** Numbers of the newest ping and the newest answer: an older one is late or a replay, and says nothing new. */
  ping: number;
  answer: number;
  /** Once its link is closed: until when it is answered for. Unit: ms. */
  overMs: number | undefined;
}

class UdpDatagrams implements OpenLinkDatagrams {
  readonly #socket: Socket;
  readonly #options: DatagramsOptions;
  readonly #byLink = new Map<number, Channel>();
  /** By the link's id on the wire. */
  readonly #byName = new Map<string, Channel>();
  /** Their links are closed, the oldest first. */
  readonly #over = new Set<Channel>();
  readonly #checks = new TokenBucket(CHECKS_PER_SECOND, CHECKS_PER_SECOND);
  #isClosed = false;

  constructor(socket: Socket, options: DatagramsOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on("error", () => undefined); // what is lost, the silence tells
    socket.on("message", (bytes, from) => this.#received(bytes, from));
  }

  get port(): number {
    return this.#options.port;
  }

  add(of: DatagramChannel): void {
    this.remove(of.linkId);
    const name = of.secret.subarray(0, DATAGRAM_LINK_BYTES);
    const key = of.secret.subarray(DATAGRAM_LINK_BYTES);
    const channel: Channel = {
      ...{ of, name, key, remote: of.remote, hasSent: false, ping: 0, answer: 0, overMs: undefined },
      checks: new TokenBucket(CHECKS_OF_LINK, CHECKS_OF_LINK),
      heard: new TokenBucket(HEARD_PER_SECOND, HEARD_PER_SECOND),
    };
    this.#byLink.set(of.linkId, channel);
    this.#byName.set(textOf(name), channel);
  }

  remove(linkId: number): void {
    const channel = this.#byLink.get(linkId);
    if (channel === undefined) return;
    this.#byLink.delete(linkId);
    if (!channel.hasSent) return this.#forget(channel);
    const nowMs = this.#options.clock.nowMs();
    channel.overMs = nowMs + OVER_MS;
    this.#over.add(channel);
    for (const one of this.#over) {
      if (this.#over.size <= OVER_MAX && (one.overMs ?? 0) > nowMs) break;
      this.#forget(one);
    }
  }

  #forget(channel: Channel): void {
    this.#over.delete(channel);
    this.#byName.delete(textOf(channel.name));
  }

  send(linkId: number, datagram: Datagram): void {
    const channel = this.#byLink.get(linkId);
    if (channel === undefined) return;
    channel.hasSent = true;
    this.#send(channel, datagram);
  }

  #send({ key, name, of, remote }: Channel, datagram: Datagram): void {
    if (remote === undefined || this.#isClosed) return;
    const tagged = encodeDatagram(name, { ...datagram, byDialler: of.dialled });
    const bytes = Buffer.concat([tagged, tagOf(key, tagged)], DATAGRAM_BYTES);
    // Whatever the network has against it: it is lost, as others are.
    try {
      this.#socket.send(bytes, remote.port, this.#reachable(remote.host), () => undefined);
    } catch {
      // an address that no datagram can be sent to
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #received(bytes: Buffer, from: RemoteInfo): void {
    const { clock, counters } = this.#options;
    // Forged: there is nobody to answer there, and a socket throws for it.
    if (from.port === 0) return counters.count("link.datagram_refused");
    const name = datagramLink(bytes);
    const channel = name === undefined ? undefined : this.#byName.get(textOf(name));
    if (channel === undefined) return counters.count("link.datagram_unknown");
    const { byDialler, ...datagram } = decodeDatagram(bytes);
    // Of this end's own role: it has come back.
    if (byDialler === channel.of.dialled || !isNew(channel, datagram)) return counters.count("link.datagram_refused");
    const nowMs = clock.nowMs();
    if ((channel.overMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
      this.#forget(channel);
      return counters.count("link.datagram_unknown");
    }
    if (!channel.checks.take(nowMs) || !this.#checks.take(nowMs)) return counters.count("link.datagram_rate");
    const tag = tagOf(channel.key, bytes.subarray(0, DATAGRAM_TAGGED_BYTES));
    if (!timingSafeEqual(tag, bytes.subarray(DATAGRAM_TAGGED_BYTES))) return counters.count("link.datagram_refused");
    if (!channel.heard.take(nowMs)) return counters.count("link.datagram_rate");
    this.#believe(channel, datagram, from);
  }

  #believe(channel: Channel, datagram: Datagram, { address, port }: RemoteInfo): void {
    if (datagram.isAnswer) channel.answer = datagram.number;
    else {
      channel.ping = datagram.number;
      if (channel.of.remote === undefined) channel.remote = { host: address, port };
    }
    if (channel.overMs === undefined) channel.of.heard(datagram);
    else if (!datagram.isAnswer) this.#send(channel, { number: datagram.number, isAnswer: true, isOver: true });
  }

  /** A socket for both kinds takes IPv4 addresses in IPv6's form only. */
  #reachable(host: string): string {
    return isIPv6(this.#options.host) && isIPv4(host) ? `${MAPPED}${host}` : host;
  }
}

function isNew({ ping, answer }: Channel, { isAnswer, number }: Datagram): boolean {
  return number > (isAnswer ? answer : ping);
}

function textOf(name: Uint8Array): string {
  return Buffer.from(name.buffer, name.byteOffset, name.length).toString("latin1");
}

function tagOf(key: Uint8Array, tagged: Uint8Array): Buffer {
  return createHmac("sha256", key).update(tagged).digest().subarray(0, DATAGRAM_TAG_BYTES);
}
