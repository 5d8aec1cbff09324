/** A TCP server that listens, or the sentence that says why it does not. Not pure: a socket. */
import type { Server } from "node:net";
import { type ErrorCode, MindosError } from "../core/errors.js";

export interface Listening {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Connections that wait to be accepted; the system's default when absent. */
  readonly backlog?: number;
  /** Names the option by which a person chooses another port. */
  readonly whenTaken: Extract<ErrorCode, "PORT_IN_USE" | "PAGE_PORT_IN_USE" | "LINK_PORT_IN_USE">;
}

/** @returns the port. @throws MindosError `whenTaken` | ADDRESS_UNAVAILABLE */
export function listen(server: Server, listening: Listening): Promise<number> {
  const { whenTaken: _, ...options } = listening;
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(listenError(cause, listening)));
    server.listen(options, () => {
      server.removeAllListeners("error");
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : options.port);
    });
  });
}

function listenError(cause: NodeJS.ErrnoException, { host, port, whenTaken }: Listening): MindosError {
  if (cause.code === "EADDRINUSE") return new MindosError(whenTaken, `port ${port} of ${host} is taken`, { cause });
  if (cause.code === "EACCES")
    return new MindosError(whenTaken, `port ${port} of ${host} is reserved for the system`, { cause });
  return new MindosError("ADDRESS_UNAVAILABLE", `this machine cannot listen on ${host}: ${cause.message}`, { cause });
}
