/**
 * What the other hubs say of themselves: name, newest ADVERT and LOAD. Pure, bounded: past it the hub heard of longest ago goes.
 * Whether a hub lives is not kept here (`liveness`).
 */
import { LruMap } from "../../core/bounded.js";
import type { HubId } from "../../core/ids.js";
import type { AdvertBody, LoadBody } from "../../core/messages.js";

export interface HubRecord {
  readonly hub: HubId;
  name: string;
  advert: AdvertBody | undefined;
  load: LoadBody | undefined;
}

export class HubNames {
  readonly #records: LruMap<HubId, HubRecord>;

  /** @param hubsMax see `NodeSettings.hubsMax`. */
  constructor(hubsMax: number) {
    this.#records = new LruMap(hubsMax);
  }

  get(hub: HubId): HubRecord | undefined {
    return this.#records.get(hub);
  }

  values(): IterableIterator<HubRecord> {
    return this.#records.values();
  }

  meet(hub: HubId, name: string): HubRecord {
    const known = this.#records.get(hub);
    if (known !== undefined) {
      if (name !== "") known.name = name;
      return known;
    }
    const record: HubRecord = { hub, name, advert: undefined, load: undefined };
    this.#records.set(hub, record);
    return record;
  }

  /** @param advert proven to be that hub's own, and its newest. */
  offers(advert: AdvertBody): void {
    this.meet(advert.hub, advert.name).advert = advert;
  }

  onLoad(from: HubId, load: LoadBody): void {
    this.meet(from, "").load = load;
  }

  delete(hub: HubId): void {
    this.#records.delete(hub);
  }
}
