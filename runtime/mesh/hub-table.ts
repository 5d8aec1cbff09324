/**
 * What this hub knows of the others: the newest ADVERT and LOAD of each, and whether it lives. Pure, bounded.
 */
import type { HubId } from "../core/ids.js";
import type { AdvertBody, LoadBody } from "../core/messages.js";
import type { HubView } from "../core/status.js";

export type RemoteState = "alive" | "suspect" | "dead";

export interface HubRecord {
  readonly hub: HubId;
  name: string;
  epoch: number;
  state: RemoteState;
  /** The link that frames to it go over; absent when there is none. */
  linkId: number | undefined;
  lastHeardMs: number;
  advert: AdvertBody | undefined;
  load: LoadBody | undefined;
}

export class HubTable {
  readonly #records = new Map<HubId, HubRecord>();
  constructor(readonly hubsMax: number) {}

  get(hub: HubId): HubRecord | undefined {
    return this.#records.get(hub);
  }

  values(): IterableIterator<HubRecord> {
    return this.#records.values();
  }

  /** @returns the record, new or known; when the table is full the hub heard of longest ago without a link makes room,
   *  and undefined is returned when every hub has a link. */
  meet(hub: HubId, name: string, epoch: number, nowMs: number): HubRecord | undefined {
    const known = this.#records.get(hub);
    if (known !== undefined) {
      known.name = name;
      // A restarted hub counts its adverts anew.
      if (known.epoch !== epoch) known.advert = undefined;
      known.epoch = epoch;
      known.lastHeardMs = nowMs;
      return known;
    }
    if (this.#records.size >= this.hubsMax && !this.#evict()) return undefined;
    const record: HubRecord = {
      hub,
      name,
      epoch,
      state: "alive",
      linkId: undefined,
      lastHeardMs: nowMs,
      advert: undefined,
      load: undefined,
    };
    this.#records.set(hub, record);
    return record;
  }

  delete(hub: HubId): void {
    this.#records.delete(hub);
  }

  /** @param rttOf smoothed round trip of a hub's link. */
  views(rttOf: (linkId: number) => number | undefined): HubView[] {
    const views = [...this.#records.values()].map((record) => viewOf(record, rttOf));
    return views.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.hub < b.hub ? -1 : 1));
  }

  #evict(): boolean {
    let oldest: HubRecord | undefined;
    for (const record of this.#records.values()) {
      if (record.linkId !== undefined) continue;
      if (oldest === undefined || record.lastHeardMs < oldest.lastHeardMs) oldest = record;
    }
    return oldest !== undefined && this.#records.delete(oldest.hub);
  }
}

function viewOf(record: HubRecord, rttOf: (linkId: number) => number | undefined): HubView {
  const { advert, load } = record;
  const rttMs = record.linkId === undefined ? undefined : rttOf(record.linkId);
  return {
    hub: record.hub,
    name: record.name,
    state: record.state,
    ...(rttMs === undefined ? {} : { rttMs }),
    neighbours:
      record.state === "dead" ? [] : (load?.neighbours.map((neighbour) => neighbour.hub) ?? advert?.neighbours ?? []),
    sensorCount: load?.sensors ?? advert?.sensorCount ?? 0,
    topics: advert?.topics ?? [],
    ...(load === undefined ? {} : { cpuLoad: load.cpuLoad, freeMemoryMiB: load.freeMemoryMiB }),
  };
}
