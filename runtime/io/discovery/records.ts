/**
 * DNS-SD records of a hub: written and read. Pure.
 * Source: RFC 6763 (PTR → SRV + TXT), RFC 6762 §10 (lifetimes), §11 (names compare without case).
 * Everything that is read came from any program on the network: each field is checked before it is believed.
 */
import type { Answer, Packet, StringAnswer } from "dns-packet";
import { type HubId, isHubId } from "../../core/ids.js";

export const SERVICE = "_mindos._tcp.local";
/** RFC 6762 §10: 120 s for records that name a host, 75 minutes for others. */
export const HOST_TTL_S = 120;
export const SERVICE_TTL_S = 4_500;
const RECORDS_MAX = 64;
const TXT_BYTES_MAX = 512;
const VERSION = "1";
/** Of a hub that names none. */
export const HOME_DEFAULT = "home";

export interface Announced {
  readonly hub: HubId;
  readonly port: number;
  readonly addresses: readonly string[];
  readonly ttlS: number;
  /** Hubs of other homes are left alone. */
  readonly home: string;
}

export interface ParsedResponse {
  readonly announced: readonly Announced[];
  /** Hubs that said goodbye: a lifetime of 0. */
  readonly left: readonly HubId[];
  /** Records of our service that were not believed. */
  readonly invalid: number;
}

export function pointerOf(hub: HubId, ttlS: number = SERVICE_TTL_S): StringAnswer {
  return { name: SERVICE, type: "PTR", ttl: ttlS, data: `${hub}.${SERVICE}` };
}

/** @param goodbye lifetime 0 on all of them (RFC 6762 §10.1). */
export function recordsOf(
  hub: HubId,
  port: number,
  addresses: readonly string[],
  goodbye = false,
  home = HOME_DEFAULT,
): Answer[] {
  const instance = `${hub}.${SERVICE}`;
  const target = `${hub}.local`;
  const ttl = goodbye ? 0 : HOST_TTL_S;
  return [
    pointerOf(hub, goodbye ? 0 : SERVICE_TTL_S),
    { name: instance, type: "SRV", ttl, flush: true, data: { port, target, priority: 0, weight: 0 } },
    { name: instance, type: "TXT", ttl, flush: true, data: [`id=${hub}`, `v=${VERSION}`, `home=${home}`] },
    ...addresses.map((data): Answer => ({ name: target, type: "A", ttl, flush: true, data })),
  ];
}

/** RFC 6762 §7.1: who is listed among the known answers, with half its lifetime left, keeps quiet. */
export function wantsAnswer(query: Packet, hub: HubId): boolean {
  const asked = (query.questions ?? []).some(
    ({ name, type }) => name.toLowerCase() === SERVICE && (type === "PTR" || String(type) === "ANY"),
  );
  const known = (query.answers ?? []).some(
    (answer) => answer.type === "PTR" && answer.data === `${hub}.${SERVICE}` && (answer.ttl ?? 0) >= SERVICE_TTL_S / 2,
  );
  return asked && !known;
}

interface Draft {
  port?: number;
  ttlS?: number;
  target?: string;
  idAgrees?: boolean;
  home?: string;
}

export function readResponse(records: readonly Answer[]): ParsedResponse {
  const drafts = new Map<HubId, Draft>();
  const addresses = new Map<string, string[]>();
  const left = new Set<HubId>();
  let invalid = Math.max(0, records.length - RECORDS_MAX);
  for (const record of records.slice(0, RECORDS_MAX)) {
    if (record.type === "A") {
      const name = record.name.toLowerCase();
      addresses.set(name, [...(addresses.get(name) ?? []), record.data]);
      continue;
    }
    const instance = instanceOf(record);
    if (instance === undefined) continue;
    if (!isHubId(instance)) {
      invalid++;
      continue;
    }
    if ("ttl" in record && record.ttl === 0) left.add(instance);
    const draft = drafts.get(instance) ?? {};
    if (record.type === "TXT") drafts.set(instance, { ...draft, ...readTxt(record.data, instance) });
    if (record.type === "SRV" && typeof record.data === "object")
      drafts.set(instance, { ...draft, port: record.data.port, target: record.data.target, ttlS: record.ttl ?? 0 });
  }
  const announced: Announced[] = [];
  for (const [hub, { port, ttlS, target, idAgrees, home = HOME_DEFAULT }] of drafts) {
    if (left.has(hub)) continue;
    const hosts = addresses.get(target?.toLowerCase() ?? "") ?? [];
    if (isPort(port) && ttlS !== undefined && idAgrees && hosts.length > 0)
      announced.push({ hub, port, addresses: hosts, ttlS, home });
    else invalid++;
  }
  return { announced, left: [...left], invalid };
}

/** @returns the label before our service's name, in lower case; undefined for records of something else. */
function instanceOf(record: Answer): string | undefined {
  if (record.type !== "PTR" && record.type !== "SRV" && record.type !== "TXT") return undefined;
  if (record.type === "PTR" && record.name.toLowerCase() !== SERVICE) return undefined;
  const name = (record.type === "PTR" ? record.data : record.name).toLowerCase();
  return name.endsWith(`.${SERVICE}`) ? name.slice(0, -SERVICE.length - 1) : undefined;
}

/** Loopback scope: 127/8 only. Otherwise private and link-local addresses: nobody may send us to the outside. */
export function isUsableAddress(address: string, loopback: boolean): boolean {
  const parts = address.split(".").map(Number);
  const [a = -1, b = -1] = parts;
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return false;
  if (loopback) return a === 127;
  return a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168) || (a === 169 && b === 254);
}

function isPort(port: unknown): port is number {
  return typeof port === "number" && Number.isInteger(port) && port >= 1 && port <= 65_535;
}

function readTxt(data: unknown, hub: HubId): Pick<Draft, "idAgrees" | "home"> {
  const strings = (Array.isArray(data) ? data : [data]).map(String);
  if (strings.reduce((bytes, text) => bytes + text.length, 0) > TXT_BYTES_MAX) return { idAgrees: false };
  const home = strings.find((text) => text.startsWith("home="))?.slice("home=".length);
  return { idAgrees: strings.includes(`id=${hub}`) && strings.includes(`v=${VERSION}`), home };
}
