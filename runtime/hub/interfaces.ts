/** Where a hub listens for others, and the addresses behind it. */
import { networkInterfaces } from "node:os";
import { isLoopback } from "../config/address.js";

/** Of a machine with many interfaces the first few are announced. */
const INTERFACES_MAX = 4;

/** "auto": everywhere, since a hub with a home has an owner and lets nobody else in. */
export function listeningHost(setting: string): string {
  return setting === "auto" ? "0.0.0.0" : setting;
}

/** The IPv4 addresses behind a listening address; that of this machine for itself last. */
export function interfacesOf(host: string): string[] {
  if (isLoopback(host)) return [host === "localhost" ? "127.0.0.1" : host];
  if (host !== "0.0.0.0" && host !== "::") return [host];
  const outside = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address)
    .slice(0, INTERFACES_MAX - 1);
  return [...outside, "127.0.0.1"];
}

/** What a joiner can dial: the first address that others reach. */
export function reachable(host: string): string {
  return interfacesOf(host)[0] ?? host;
}
