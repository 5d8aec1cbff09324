/** Tells the home what this hub offers (ADVERT), and its cell how busy it is (LOAD), when that changes. */
import type { HubId } from "../core/ids.js";
import type { AdvertBody, LoadBody } from "../core/messages.js";
import type { Clock } from "../core/time.js";
import { type SentLoad, shouldSend } from "../intents/load-report.js";
import { neighbourLoads } from "../mesh/node/views.js";
import type { MeshDriver } from "./mesh-driver.js";

export interface AnnouncerOptions {
  readonly self: HubId;
  readonly name: () => string;
  readonly mesh: MeshDriver;
  /** Takes what this hub offers now, whether it has changed or not. */
  readonly offer: (advert: AdvertBody) => void;
  readonly clock: Clock;
  readonly topics: () => readonly string[];
  readonly places: () => readonly string[];
  readonly sensorCount: () => number;
  readonly load: () => Omit<LoadBody, "neighbours" | "sensors">;
}

/** What a frame carries at most; the first of the sorted names go. */
const NAMES_MAX = 64;

export class Announcer {
  readonly #options: AnnouncerOptions;
  #advert: AdvertBody | undefined;
  #sent: SentLoad | undefined;
  #linkedTo = "";
  /** Since when the links are these. Unit: ms. */
  #linkedMs = 0;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
  }

  /** Called every second. */
  tick(): void {
    this.offer();
    this.#announceLoad();
  }

  /** Called besides when the door has opened: what is written before the first link goes on with what others wrote, not alone. */
  offer(): void {
    this.#options.offer(this.#presentAdvert());
  }

  #presentAdvert(): AdvertBody {
    const { self, name, clock, topics, places, sensorCount } = this.#options;
    const next = {
      hub: self,
      name: name(),
      topics: [...topics()].sort().slice(0, NAMES_MAX),
      places: [...places()].sort().slice(0, NAMES_MAX),
      sensorCount: sensorCount(),
      // LOAD tells them: links come and go, and an advert is signed and kept by all.
      neighbours: [],
    };
    const { version = 0, ...previous } = this.#advert ?? {};
    if (this.#advert !== undefined && JSON.stringify(sorted(previous)) === JSON.stringify(sorted(next)))
      return this.#advert;
    // Wall time, so that it grows across restarts; one more at the least, in case the clock was set back.
    this.#advert = { ...next, version: Math.max(version + 1, clock.wallMs()) };
    return this.#advert;
  }

  #announceLoad(): void {
    const { mesh, clock, sensorCount, load } = this.#options;
    const nowMs = clock.nowMs();
    const neighbours = neighbourLoads(mesh.node).slice(0, NAMES_MAX);
    const next: LoadBody = { ...load(), sensors: sensorCount(), neighbours };
    const linkedTo = neighbours
      .map(({ hub }) => hub)
      .sort()
      .join();
    if (linkedTo !== this.#linkedTo) [this.#linkedTo, this.#linkedMs] = [linkedTo, nowMs];
    const { lateness, routes } = mesh.node.parts;
    const moment = {
      nowMs,
      cellHubs: routes.cell().length,
      linkedMs: this.#linkedMs,
      isBehind: lateness.isBehind(nowMs),
    };
    if (!shouldSend(this.#sent, next, moment)) return;
    this.#sent = { load: next, sentMs: nowMs };
    mesh.announce({ type: "LOAD", ...next });
  }
}

function sorted(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
