/** Whether hubs on this machine can find each other by multicast: tried, not guessed. Not pure: sockets. */
import type { Socket } from "node:dgram";
import { messageOf } from "../../core/errors.js";
import { MDNS_GROUP, openMulticast } from "./multicast.js";

const PROBE_TIMEOUT_MS = 500;
const ATTEMPTS = 2; // one lost datagram must not decide

export interface MulticastProbe {
  readonly works: boolean;
  readonly detail: string;
}

/** Two sockets share a free port and the group, as two hubs share 5353. Never throws; takes at most a second. */
export async function probeMulticast(interfaceAddress = "127.0.0.1"): Promise<MulticastProbe> {
  const sockets: Socket[] = [];
  try {
    const first = await openMulticast({ interfaceAddress, port: 0 });
    sockets.push(first);
    const { port } = first.address();
    const second = await openMulticast({ interfaceAddress, port });
    sockets.push(second);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if ((await hears(second, first, port)) && (await hears(first, second, port)))
        return { works: true, detail: `two sockets on ${interfaceAddress} heard each other` };
    }
    return { works: false, detail: `two sockets on ${interfaceAddress} did not hear each other` };
  } catch (error) {
    return { works: false, detail: messageOf(error) };
  } finally {
    for (const socket of sockets) socket.close();
  }
}

function hears(listener: Socket, sender: Socket, port: number): Promise<boolean> {
  const token = `mindos probe ${process.pid} ${performance.now()}`;
  return new Promise((resolve) => {
    const finish = (heard: boolean): void => {
      clearTimeout(timer);
      listener.removeListener("message", onMessage);
      resolve(heard);
    };
    const onMessage = (message: Buffer): void => {
      if (message.toString("latin1") === token) finish(true);
    };
    const timer = setTimeout(() => finish(false), PROBE_TIMEOUT_MS);
    listener.on("message", onMessage);
    sender.send(token, port, MDNS_GROUP, (error) => {
      if (error) finish(false);
    });
  });
}
