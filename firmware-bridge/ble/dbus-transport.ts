/**
 * The socket below a D-Bus connection: connects, authenticates, and cuts the byte stream into messages.
 * Source: https://dbus.freedesktop.org/doc/dbus-specification.html#auth-protocol
 */
import { createConnection, type Socket } from "node:net";
import { messageOf } from "../../runtime/core/errors.js";
import { type DbusEndpoint, endpointText, parseDbusAddress } from "./dbus-address.js";
import { HEADER_BYTES, messageLength } from "./dbus-codec.js";

export interface TransportEvents {
  /** One whole message; the bytes are the receiver's to keep. */
  message(bytes: Buffer): void;
  /** Called once, also after `close`; not when opening failed. */
  closed(reason: string): void;
}

export interface DbusTransport {
  send(bytes: Uint8Array): void;
  close(): void;
}

/** A bus that does not read what it is sent is as good as gone. */
const UNSENT_BYTES_MAX = 1 << 20;
const AUTH_LINE_BYTES_MAX = 4_096;

/** Tries every place of the address, in order.
 *  @throws Error that names each place and what was wrong. */
export async function openTransport(
  address: string,
  timeoutMs: number,
  events: TransportEvents,
): Promise<DbusTransport> {
  const endpoints = parseDbusAddress(address);
  if (endpoints.length === 0) throw new Error(`the D-Bus address "${address}" names no socket`);
  const problems: string[] = [];
  for (const endpoint of endpoints) {
    try {
      return await openEndpoint(endpoint, timeoutMs, events);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      problems.push(`${endpointText(endpoint)}: ${code ?? messageOf(error)}`);
    }
  }
  throw new Error(problems.join("; "));
}

async function openEndpoint(
  endpoint: DbusEndpoint,
  timeoutMs: number,
  events: TransportEvents,
): Promise<DbusTransport> {
  const socket = createConnection(endpoint);
  let reason = "D-Bus closed the connection";
  // Stays for the socket's whole life, so that no error is ever without a listener.
  socket.on("error", (error) => {
    reason = `the connection to D-Bus broke: ${error.message}`;
  });
  try {
    await authenticate(socket, timeoutMs);
    if (socket.destroyed) throw new Error(reason);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  const framer = new Framer();
  socket.on("close", () => events.closed(reason));
  socket.on("data", (chunk) => {
    for (const message of framer.take(chunk)) events.message(message);
    if (framer.problem === undefined) return;
    reason = `D-Bus sent what is not D-Bus: ${framer.problem}`;
    socket.destroy();
  });
  socket.resume();
  return {
    send(bytes) {
      if (socket.writableLength > UNSENT_BYTES_MAX) socket.destroy(new Error("it does not read"));
      else socket.write(bytes);
    },
    close: () => void socket.destroy(),
  };
}

/** EXTERNAL: the socket itself tells the bus who we are. No file descriptors are asked for. Leaves the socket paused. */
function authenticate(socket: Socket, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let line = "";
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      socket.off("error", finish).off("close", onClose).off("data", onData).pause();
      if (error) {
        reject(error);
      } else {
        socket.write("BEGIN\r\n");
        resolve();
      }
    };
    const onClose = (): void => finish(new Error("closed while logging in"));
    const onData = (chunk: Buffer): void => {
      line += chunk.toString("latin1");
      if (line.length > AUTH_LINE_BYTES_MAX) finish(new Error("not a D-Bus server"));
      else if (line.includes("\r\n")) finish(line.startsWith("OK ") ? undefined : new Error("the login was refused"));
    };
    const timer = setTimeout(() => finish(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
    socket.on("error", finish).on("close", onClose).on("data", onData);
    socket.once("connect", () => {
      const user = Buffer.from(String(process.getuid?.() ?? 0)).toString("hex");
      socket.write(`\0AUTH EXTERNAL ${user}\r\n`);
    });
  });
}

/** Bytes → messages. Chunks are joined once per message, so a large one costs its size and not its square. */
class Framer {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #needed = HEADER_BYTES;
  /** Why nothing after the last message can be read, if so. */
  problem: string | undefined;

  /** @returns the messages that this chunk completes. */
  take(chunk: Buffer): readonly Buffer[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const messages: Buffer[] = [];
    while (this.#bytes >= this.#needed && this.problem === undefined) {
      const [first = chunk] = this.#chunks;
      const joined = this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
      const message = this.#cut(joined);
      if (message) messages.push(message);
      const rest = message ? joined.subarray(message.length) : joined;
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#bytes = rest.length;
    }
    return messages;
  }

  #cut(bytes: Buffer): Buffer | undefined {
    try {
      const length = messageLength(bytes);
      const whole = bytes.length >= length;
      this.#needed = whole ? HEADER_BYTES : length;
      return whole ? bytes.subarray(0, length) : undefined;
    } catch (error) {
      this.problem = messageOf(error);
      return undefined;
    }
  }
}
