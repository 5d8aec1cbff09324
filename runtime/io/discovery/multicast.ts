/**
 * A multicast socket on one interface. Not pure: sockets.
 * On loopback everything is done for nothing to leave this machine: the sending interface is set or the socket is not
 * opened, the time to live is 0 (RFC 1112 §6.1: not past this host), and what comes from elsewhere is dropped.
 */
import { createSocket, type Socket } from "node:dgram";
import { networkInterfaces } from "node:os";
import { MindosError, messageOf } from "../../core/errors.js";

export const MDNS_GROUP = "224.0.0.251";
export const MDNS_PORT = 5353;
const MDNS_TTL = 255; // RFC 6762 §11

export interface MulticastOptions {
  /** The interface's own IPv4 address; 127.0.0.1 keeps everything on this machine. */
  readonly interfaceAddress: string;
  readonly port?: number;
}

/** Several programs share the port: the hubs of one machine, avahi, browsers. @throws MindosError MULTICAST_UNAVAILABLE */
export async function openMulticast(options: MulticastOptions): Promise<Socket> {
  const { interfaceAddress, port = MDNS_PORT } = options;
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  try {
    await bind(socket, port);
    socket.setMulticastInterface(interfaceAddress);
    socket.addMembership(MDNS_GROUP, interfaceAddress);
    socket.setMulticastTTL(isLoopbackInterface(interfaceAddress) ? 0 : MDNS_TTL);
    socket.setMulticastLoopback(true); // the other hubs of this machine
    return socket;
  } catch (cause) {
    socket.close();
    throw new MindosError("MULTICAST_UNAVAILABLE", `no multicast on ${interfaceAddress}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

export function isLoopbackInterface(address: string): boolean {
  return address.startsWith("127.");
}

/** The first interface that leads out of this machine. */
export function outwardAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find((entry) => entry.family === "IPv4" && !entry.internal)?.address;
}

/** On Linux, bound to the group: unicast to this port, which would reach one of the sharers only, reaches none. */
function bind(socket: Socket, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, process.platform === "linux" ? MDNS_GROUP : "0.0.0.0", () => {
      socket.removeListener("error", reject);
      resolve();
    });
  });
}
