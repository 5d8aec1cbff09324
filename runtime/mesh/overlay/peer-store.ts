/**
 * The memory of peers over a restart: JSON in UTF-8, one row a hub. Pure. Times are kept as ages, since monotonic time
 * begins anew with every start; how long the hub was off is not known and not counted.
 */
import { type HubId, isHubId } from "../../core/ids.js";
import type { Coordinate, HubAddress } from "../../core/mesh.js";
import { isCoordinate } from "../coordinates/distance.js";
import { isLost, type Peer, type PeerMemory, wasLinked } from "./peer-memory.js";

export const PEERS_KEY = "mesh.peers";
const VERSION = 1;
/** Hubs only heard of that are kept: a start for a hub that has lost everybody it knew. */
const HEARSAY_MAX = 32;
/** 512 peers with 4 long addresses each stay well below. */
const BYTES_MAX = 512 * 1024;

interface Row {
  readonly hub: HubId;
  readonly at: readonly HubAddress[];
  readonly local: boolean;
  /** Unit: s. Absent: never linked. */
  readonly linkedAgo?: number;
  readonly lostAgo?: number;
  readonly failures: number;
  readonly coordinate?: Coordinate;
}

export function encodePeers(peers: PeerMemory, own: Coordinate, nowMs: number): Uint8Array {
  const rows: Row[] = [];
  let hearsay = 0;
  for (const peer of peers.values()) {
    if (peer.addresses.length === 0) continue;
    if (!wasLinked(peer) && !peer.local && ++hearsay > HEARSAY_MAX) continue;
    rows.push(rowOf(peer, nowMs));
  }
  return new TextEncoder().encode(JSON.stringify({ version: VERSION, own, rows }));
}

/** @returns this hub's own coordinate, when there was one; what cannot be read is left out. */
export function restorePeers(peers: PeerMemory, bytes: Uint8Array, nowMs: number): Coordinate | undefined {
  if (bytes.length > BYTES_MAX) return undefined;
  const kept = parse(bytes);
  if (kept === undefined || kept["version"] !== VERSION || !Array.isArray(kept["rows"])) return undefined;
  for (const row of kept["rows"].slice(0, peers.settings.peersMax)) if (isRow(row)) restoreRow(peers, row, nowMs);
  const own = kept["own"];
  return isCoordinateShape(own) ? own : undefined;
}

function rowOf(peer: Peer, nowMs: number): Row {
  const linkedMs = peer.linked ? nowMs : peer.linkedMs;
  return {
    hub: peer.hub,
    at: peer.addresses,
    local: peer.local,
    failures: peer.failures,
    ...(wasLinked(peer) && { linkedAgo: Math.round((nowMs - linkedMs) / 1000) }),
    ...(isLost(peer) && { lostAgo: Math.round((nowMs - peer.lostMs) / 1000) }),
    ...(peer.coordinate && { coordinate: peer.coordinate }),
  };
}

function restoreRow(peers: PeerMemory, row: Row, nowMs: number): void {
  const coordinate = row.coordinate;
  const record = { hub: row.hub, addresses: row.at, ...(coordinate && { coordinate }) };
  // Not "discovery": whether it is still on this hub's segment, discovery will say.
  const peer = peers.meet(record, "hearsay", nowMs);
  if (peer === undefined) return;
  peer.failures = row.failures;
  if (row.linkedAgo !== undefined) peer.linkedMs = nowMs - row.linkedAgo * 1000;
  // Nobody is linked after a restart: those that were are looked for like those that were lost before.
  const lostAgo = row.lostAgo ?? (row.linkedAgo === 0 ? 0 : undefined);
  if (lostAgo !== undefined) peer.lostMs = nowMs - lostAgo * 1000;
}

function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isRow(value: unknown): value is Row {
  if (typeof value !== "object" || value === null) return false;
  const { hub, at, failures, linkedAgo, lostAgo, coordinate } = value as Record<string, unknown>;
  return (
    typeof hub === "string" &&
    isHubId(hub) &&
    Array.isArray(at) &&
    at.length <= 4 &&
    at.every(isAddress) &&
    isAge(failures) &&
    (linkedAgo === undefined || isAge(linkedAgo)) &&
    (lostAgo === undefined || isAge(lostAgo)) &&
    (coordinate === undefined || isCoordinateShape(coordinate))
  );
}

function isAge(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isAddress(value: unknown): value is HubAddress {
  if (typeof value !== "object" || value === null) return false;
  const { host, port } = value as Record<string, unknown>;
  return typeof host === "string" && host.length <= 64 && typeof port === "number" && port >= 1 && port <= 65_535;
}

function isCoordinateShape(value: unknown): value is Coordinate {
  if (typeof value !== "object" || value === null) return false;
  const { vector, heightMs, error } = value as Record<string, unknown>;
  if (!Array.isArray(vector) || typeof heightMs !== "number" || typeof error !== "number") return false;
  return vector.every((part) => typeof part === "number") && isCoordinate({ vector, heightMs, error });
}
