/** The doors to the outside. `runtime/io` holds the real implementations, `test/` the fakes; one contract suite each. */
import type { HubId } from "./ids.js";
import type { Datagram } from "./mesh.js";

/** An ordered key-value store. Keys are UTF-8, compared byte by byte. */
export interface Store {
  get(key: string): Promise<Uint8Array | undefined>;
  /** All of it or none of it; resolved means it survives a power cut, unless `durable` is false: then it survives a
   *  crash of the process, and a power cut takes at most the newest of such writes, in order.
   *  @throws MindosError DISK_FULL | STORE_CORRUPT */
  write(operations: readonly StoreOperation[], options?: { readonly durable?: boolean }): Promise<void>;
  /** In key order, from `from` (inclusive) up to `to` (exclusive). */
  range(
    from: string,
    to: string,
    options?: { readonly limit?: number; readonly reverse?: boolean },
  ): AsyncIterable<readonly [string, Uint8Array]>;
  close(): Promise<void>;
}

export type StoreOperation =
  | { readonly type: "put"; readonly key: string; readonly value: Uint8Array }
  | { readonly type: "delete"; readonly key: string };

/** One other hub that may be dialled. */
export interface PeerAddress {
  /** Absent for an address that a person wrote down: whose it is, the channel tells. */
  readonly hub?: HubId;
  readonly host: string;
  readonly port: number;
}

/** This hub, as it announces itself. */
export interface OwnAddress extends PeerAddress {
  readonly hub: HubId;
}

/** Finds hubs nearby: DNS-SD, or a static list. */
export interface Discovery {
  readonly name: string;
  /** Announces this hub and reports others, again whenever their address changes. */
  start(self: OwnAddress, found: (peer: PeerAddress) => void): Promise<void>;
  stop(): Promise<void>;
}

/** One message channel to one other hub. Frames arrive in order or not at all; there is no delivery guarantee. */
export interface Link {
  /** Local name of this session, never reused while the process lives. */
  readonly linkId: number;
  /** Whether this side dialled it. */
  readonly dialled: boolean;
  /** Who is at the other end, proven by the channel. Whether that hub may be here is not. */
  readonly peer: HubId;
  /** @param frame given away: it may wait in a buffer, and must not be changed any more.
   *  @returns false when the frame was not taken because the outgoing buffer is full. */
  send(frame: Uint8Array): boolean;
  /** Beside the link: it arrives at once, or never. Absent: nothing passes beside a link of this kind. */
  sendDatagram?(datagram: Datagram): void;
  close(): void;
}

export interface LinkEvents {
  opened(link: Link): void;
  received(link: Link, frame: Uint8Array): void;
  /** Beside the link; said by its other end, once. Absent: nobody asks for them. */
  datagram?(link: Link, datagram: Datagram): void;
  closed(link: Link): void;
}

/** Named counters of drops and errors, shown in `status`. Names come from code, never from remotes, so they are bounded. */
export interface Counters {
  count(name: string, by?: number): void;
  snapshot(): Readonly<Record<string, number>>;
}
