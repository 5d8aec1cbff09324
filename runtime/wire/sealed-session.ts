/**
 * A session between two hubs over a broker: a stream whose packets are sealed, numbered and rekeyed. Pure.
 * Every packet has a number of its own, also one that carries a segment again, so no nonce is used twice with a key.
 */
import { concatBytes } from "../core/bytes.js";
import type { HubId } from "../core/ids.js";
import { expand, nonceOf, type SealedCrypto } from "./sealed-crypto.js";
import type { SessionSecrets } from "./sealed-handshake.js";
import { DATA_HEADER_BYTES, readDataHeader, SEAL_BYTES, writeDataHeader } from "./sealed-packet.js";
import type { SealedSettings } from "./sealed-settings.js";
import { SealedStream, type StreamEnd } from "./sealed-stream.js";

export interface SessionEvents {
  /** For the peer's inbox. */
  packet(packet: Uint8Array): void;
  frame(frame: Uint8Array): void;
  ended(reason: StreamEnd): void;
  /** A packet was dropped, by a name of ours. */
  dropped(why: "replayed" | "forged" | "truncated"): void;
}

export interface SessionOptions {
  readonly crypto: SealedCrypto;
  readonly settings: SealedSettings;
  readonly secrets: SessionSecrets;
  readonly events: SessionEvents;
}

/** Packets this far behind the newest are dropped as replayed (RFC 4303 §3.4.3). The stream would bear them; the count tells of them. */
const REPLAY_WINDOW = 256;
const GENERATIONS = 65_536;

export class SealedSession {
  readonly peer: HubId;
  readonly ownSid: Uint8Array;
  readonly #options: SessionOptions;
  readonly #stream: SealedStream;
  readonly #seen = new Uint8Array(REPLAY_WINDOW);
  #sendKey: Uint8Array;
  #sendGeneration = 0;
  #sentNumber = 0;
  #rekeyNumber: number;
  #rekeyMs: number;
  /** Of the generation before, this and the next. */
  #receiveKeys: [Uint8Array | undefined, Uint8Array, Uint8Array];
  #receiveGeneration = 0;
  #heardNumber = 0;

  constructor(options: SessionOptions, nowMs: number) {
    const { crypto, events, secrets, settings } = options;
    this.#options = options;
    this.peer = secrets.peer;
    this.ownSid = secrets.ownSid;
    this.#sendKey = secrets.sendKey;
    this.#receiveKeys = [undefined, secrets.receiveKey, nextKey(crypto, secrets.receiveKey)];
    this.#rekeyNumber = settings.rekeyPackets;
    this.#rekeyMs = nowMs + settings.rekeyMs;
    this.#stream = new SealedStream(
      settings,
      { packet: (body) => this.#seal(body), frame: (frame) => events.frame(frame), ended: (why) => events.ended(why) },
      nowMs,
    );
  }

  get rttMs(): number {
    return this.#stream.rttMs;
  }

  get deadlineMs(): number {
    return this.#stream.deadlineMs;
  }

  write(frame: Uint8Array, nowMs: number): boolean {
    return this.#stream.write(frame, nowMs);
  }

  receive(packet: Uint8Array, nowMs: number): void {
    const { crypto, events } = this.#options;
    if (packet.length < DATA_HEADER_BYTES + SEAL_BYTES) return events.dropped("truncated");
    const { generation, number } = readDataHeader(packet);
    if (number === 0 || this.#isReplayed(number)) return events.dropped("replayed");
    const step = (generation - this.#receiveGeneration + 1 + GENERATIONS) % GENERATIONS;
    const key = this.#receiveKeys[step];
    if (key === undefined) return events.dropped("forged");
    const header = packet.subarray(0, DATA_HEADER_BYTES);
    const body = crypto.open(key, nonceOf(number), header, packet.subarray(DATA_HEADER_BYTES));
    if (body === undefined) return events.dropped("forged");
    if (step === 2) this.#followRekey();
    this.#markSeen(number);
    if (this.#rekeyMs <= nowMs) this.#rekey(nowMs);
    this.#stream.receive(body, nowMs);
  }

  tick(nowMs: number): void {
    if (this.#rekeyMs <= nowMs) this.#rekey(nowMs);
    this.#stream.tick(nowMs);
  }

  resume(nowMs: number): void {
    this.#stream.resume(nowMs);
  }

  /** Tells the other end, once; nothing is reported. */
  close(): void {
    this.#stream.close();
  }

  #seal(body: Uint8Array): void {
    const { crypto, events, secrets, settings } = this.#options;
    this.#sentNumber += 1;
    if (this.#sentNumber > this.#rekeyNumber) this.#rekey(this.#rekeyMs - settings.rekeyMs);
    const header = writeDataHeader(secrets.peerSid, { generation: this.#sendGeneration, number: this.#sentNumber });
    events.packet(concatBytes(header, crypto.seal(this.#sendKey, nonceOf(this.#sentNumber), header, body)));
  }

  #rekey(nowMs: number): void {
    const { crypto, settings } = this.#options;
    this.#sendKey = nextKey(crypto, this.#sendKey);
    this.#sendGeneration = (this.#sendGeneration + 1) % GENERATIONS;
    this.#rekeyNumber = this.#sentNumber + settings.rekeyPackets;
    this.#rekeyMs = nowMs + settings.rekeyMs;
  }

  #followRekey(): void {
    const [, current, next] = this.#receiveKeys;
    this.#receiveKeys = [current, next, nextKey(this.#options.crypto, next)];
    this.#receiveGeneration = (this.#receiveGeneration + 1) % GENERATIONS;
  }

  #isReplayed(number: number): boolean {
    if (number > this.#heardNumber) return false;
    return number <= this.#heardNumber - REPLAY_WINDOW || this.#seen[number % REPLAY_WINDOW] === 1;
  }

  #markSeen(number: number): void {
    const skipped = Math.min(REPLAY_WINDOW, number - this.#heardNumber);
    for (let i = 1; i <= skipped; i++) this.#seen[(this.#heardNumber + i) % REPLAY_WINDOW] = 0;
    if (number - this.#heardNumber > REPLAY_WINDOW) this.#seen.fill(0);
    this.#heardNumber = Math.max(this.#heardNumber, number);
    this.#seen[number % REPLAY_WINDOW] = 1;
  }
}

function nextKey(crypto: SealedCrypto, key: Uint8Array): Uint8Array {
  return expand(crypto, key, "mindos-sealed-rekey-v1");
}
