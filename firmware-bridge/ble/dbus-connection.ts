/**
 * A thin connection to a D-Bus message bus: calls with a time limit, signals, and one notice when it is over. Nothing that
 * happens on the bus throws out of here. Opens a socket.
 * Source: https://dbus.freedesktop.org/doc/dbus-specification.html
 */
import { messageOf } from "../../runtime/core/errors.js";
import {
  type DbusCodec,
  type DbusMessage,
  loadDbusCodec,
  MESSAGE_FLAG,
  MESSAGE_TYPE,
  type OutgoingMessage,
} from "./dbus-codec.js";
import { type DbusTransport, openTransport } from "./dbus-transport.js";

/** Enough for every adapter to be asked at once; more at a time would mean a leak. */
const PENDING_CALLS_MAX = 64;
const SERIAL_MAX = 0xffff_ffff;
const BUS = "org.freedesktop.DBus";
const BUS_PATH = "/org/freedesktop/DBus";

export interface DbusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
}

export interface DbusConnectionOptions {
  /** "unix:path=…", as in DBUS_SYSTEM_BUS_ADDRESS. */
  readonly address: string;
  readonly callTimeoutMs: number;
  readonly onSignal: (signal: DbusMessage) => void;
  /** Called once, unless `close` was called first. */
  readonly onClosed: (reason: string) => void;
  /** A message that could not be read, or that was not for us. */
  readonly onDropped: () => void;
}

export type DbusErrorKind = "unreachable" | "closed" | "timeout" | "refused";

/** Something on the bus did not work. `errorName` is the other side's, when it refused. */
export class DbusError extends Error {
  constructor(
    readonly kind: DbusErrorKind,
    message: string,
    readonly errorName?: string,
  ) {
    super(message);
    this.name = "DbusError";
  }
}

interface PendingCall {
  resolve(reply: DbusMessage): void;
  reject(error: DbusError): void;
}

/** @throws DbusError when no bus answers. */
export async function openDbusConnection(options: DbusConnectionOptions): Promise<DbusConnection> {
  let connection: DbusConnection | undefined;
  let endedEarly: string | undefined;
  let transport: DbusTransport;
  try {
    transport = await openTransport(options.address, options.callTimeoutMs, {
      // A bus says nothing before Hello, so nothing comes while there is no connection.
      message: (bytes) => connection?.received(bytes),
      closed: (reason) => {
        endedEarly = reason;
        connection?.ended(reason);
      },
    });
  } catch (error) {
    throw new DbusError("unreachable", messageOf(error));
  }
  // Only now: a computer without D-Bus does not pay 9 MiB for it.
  const codec = await loadDbusCodec();
  if (endedEarly !== undefined) throw new DbusError("unreachable", endedEarly);
  connection = new DbusConnection(options, codec, transport);
  try {
    await connection.call({ destination: BUS, path: BUS_PATH, interface: BUS, member: "Hello" });
  } catch (error) {
    connection.close();
    throw error;
  }
  return connection;
}

export class DbusConnection {
  readonly #pending = new Map<number, PendingCall>();
  #serial = 0;
  #closed = false;

  constructor(
    readonly options: DbusConnectionOptions,
    readonly codec: DbusCodec,
    readonly transport: DbusTransport,
  ) {}

  /** @throws DbusError refused | timeout | closed */
  call(call: DbusCall): Promise<DbusMessage> {
    if (this.#closed) return Promise.reject(new DbusError("closed", "the connection to D-Bus is closed"));
    if (this.#pending.size >= PENDING_CALLS_MAX) {
      return Promise.reject(new DbusError("timeout", `${PENDING_CALLS_MAX} calls wait for an answer already`));
    }
    const serial = this.#nextSerial();
    return new Promise<DbusMessage>((resolve, reject) => {
      const { callTimeoutMs } = this.options;
      const timer = setTimeout(
        () => settle(() => reject(new DbusError("timeout", `${call.member} got no answer in ${callTimeoutMs} ms`))),
        callTimeoutMs,
      );
      const settle = (then: () => void): void => {
        clearTimeout(timer);
        this.#pending.delete(serial);
        then();
      };
      this.#pending.set(serial, {
        resolve: (reply) => settle(() => resolve(reply)),
        reject: (error) => settle(() => reject(error)),
      });
      // A service that its owner has stopped stays stopped.
      this.#send({ ...call, type: MESSAGE_TYPE.call, flags: MESSAGE_FLAG.noAutoStart, serial });
    });
  }

  async addMatch(rule: string): Promise<void> {
    const call = { destination: BUS, path: BUS_PATH, interface: BUS, member: "AddMatch", signature: "s" };
    await this.call({ ...call, body: [rule] });
  }

  /** Ends quietly: calls that wait are rejected, `onClosed` is not called. Match rules go with the connection. */
  close(): void {
    this.#finish("the connection to D-Bus was closed");
  }

  /** For the transport. */
  received(bytes: Buffer): void {
    if (this.#closed) return;
    let message: DbusMessage;
    try {
      message = this.codec.decode(bytes);
    } catch {
      // The bus has checked the framing, so only this message is lost; one with a file descriptor, for instance.
      this.options.onDropped();
      return;
    }
    if (message.type === MESSAGE_TYPE.signal) this.options.onSignal(message);
    else if (message.type === MESSAGE_TYPE.call) this.#refuse(message);
    else this.#settle(message);
  }

  /** For the transport. */
  ended(reason: string): void {
    if (this.#closed) return;
    this.#finish(reason);
    this.options.onClosed(reason);
  }

  #settle(message: DbusMessage): void {
    const pending = this.#pending.get(message.replySerial ?? 0);
    if (!pending) {
      this.options.onDropped();
    } else if (message.type === MESSAGE_TYPE.reply) {
      pending.resolve(message);
    } else {
      const [text] = message.body;
      const errorName = message.errorName ?? "unknown error";
      pending.reject(new DbusError("refused", typeof text === "string" && text !== "" ? text : errorName, errorName));
    }
  }

  /** This program offers no objects on the bus. */
  #refuse(message: DbusMessage): void {
    this.options.onDropped();
    if ((message.flags & MESSAGE_FLAG.noReply) !== 0 || message.sender === undefined) return;
    this.#send({
      type: MESSAGE_TYPE.error,
      serial: this.#nextSerial(),
      replySerial: message.serial,
      destination: message.sender,
      errorName: "org.freedesktop.DBus.Error.UnknownMethod",
    });
  }

  #send(message: OutgoingMessage): void {
    this.transport.send(this.codec.encode(message));
  }

  #nextSerial(): number {
    this.#serial = this.#serial === SERIAL_MAX ? 1 : this.#serial + 1;
    return this.#serial;
  }

  #finish(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.transport.close();
    for (const pending of [...this.#pending.values()]) pending.reject(new DbusError("closed", reason));
  }
}
