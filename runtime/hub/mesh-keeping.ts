/** What the mesh keeps in the store over a restart: keys, and how it is read again. */
import type { Store } from "../core/ports.js";
import { OUTBOX_PREFIX } from "../mesh/outbox/records.js";
import type { MeshDriver } from "./mesh-driver.js";

/** A store key for each thing that a part keeps: names are the parts' own. */
export const KEEP_PREFIX = "mesh/keep/";
const KEEP_END = "mesh/keep0";
const OUTBOX_END = `${OUTBOX_PREFIX.slice(0, -1)}0`;

/** What an earlier run, or an earlier node of this one, has kept.
 *  @returns hands it over at once, before any link opens. */
export async function readKept(store: Pick<Store, "range">): Promise<(driver: MeshDriver) => void> {
  const parts: (readonly [string, Uint8Array])[] = [];
  for await (const entry of store.range(KEEP_PREFIX, KEEP_END)) parts.push(entry);
  const parcels: (readonly [string, Uint8Array])[] = [];
  for await (const entry of store.range(OUTBOX_PREFIX, OUTBOX_END)) parcels.push(entry);
  return (driver) => {
    for (const [key, value] of parts) driver.restore(key.slice(KEEP_PREFIX.length), value);
    if (parcels.length > 0) driver.restoreParcels(parcels);
  };
}
