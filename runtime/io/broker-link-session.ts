/**
 * The accepting end of a link: another hub that connected to this broker as an MQTT client. Not pure: a socket.
 * Frames go straight to that socket and come straight from its parser; the broker's fan-out has no part in it.
 */
import type { Duplex } from "node:stream";
import type { Client } from "aedes";
import type { HubId } from "../core/ids.js";
import type { Counters } from "../core/ports.js";
import { encodeFramePublish, FRAME_BYTES_MAX, LINK_OUTGOING_BYTES_MAX } from "./link-frames.js";

export interface LinkSession {
  /** As the other side claims; HELLO proves it, one layer up. */
  readonly hub: HubId;
  readonly address: string;
  /** @returns false when the outgoing buffer is full or the session is over.
   *  @throws RangeError for a frame over 64 KiB: the caller's mistake. */
  send(frame: Uint8Array): boolean;
  close(): void;
}

/** Told in this order for each session: opened, received…, closed. */
export interface LinkAcceptor {
  opened(session: LinkSession): void;
  /** @param frame a view into the receive buffer, valid during the call. */
  received(session: LinkSession, frame: Uint8Array): void;
  closed(session: LinkSession): void;
}

export class AcceptedSession implements LinkSession {
  readonly #conn: Duplex;
  #corked = false;
  #closed = false;

  constructor(
    client: Client,
    readonly hub: HubId,
    readonly address: string,
    private readonly acceptor: LinkAcceptor,
    private readonly counters: Counters,
  ) {
    this.#conn = client.conn;
  }

  /** Apart from the constructor, so that whoever hears of it can already find it. */
  announce(): void {
    this.acceptor.opened(this);
  }

  send(frame: Uint8Array): boolean {
    if (frame.length > FRAME_BYTES_MAX) throw new RangeError(`a frame of ${frame.length} bytes`);
    if (this.#closed || !this.#conn.writable) return false;
    if (this.#conn.writableLength + frame.length > LINK_OUTGOING_BYTES_MAX) {
      this.counters.count("link.buffer_full");
      return false;
    }
    this.#corkUntilTick(); // frames of one tick leave in one system call
    this.#conn.write(encodeFramePublish(frame));
    return true;
  }

  /** @returns false when the frame is longer than a frame may be. */
  deliver(frame: Uint8Array): boolean {
    if (frame.length > FRAME_BYTES_MAX) return false;
    if (!this.#closed) this.acceptor.received(this, frame);
    return true;
  }

  close(): void {
    this.#conn.destroy();
    this.ended();
  }

  /** The socket has gone, for whatever reason. */
  ended(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.acceptor.closed(this);
  }

  #corkUntilTick(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#conn.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#conn.uncork();
    });
  }
}
