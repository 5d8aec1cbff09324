/** What a hub can do and how busy it is: ADVERT and LOAD. Pure. */
import type { AdvertBody, LoadBody, NeighbourLoad } from "../../core/messages.js";
import { list, record } from "../codec.js";
import { hubId, identifier, label, MODEL_BYTES_MAX, place, real, TOPIC_BYTES_MAX, uint32, uint53 } from "../fields.js";
import { HUB_NAME_BYTES_MAX } from "./link.js";

export const NEIGHBOURS_MAX = 64;
export const TOPICS_MAX = 64;
export const PLACES_MAX = 64;
export const MODELS_MAX = 32;

export const advert = record<AdvertBody>({
  hub: { key: 1, codec: hubId },
  version: { key: 2, codec: uint53 },
  name: { key: 3, codec: label(HUB_NAME_BYTES_MAX) },
  topics: { key: 4, codec: list(identifier(TOPIC_BYTES_MAX), TOPICS_MAX) },
  places: { key: 5, codec: list(place, PLACES_MAX) },
  sensorCount: { key: 6, codec: uint32 },
  neighbours: { key: 7, codec: list(hubId, NEIGHBOURS_MAX) },
});

const neighbourLoad = record<NeighbourLoad>({
  hub: { key: 1, codec: hubId },
  rttMs: { key: 2, codec: real },
});

export const load = record<LoadBody>({
  queueLength: { key: 1, codec: uint32 },
  freeMemoryMiB: { key: 2, codec: real },
  cpuLoad: { key: 3, codec: real },
  sensors: { key: 4, codec: uint32 },
  warmModels: { key: 5, codec: list(identifier(MODEL_BYTES_MAX), MODELS_MAX) },
  neighbours: { key: 6, codec: list(neighbourLoad, NEIGHBOURS_MAX) },
});
