/** Links without sockets: the real link table over a network in memory, for tests of what stands on links. */
import { createCounters } from "../../runtime/core/counters.js";
import type { HubId } from "../../runtime/core/ids.js";
import type { Counters, LinkEvents } from "../../runtime/core/ports.js";
import { systemClock } from "../../runtime/io/clock.js";
import type { Dialling, DialOptions } from "../../runtime/io/link/dialler.js";
import { FRAME_BYTES_MAX, LINK_OUTGOING_BYTES_MAX } from "../../runtime/io/link/frames.js";
import { createLinks, type Links, type LinksOptions } from "../../runtime/io/link/link.js";
import type { LinkSession, SessionEvents } from "../../runtime/io/link/session.js";

export interface MemoryNetwork {
  /** Each hub gets a port; its host is "memory". */
  join(
    selfId: HubId,
    events: LinkEvents,
    options?: Partial<LinksOptions>,
  ): { readonly links: Links; readonly port: number };
  /** While true nothing is carried, and nothing is lost. */
  stalled: boolean;
}

interface Door {
  readonly hub: HubId;
  readonly events: SessionEvents;
}

export function createMemoryNetwork(counters: Counters = createCounters()): MemoryNetwork {
  const doors = new Map<number, Door>();
  const network: MemoryNetwork = {
    stalled: false,
    join(selfId, events, options = {}) {
      const port = doors.size + 2; // nobody listens on 1
      const links = createLinks({
        selfId,
        counters,
        events,
        clock: systemClock,
        rng: (length) => new Uint8Array(length),
        door: { accept: (taker) => void doors.set(port, { hub: selfId, events: taker }) },
        dialWith: (dial) => dialInMemory(dial, doors.get(dial.port), () => network.stalled),
        ...options,
      });
      return { links, port };
    },
  };
  return network;
}

/** One direction. Order is kept; what is not carried yet counts against the bound. */
class Pipe {
  readonly #waiting: Uint8Array[] = [];
  #bytes = 0;
  #draining = false;
  constructor(
    readonly isOpen: () => boolean,
    readonly isStalled: () => boolean,
    readonly deliver: (frame: Uint8Array) => void,
  ) {}

  send(frame: Uint8Array): boolean {
    if (frame.length > FRAME_BYTES_MAX) throw new RangeError(`a frame of ${frame.length} bytes`);
    if (!this.isOpen() || this.#bytes + frame.length > LINK_OUTGOING_BYTES_MAX) return false;
    this.#waiting.push(frame.slice());
    this.#bytes += frame.length;
    this.#drain();
    return true;
  }

  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    setImmediate(() => {
      this.#draining = false;
      while (!this.isStalled() && this.isOpen() && this.#waiting.length > 0) {
        const frame = this.#waiting.shift() as Uint8Array;
        this.#bytes -= frame.length;
        this.deliver(frame);
      }
      if (this.isOpen() && this.#waiting.length > 0) this.#drain();
    });
  }
}

function dialInMemory(dial: DialOptions, door: Door | undefined, isStalled: () => boolean): Dialling {
  const peer = door?.hub ?? dial.selfId;
  const leadsHome = peer === dial.selfId;
  const isWrong = leadsHome || (dial.hub !== undefined && dial.hub !== peer);
  let state: "dialling" | "open" | "closed" = "dialling";
  const isOpen = (): boolean => state === "open";
  const end = (): void => {
    if (state === "closed") return;
    const wasOpen = isOpen();
    state = "closed";
    if (wasOpen) door?.events.closed(far);
    dial.closed(door !== undefined && leadsHome);
  };
  const toFar = new Pipe(isOpen, isStalled, (frame) => door?.events.received(far, frame));
  const toNear = new Pipe(isOpen, isStalled, (frame) => dial.received(near, frame));
  const session = { beat: () => undefined, close: end, remote: "memory" };
  const near: LinkSession = { ...session, peer, send: (frame) => toFar.send(frame) };
  const far: LinkSession = { ...session, peer: dial.selfId, send: (frame) => toNear.send(frame) };
  setImmediate(() => {
    if (!door || isWrong) return end();
    if (state !== "dialling") return;
    state = "open";
    door.events.opened(far);
    if (isOpen()) dial.opened(near);
  });
  return {
    get isUnanswered() {
      return state === "dialling";
    },
    close: end,
  };
}
