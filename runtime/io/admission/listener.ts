/**
 * The admission port: open to strangers for as long as an invitation is. Not pure: sockets, timers.
 * Few are served at once, since each costs a handshake of TLS. Who says nothing is not served; when there is a crowd, the oldest goes
 * that has not shown that it knows a code, so that nobody keeps the joiner out by sitting there.
 */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { MindosError } from "../../core/errors.js";
import type { Clock } from "../../core/time.js";
import { Allowances } from "../link/allowances.js";
import type { TlsIdentity } from "../tls/identity.js";
import { channelOf } from "./connection.js";

/** Guests and guessers that are served at once: one more than there may be invitations, each of which serves one that knows its code. */
const SERVED_MAX = 4;
/** Connections that have said nothing yet: they cost a descriptor each. */
const SILENT_MAX = 16;
/** A ClientHello comes at once, and one that was lost is repeated after a second (RFC 6298 §2.1). Unit: ms. */
const FIRST_BYTE_MS = 2_000;
const HANDSHAKE_TIMEOUT_MS = 5_000;
/** A joiner comes once, and again when a person has mistyped. Faster ones would push joiners out before they have said a word. */
const ALLOWANCE = { burst: 8, perSecond: 2, addressesMax: 64 };

export interface AdmissionListener {
  readonly port: number;
  close(): void;
}

export interface ListenerOptions {
  readonly host: string;
  readonly tls: TlsIdentity;
  readonly clock: Pick<Clock, "nowMs">;
  readonly count: (counter: string) => void;
  /** Is given each connection whose handshake is over. @returns whether, by now, its other end has shown that it knows a code. */
  readonly accept: (socket: TLSSocket, channel: Uint8Array) => () => boolean;
}

interface Served {
  readonly name: string;
  knowsCode: () => boolean;
}

/** @throws MindosError ADDRESS_UNAVAILABLE */
export async function listenForJoiners(options: ListenerOptions): Promise<AdmissionListener> {
  const listener = new JoinersListener(options);
  await listener.open();
  return listener;
}

class JoinersListener implements AdmissionListener {
  readonly #options: ListenerOptions;
  readonly #tcp: Server;
  /** Does not listen: it is handed those that have spoken. */
  readonly #tls: Server;
  readonly #allowances = new Allowances(ALLOWANCE);
  /** The oldest first. */
  readonly #silent = new Set<Socket>();
  readonly #served = new Map<Socket, Served>();
  readonly #joiners = new Set<TLSSocket>();

  constructor(options: ListenerOptions) {
    this.#options = options;
    const { key, cert } = options.tls;
    this.#tcp = createServer({ pauseOnConnect: true }, (socket) => this.#knocked(socket));
    const tlsOptions = { key, cert, minVersion: "TLSv1.3", handshakeTimeout: HANDSHAKE_TIMEOUT_MS } as const;
    this.#tls = createTlsServer(tlsOptions, (socket) => this.#shaken(socket));
    this.#tls.on("tlsClientError", (_error, socket) => socket.destroy());
  }

  get port(): number {
    return (this.#tcp.address() as AddressInfo).port;
  }

  open(): Promise<void> {
    const { host } = this.#options;
    return new Promise((resolve, reject) => {
      this.#tcp.once("error", (cause) =>
        reject(new MindosError("ADDRESS_UNAVAILABLE", `this machine cannot listen on ${host}`, { cause })),
      );
      this.#tcp.listen({ host, port: 0 }, resolve);
    });
  }

  close(): void {
    this.#tcp.close();
    for (const socket of this.#silent) socket.destroy();
    // What was said last still leaves.
    for (const socket of this.#joiners) socket.destroySoon();
  }

  #knocked(socket: Socket): void {
    socket.on("error", () => undefined); // "close" follows
    const [oldest] = this.#silent;
    if (oldest !== undefined && this.#silent.size >= SILENT_MAX) this.#putOut(oldest);
    this.#silent.add(socket);
    const timer = setTimeout(() => this.#putOut(socket), FIRST_BYTE_MS).unref();
    // What it says stays in the socket, where TLS finds it.
    socket.once("readable", () => {
      clearTimeout(timer);
      this.#spoke(socket);
    });
    socket.once("close", () => {
      clearTimeout(timer);
      this.#silent.delete(socket);
      this.#served.delete(socket);
    });
  }

  #spoke(socket: Socket): void {
    const address = socket.remoteAddress ?? "";
    if (!this.#silent.delete(socket) || socket.destroyed) return;
    if (socket.readableLength === 0 || !this.#allowances.spend(address, 1, this.#options.clock.nowMs()))
      return this.#putOut(socket);
    if (this.#served.size >= SERVED_MAX) {
      const [oldest] = [...this.#served].find(([, { knowsCode }]) => !knowsCode()) ?? [];
      this.#putOut(oldest ?? socket);
      if (oldest === undefined) return;
    }
    this.#served.set(socket, { name: nameOf(socket), knowsCode: () => false });
    this.#tls.emit("connection", socket);
  }

  #putOut(socket: Socket): void {
    this.#silent.delete(socket);
    this.#served.delete(socket);
    this.#options.count("mesh.admission.putOut");
    socket.destroy();
  }

  #shaken(socket: TLSSocket): void {
    const served = [...this.#served.values()].find(({ name }) => name === nameOf(socket));
    if (served === undefined) {
      socket.on("error", () => undefined).destroy(); // put out a moment ago
      return;
    }
    this.#joiners.add(socket);
    socket.once("close", () => this.#joiners.delete(socket));
    served.knowsCode = this.#options.accept(socket, channelOf(socket));
  }
}

function nameOf(socket: Socket): string {
  return `${socket.remoteAddress ?? ""}:${socket.remotePort ?? 0}`;
}
