/** Where a hub is: LOOKUP. Pure. */
import { LOCATOR_LEVELS_MAX } from "../../core/mesh.js";
import {
  type Asker,
  LOOKUP_LIFETIME_S_MAX,
  LOOKUP_RANK_MAX,
  type LookupBody,
  PLACE_PROOF_BYTES,
  type Place,
  type SearchedRegion,
} from "../../core/messages-directory.js";
import { HOPS_MAX } from "../../core/routed.js";
import { list, record } from "../codec.js";
import { byteString, hubId, integer, registered, uint32, uint53 } from "../fields.js";

const NONE = { value: 0, is: (value: number) => value === 0 };
const locator = list(hubId, LOCATOR_LEVELS_MAX);

const place = record<Place>({
  epoch: { key: 1, codec: uint32 },
  version: { key: 2, codec: uint53 },
  locator: { key: 3, codec: locator },
  lifetimeS: { key: 4, codec: integer(1, LOOKUP_LIFETIME_S_MAX) },
  proof: { key: 5, codec: byteString(PLACE_PROOF_BYTES), optional: true },
});

const asker = record<Asker>({
  hub: { key: 1, codec: hubId },
  locator: { key: 2, codec: locator },
});

const region = record<SearchedRegion>({
  level: { key: 1, codec: integer(0, LOCATOR_LEVELS_MAX) },
  id: { key: 2, codec: hubId },
});

export const lookup = record<LookupBody>({
  op: { key: 1, codec: registered("lookup operation", { register: 0, ask: 1, answer: 2, search: 3 }) },
  hub: { key: 2, codec: hubId },
  hops: { key: 3, codec: integer(0, HOPS_MAX), whenAbsent: NONE },
  rank: { key: 5, codec: integer(0, LOOKUP_RANK_MAX), whenAbsent: NONE },
  place: { key: 7, codec: place, optional: true },
  asker: { key: 9, codec: asker, optional: true },
  region: { key: 11, codec: region, optional: true },
});
