/** A hub's sign that it is at a broker, as all hubs of its home can read it. Pure. PROTOCOL.md, section "Backbone". */
import { concatBytes } from "../core/bytes.js";
import { HUB_ID_BYTES, type HubId, hubIdFromBytes, idToBytes } from "../core/ids.js";
import type { SealedGroup } from "./sealed-group.js";
import { PACKET } from "./sealed-packet.js";

const VERSION = 1;
const FLAG = { seeking: 1, leaving: 2 } as const;
const HEAD_BYTES = 4;

export interface Beacon {
  readonly hub: HubId;
  /** It has fewer links than it would like, and knows of few hubs. */
  readonly seeking: boolean;
  /** It goes now. */
  readonly leaving: boolean;
  /** When the next one is to be expected. Unit: s, 1 … 65,535. */
  readonly intervalS: number;
}

/** @param to whom it answers; undefined: for all. */
export function writeBeacon(group: SealedGroup, beacon: Beacon, to: HubId | undefined): Uint8Array {
  const { hub, intervalS, leaving, seeking } = beacon;
  const flags = (seeking ? FLAG.seeking : 0) | (leaving ? FLAG.leaving : 0);
  const head = Uint8Array.of(VERSION, flags, intervalS >> 8, intervalS & 0xff);
  return group.seal(PACKET.beacon, to, concatBytes(head, idToBytes(hub)));
}

/** @returns undefined when it is none, or not of this home. */
export function readBeacon(group: SealedGroup, packet: Uint8Array, to: HubId | undefined): Beacon | undefined {
  const plain = group.open(packet, to);
  if (plain === undefined || plain.length !== HEAD_BYTES + HUB_ID_BYTES || plain[0] !== VERSION) return undefined;
  const [, flags = 0, high = 0, low = 0] = plain;
  return {
    hub: hubIdFromBytes(plain.subarray(HEAD_BYTES)),
    seeking: (flags & FLAG.seeking) !== 0,
    leaving: (flags & FLAG.leaving) !== 0,
    intervalS: Math.max(1, high * 256 + low),
  };
}
