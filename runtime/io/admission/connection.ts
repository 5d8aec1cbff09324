/**
 * The connection of an invitation: TLS 1.3 between two hubs that do not know each other yet, one exchange on it. Nobody vouches
 * for the inviter's certificate; what binds the two ends is the exporter (RFC 8446 §7.5), which goes into the digits.
 */

import { connect, type TLSSocket } from "node:tls";
import { MindosError } from "../../core/errors.js";
import type { AdmitBody } from "../../core/messages-admission.js";
import type { Clock, Rng } from "../../core/time.js";
import { AdmitReader, encodeAdmit } from "../../wire/admission-frames.js";
import { peerKeyOf } from "../tls/identity.js";

const EXPORTER_LABEL = "EXPORTER-mindos-admission";
const EXPORTER_BYTES = 32;
const CONNECT_TIMEOUT_MS = 5_000;
/** setTimeout takes no more. Unit: ms. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** `InviterExchange` or `JoinerExchange`. */
export interface Exchange {
  readonly isOver: boolean;
  readonly deadlineMs: number;
  on(body: AdmitBody, nowMs: number, rng: Rng): readonly AdmitBody[];
  tick(nowMs: number): readonly AdmitBody[];
  closed(): void;
}

export interface AdmissionTools {
  readonly clock: Clock;
  readonly rng: Rng;
  /** Told after every step. */
  readonly changed: () => void;
}

/** Carries one exchange over one socket; owns its timer, and ends the connection with it. */
export class AdmissionConnection {
  readonly #socket: TLSSocket;
  readonly #exchange: Exchange;
  readonly #tools: AdmissionTools;
  readonly #reader = new AdmitReader();
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: TLSSocket, exchange: Exchange, tools: AdmissionTools) {
    this.#socket = socket;
    this.#exchange = exchange;
    this.#tools = tools;
    socket.on("data", (piece: Buffer) => this.#read(piece));
    socket.on("error", () => undefined); // "close" follows
    socket.once("close", () => this.#closed());
    this.#arm();
  }

  /** Sends what a command of this side made. */
  say(bodies: readonly AdmitBody[]): void {
    for (const body of bodies) if (this.#socket.writable) this.#socket.write(encodeAdmit(body));
    if (this.#exchange.isOver) this.#socket.end();
    this.#arm();
    this.#tools.changed();
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(piece: Uint8Array): void {
    const { clock, rng } = this.#tools;
    for (const body of this.#reader.push(piece)) {
      if (this.#exchange.isOver) return;
      if ("problem" in body) return this.close();
      this.say(this.#exchange.on(body, clock.nowMs(), rng));
    }
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#exchange.isOver || this.#socket.destroyed) return;
    const inMs = Math.max(0, this.#exchange.deadlineMs - this.#tools.clock.nowMs());
    this.#timer = setTimeout(
      () => this.say(this.#exchange.tick(this.#tools.clock.nowMs())),
      Math.min(inMs, TIMER_MS_MAX),
    );
    this.#timer.unref();
  }

  #closed(): void {
    clearTimeout(this.#timer);
    this.#exchange.closed();
    this.#tools.changed();
  }
}

export interface DialledInviter {
  readonly socket: TLSSocket;
  readonly channel: Uint8Array;
  readonly channelKey: Uint8Array;
}

/** @throws MindosError INVITER_NOT_FOUND */
export function dialInviter(host: string, port: number): Promise<DialledInviter> {
  return new Promise((resolve, reject) => {
    // No authority vouches for the other end: the digits do.
    const socket = connect({ host, port, minVersion: "TLSv1.3", rejectUnauthorized: false });
    const fail = (cause?: Error): void => {
      socket.destroy();
      reject(
        new MindosError("INVITER_NOT_FOUND", `no hub with an open invitation answers at ${host}:${port}`, { cause }),
      );
    };
    const deadline = setTimeout(fail, CONNECT_TIMEOUT_MS);
    socket.once("error", fail);
    socket.once("close", () => clearTimeout(deadline));
    socket.once("secureConnect", () => {
      clearTimeout(deadline);
      const channelKey = peerKeyOf(socket);
      if (channelKey === undefined) return fail();
      socket.off("error", fail);
      resolve({ socket, channel: channelOf(socket), channelKey });
    });
  });
}

/** What binds an exchange to this connection. */
export function channelOf(socket: TLSSocket): Uint8Array {
  return new Uint8Array(socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0)));
}
