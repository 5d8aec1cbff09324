/**
 * What each network may still spend on handshakes, and which addresses members came from lately. Pure, bounded.
 */
import { LruMap } from "../../core/bounded.js";

export interface AllowanceLimits {
  /** Handshakes that one network may begin in a burst: a whole swarm may live behind one. */
  readonly burst: number;
  /** Handshakes that one network may begin per second in the long run. 8 are 2 % of a processor. */
  readonly perSecond: number;
  /** Networks remembered, and addresses of members; of each the one seen longest ago is forgotten. */
  readonly addressesMax: number;
}

interface Allowance {
  tokens: number;
  atMs: number;
}

export class Allowances {
  readonly #limits: AllowanceLimits;
  readonly #allowances: LruMap<string, Allowance>;
  readonly #known: LruMap<string, true>;

  constructor(limits: AllowanceLimits) {
    this.#limits = limits;
    this.#allowances = new LruMap(limits.addressesMax);
    this.#known = new LruMap(limits.addressesMax);
  }

  /** A member had a link from that very address: over TCP nobody else in its network can pretend to. */
  vouch(address: string): void {
    this.#known.set(address, true);
  }

  isKnown(address: string): boolean {
    return this.#known.has(address);
  }

  /** A token bucket for each network, and for each member's address one of its own, which strangers beside it do not empty.
   *  @returns whether there were enough; what there was is gone in any case. */
  spend(address: string, tokens: number, nowMs: number): boolean {
    const { burst, perSecond } = this.#limits;
    const name = this.isKnown(address) ? `member ${address}` : networkOf(address);
    const allowance = this.#allowances.get(name) ?? { tokens: burst, atMs: nowMs };
    const filled = Math.min(burst, allowance.tokens + ((nowMs - allowance.atMs) / 1000) * perSecond);
    allowance.tokens = Math.max(0, filled - tokens);
    allowance.atMs = nowMs;
    this.#allowances.set(name, allowance);
    return filled >= tokens;
  }
}

const IPV4_MAPPED = "::ffff:";
const GROUPS = 8;
/** 64 bits: what one host may choose addresses from at will (RFC 4291 §2.5.1, RFC 8981). */
const NETWORK_GROUPS = 4;

/** @param address as a socket has it. @returns the same for all addresses that one host may give itself. */
export function networkOf(address: string): string {
  if (address.startsWith(IPV4_MAPPED)) return address.slice(IPV4_MAPPED.length);
  if (!address.includes(":")) return address;
  const [before = "", after] = (address.split("%")[0] ?? "").split("::");
  const head = groupsOf(before);
  const tail = groupsOf(after ?? "");
  const zeros = after === undefined ? 0 : Math.max(0, GROUPS - head.length - tail.length);
  const groups = [...head, ...new Array<string>(zeros).fill("0"), ...tail];
  return `${groups.slice(0, NETWORK_GROUPS).join(":")}::/64`;
}

function groupsOf(text: string): string[] {
  return text === "" ? [] : text.split(":");
}
