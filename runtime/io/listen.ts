/** A TCP server that listens, or the sentence that says why it does not. Not pure: a socket. */
import type { Server } from "node:net";
import { MindosError } from "../core/errors.js";

/** @param port 0 takes any free one.
 *  @returns the port.
 *  @throws MindosError PORT_IN_USE | ADDRESS_UNAVAILABLE */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(listenError(cause, host, port)));
    server.listen({ host, port }, () => {
      server.removeAllListeners("error");
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}

function listenError(cause: NodeJS.ErrnoException, host: string, port: number): MindosError {
  if (cause.code === "EADDRINUSE") return new MindosError("PORT_IN_USE", `port ${port} is in use`, { cause });
  if (cause.code === "EACCES") return new MindosError("PORT_IN_USE", `port ${port} needs more rights`, { cause });
  return new MindosError("ADDRESS_UNAVAILABLE", `cannot listen on ${host}: ${cause.message}`, { cause });
}
