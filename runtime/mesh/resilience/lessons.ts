/** What was learnt, over a restart: JSON in UTF-8. Pure. Times are kept as ages, since monotonic time begins anew. */
import { type HubId, isHubId } from "../../core/ids.js";
import { BRIDGES_MAX, type Bridge } from "./bridges.js";
import { EPISODE_HUBS_MAX, EPISODES_MAX, type Episode } from "./episodes.js";

export const LESSONS_KEY = "mesh.lessons";
const VERSION = 1;
/** 16 episodes of 256 hubs, each id 35 bytes of JSON, and as much again. */
const BYTES_MAX = 320 * 1024;

export interface Lessons {
  readonly episodes: readonly Episode[];
  readonly bridges: readonly Bridge[];
}

export function writeLessons({ episodes, bridges }: Lessons, nowMs: number): Uint8Array {
  const ago = (ms: number): number => Math.max(0, Math.round((nowMs - ms) / 1000));
  const kept = {
    version: VERSION,
    episodes: episodes.map(({ beganMs, hubs }) => ({ ago: ago(beganMs), hubs })),
    bridges: bridges.map(({ hub, lost, behind, lastMs }) => ({
      hub,
      lost: Math.round(lost),
      behind,
      ago: ago(lastMs),
    })),
  };
  return new TextEncoder().encode(JSON.stringify(kept));
}

/** @returns undefined when it cannot be read; rows that are not as they must be are left out. */
export function readLessons(bytes: Uint8Array, nowMs: number): Lessons | undefined {
  if (bytes.length > BYTES_MAX) return undefined;
  let kept: unknown;
  try {
    kept = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  if (typeof kept !== "object" || kept === null) return undefined;
  const { version, episodes, bridges } = kept as Record<string, unknown>;
  if (version !== VERSION || !Array.isArray(episodes) || !Array.isArray(bridges)) return undefined;
  return {
    episodes: episodes.slice(0, EPISODES_MAX).flatMap((row) => episodeOf(row, nowMs)),
    bridges: bridges.slice(0, BRIDGES_MAX).flatMap((row) => bridgeOf(row, nowMs)),
  };
}

function episodeOf(row: unknown, nowMs: number): Episode[] {
  const { ago, hubs } = fieldsOf(row);
  if (!isCount(ago) || !areHubs(hubs) || hubs.length > EPISODE_HUBS_MAX) return [];
  return [{ beganMs: nowMs - ago * 1000, hubs }];
}

function bridgeOf(row: unknown, nowMs: number): Bridge[] {
  const { ago, hub, lost, behind } = fieldsOf(row);
  if (!isCount(ago) || !isCount(lost) || !areHubs([hub]) || !areHubs(behind)) return [];
  return [{ hub: hub as HubId, lost, behind, lastMs: nowMs - ago * 1000 }];
}

function fieldsOf(row: unknown): Readonly<Record<string, unknown>> {
  return typeof row === "object" && row !== null ? (row as Record<string, unknown>) : {};
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function areHubs(value: unknown): value is HubId[] {
  return Array.isArray(value) && value.every((hub) => typeof hub === "string" && isHubId(hub));
}
