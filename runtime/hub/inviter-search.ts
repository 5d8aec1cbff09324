/**
 * How a hub that was given three words finds the hub that invites: DNS-SD, under a name of its own that says nothing of
 * the home. Announced only while an invitation is open; whoever finds it still needs the words.
 */
import { hubIdFromBytes } from "../core/ids.js";
import type { Counters, Discovery, PeerAddress } from "../core/ports.js";
import type { Clock, Rng } from "../core/time.js";
import { interfacesOf } from "./interfaces.js";

export interface InviterSearchOptions {
  /** Where this hub listens for joiners. */
  readonly host: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly counters: Counters;
}

const TAG = "invitation";
/** An announcement is answered within a second; a slow network gets two more. Unit: ms. */
const SEARCH_MS = 3_000;

export class InviterSearch {
  readonly #options: InviterSearchOptions;
  #announcing: Promise<readonly Discovery[]> = Promise.resolve([]);

  constructor(options: InviterSearchOptions) {
    this.#options = options;
  }

  /** @param port where joiners come in; undefined: no invitation is open any more. */
  announce(port: number | undefined): void {
    this.#announcing = this.#announcing
      .then(async (earlier) => {
        await stopAll(earlier);
        return port === undefined ? [] : await this.#start(port, false, () => undefined);
      })
      .catch(() => []); // no multicast here: the address and --at remain
  }

  /** @returns the first that answers. */
  async find(): Promise<{ readonly host: string; readonly port: number } | undefined> {
    let started: readonly Discovery[] = [];
    try {
      return await new Promise<PeerAddress | undefined>((resolve, reject) => {
        setTimeout(() => resolve(undefined), SEARCH_MS);
        this.#start(1, true, resolve).then((discoveries) => {
          started = discoveries;
        }, reject);
      });
    } catch {
      return undefined;
    } finally {
      await stopAll(started);
    }
  }

  async stop(): Promise<void> {
    await stopAll(await this.#announcing);
  }

  async #start(port: number, listensOnly: boolean, found: (peer: PeerAddress) => void): Promise<Discovery[]> {
    const { clock, counters, host, rng } = this.#options;
    const { createDnsSdDiscovery } = await import("../io/discovery/dns-sd.js");
    // Not the hub's own id: the announcement is for strangers.
    const hub = hubIdFromBytes(rng(16));
    const discoveries = interfacesOf(host).map((interfaceAddress) =>
      createDnsSdDiscovery({ interfaceAddress, home: TAG, listensOnly, clock, counters, rng }),
    );
    const outcomes = await Promise.allSettled(discoveries.map((one) => one.start({ hub, host, port }, found)));
    return discoveries.filter((_, at) => outcomes[at]?.status === "fulfilled");
  }
}

async function stopAll(discoveries: readonly Discovery[]): Promise<void> {
  await Promise.allSettled(discoveries.map((discovery) => discovery.stop()));
}
