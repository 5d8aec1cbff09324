/** Host names and ports as people write them. Pure. */

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const HOST_LENGTH_MAX = 253;

/** @returns true for a host name, an IPv4 address or an IPv6 address (without brackets). */
export function isHost(text: string): boolean {
  if (text.length === 0 || text.length > HOST_LENGTH_MAX) return false;
  if (text.includes(":")) return /^[0-9a-fA-F:.]+$/.test(text);
  return /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?$/.test(text);
}

/** Names of this machine for itself: 127.0.0.0/8 (RFC 1122), ::1 (RFC 4291), localhost (RFC 6761). */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === "localhost" || /^(?:0{0,4}:){2,7}0{0,3}1$/.test(host)) return true;
  const octets = host.split(".");
  return octets.length === 4 && octets[0] === "127" && octets.every((octet) => /^\d{1,3}$/.test(octet) && +octet < 256);
}

/** "127.0.0.1:1883", "[::1]:1883". @returns undefined when it is neither. */
export function parseHostPort(text: string): HostPort | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || !isHost(host) || !(port >= 1 && port <= 65_535)) return undefined;
  return { host, port };
}
