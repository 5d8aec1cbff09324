/**
 * Who is at the door, how far each has come, and who goes when there is a crowd. Pure: sockets are the door's.
 */
import type { HubId } from "../../core/ids.js";

/** "silent": not a byte yet. "ready": waits for its handshake. "opening": its key is proven, its session not open. "parting": its session is over here, and
 *  it may still read the last words. */
export type Stage = "silent" | "ready" | "handshake" | "opening" | "open" | "parting";

/** Who has shown least goes first, behind those that are wanted no more. */
const LEAST_SHOWN_FIRST: readonly Stage[] = ["parting", "silent", "ready", "handshake", "opening", "open"];
const NOT_BEGUN: readonly Stage[] = ["silent", "ready"];

export interface Guest<Socket> {
  readonly socket: Socket;
  /** Address and port. */
  readonly name: string;
  readonly address: string;
  stage: Stage;
  /** Of its stage. */
  sinceMs: number;
  /** Once its key is proven. */
  peer?: HubId;
}

export interface GuestLimits {
  /** Open connections, of hubs and of whoever else. Twice the links a hub keeps: a link that is replaced has two for a moment. */
  readonly connectionsMax: number;
  /** Of these, for addresses that members came from. */
  readonly connectionsKept: number;
  /** Handshakes at once. Each may hold up everything else for 2 ms, so this is also how long a burst does. */
  readonly handshakesMax: number;
  /** Of these, for addresses that members came from. */
  readonly handshakesKept: number;
  /** Connections that wait for their handshake to begin. Raise: a crowd comes in without trying twice; lower: fewer idle sockets. */
  readonly waitingMax: number;
  /** To the first byte: a ClientHello comes at once, and one that was lost is repeated after a second (RFC 6298 §2.1). Unit: ms. */
  readonly firstByteMs: number;
  /** How long a handshake keeps its place while others wait for it: a slow board's part, and a way there and back over bad
   *  Wi-Fi. Unit: ms. */
  readonly handshakePatienceMs: number;
}

export interface GuestsOptions {
  readonly limits: GuestLimits;
  /** Whether a member came from that address lately. */
  readonly isKnown: (address: string) => boolean;
  readonly isMember: (hub: HubId) => boolean;
}

/** A hundred or so: what is asked of all of them is counted anew. */
export class Guests<Socket> {
  readonly #options: GuestsOptions;
  /** By name; the oldest first. */
  readonly #guests = new Map<string, Guest<Socket>>();

  constructor(options: GuestsOptions) {
    this.#options = options;
  }

  add(guest: Guest<Socket>): void {
    this.#guests.set(guest.name, guest);
  }

  get(name: string): Guest<Socket> | undefined {
    return this.#guests.get(name);
  }

  /** @returns false when it has gone before. */
  remove(guest: Guest<Socket>): boolean {
    return this.#guests.get(guest.name) === guest && this.#guests.delete(guest.name);
  }

  all(): readonly Guest<Socket>[] {
    return [...this.#guests.values()];
  }

  /** Whether the next from that address has to take another's place, and whose: undefined when there is none to give. */
  placeFor(address: string): "free" | Guest<Socket> | undefined {
    const { isKnown, limits } = this.#options;
    const room = isKnown(address) ? limits.connectionsMax : limits.connectionsMax - limits.connectionsKept;
    if (this.#guests.size >= room) return this.#oldestOf(LEAST_SHOWN_FIRST);
    if (this.#sizeOf("silent") + this.#sizeOf("ready") >= limits.waitingMax) return this.#oldestOf(NOT_BEGUN);
    return "free";
  }

  /** Whose handshake may begin: those from where members came first, then by age. */
  next(): Guest<Socket> | undefined {
    const { isKnown, limits } = this.#options;
    const { handshakesKept, handshakesMax } = limits;
    const busy = this.#sizeOf("handshake");
    if (busy >= handshakesMax) return undefined;
    const ready = this.all().filter(({ stage }) => stage === "ready");
    const known = ready.find(({ address }) => isKnown(address));
    return known ?? (busy < handshakesMax - handshakesKept ? ready[0] : undefined);
  }

  /** Those silent for too long. */
  silent(nowMs: number): readonly Guest<Socket>[] {
    const { firstByteMs } = this.#options.limits;
    return this.all().filter(({ stage, sinceMs }) => stage === "silent" && nowMs - sinceMs >= firstByteMs);
  }

  /** The oldest handshakes of strangers, as many as there are others that wait, once they have had their time. */
  slow(nowMs: number): readonly Guest<Socket>[] {
    const { handshakePatienceMs } = this.#options.limits;
    return this.all()
      .filter((guest) => guest.stage === "handshake" && !this.#isKept(guest))
      .filter(({ sinceMs }) => nowMs - sinceMs >= handshakePatienceMs)
      .slice(0, this.#sizeOf("ready"));
  }

  /** Whether there is nobody whom time may put out. */
  get isSettled(): boolean {
    return this.all().every(({ stage }) => stage === "opening" || stage === "open" || stage === "parting");
  }

  #oldestOf(stages: readonly Stage[]): Guest<Socket> | undefined {
    const strangers = this.all().filter((guest) => !this.#isKept(guest));
    for (const stage of stages) {
      const oldest = strangers.find((guest) => guest.stage === stage);
      if (oldest !== undefined) return oldest;
    }
    return undefined;
  }

  /** Not put out for others: a member's link, and what comes from where one came from, unless it is silent. */
  #isKept({ address, peer, stage }: Guest<Socket>): boolean {
    const { isKnown, isMember } = this.#options;
    if (stage === "silent" || stage === "parting") return false;
    return isKnown(address) || (stage === "open" && peer !== undefined && isMember(peer));
  }

  #sizeOf(stage: Stage): number {
    let size = 0;
    for (const guest of this.#guests.values()) if (guest.stage === stage) size += 1;
    return size;
  }
}
