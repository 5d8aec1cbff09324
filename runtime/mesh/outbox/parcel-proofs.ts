/**
 * What is signed where a custodian stands between origin and reader: the parcel by its origin, and what has arrived by its reader. Pure.
 * Between the two themselves the frame proves it (`forwarding/proofs.ts`), and nothing is added.
 */
import type { HubId } from "../../core/ids.js";
import { TokenBucket } from "../../core/token-bucket.js";
import type { OriginAuthority } from "../broadcast/origin.js";

/** Signatures checked: 0.14 ms each on a PC. What is beyond it comes again. Unit: per second; count. */
const CHECKS_PER_SECOND = 200;
const CHECKS_BURST = 400;

const PARCEL_LABEL = "mindos-parcel-v1";
const ACK_LABEL = "mindos-parcel-ack-v1";

export interface SignedParcel {
  readonly origin: HubId;
  readonly to: HubId;
  readonly stream: number;
  readonly number: number;
  readonly kind: number;
  readonly content: Uint8Array;
}

export interface SignedAck extends Omit<SignedParcel, "kind" | "content"> {
  readonly above: Uint8Array | undefined;
}

export class ParcelProofs {
  readonly #authority: OriginAuthority | undefined;
  readonly #count: (name: string) => void;
  readonly #checks = new TokenBucket(CHECKS_PER_SECOND, CHECKS_BURST);

  /** @param authority absent: nothing is signed and everything believed (a simulation). */
  constructor(authority: OriginAuthority | undefined, count: (name: string) => void) {
    this.#authority = authority;
    this.#count = count;
  }

  /** By this hub, as its origin. */
  signParcel(parcel: SignedParcel): Uint8Array | undefined {
    return this.#authority?.sign(parcelBytes(parcel));
  }

  /** By this hub, as its reader. */
  signAck(ack: SignedAck): Uint8Array | undefined {
    return this.#authority?.sign(ackBytes(ack));
  }

  /** @returns whether its origin has said it; counts when not. */
  isParcelProven(parcel: SignedParcel, proof: Uint8Array | undefined, nowMs: number): boolean {
    return this.#holds(parcel.origin, proof, () => parcelBytes(parcel), nowMs);
  }

  /** @returns whether its reader has said it; counts when not. */
  isAckProven(ack: SignedAck, proof: Uint8Array | undefined, nowMs: number): boolean {
    return this.#holds(ack.to, proof, () => ackBytes(ack), nowMs);
  }

  /** Whether a hub may have parcels here at all: an invented one has no end of fellows. */
  isMember(hub: HubId): boolean {
    return this.#authority?.isMember(hub) !== false;
  }

  #holds(signer: HubId, proof: Uint8Array | undefined, bytes: () => Uint8Array, nowMs: number): boolean {
    const authority = this.#authority;
    if (authority === undefined) return true;
    if (proof === undefined) return this.#refuse("unproven");
    if (!this.isMember(signer)) return this.#refuse("stranger");
    if (!this.#checks.take(nowMs)) return this.#refuse("proofFlood");
    return authority.verify(signer, proof, bytes()) || this.#refuse("forged");
  }

  #refuse(why: string): false {
    this.#count(`mesh.outbox.${why}`);
    return false;
  }
}

/** Not what a custodian may change: how long it lives, and how soon it is sent. */
function parcelBytes({ origin, to, stream, number, kind, content }: SignedParcel): Uint8Array {
  return signedBytes(PARCEL_LABEL + origin + to, [stream, number, kind], content);
}

function ackBytes({ origin, to, stream, number, above }: SignedAck): Uint8Array {
  return signedBytes(ACK_LABEL + origin + to, [stream, number], above ?? new Uint8Array(0));
}

function signedBytes(text: string, numbers: readonly number[], rest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(text.length + 8 * numbers.length + rest.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  numbers.forEach((number, at) => {
    view.setFloat64(text.length + 8 * at, number);
  });
  bytes.set(rest, text.length + 8 * numbers.length);
  return bytes;
}
