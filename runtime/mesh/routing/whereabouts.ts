/** Where this hub is, and when it has to look again although nothing is heard. The rule itself is in `regions.ts`. */
import type { Locator } from "../../core/mesh.js";
import { locate, type Surroundings } from "./regions.js";
import type { RoutingSettings } from "./settings.js";
import { SELF } from "./table.js";

const NEVER = Number.POSITIVE_INFINITY;

export class Whereabouts {
  locator: Locator = Object.freeze([]);
  /** When to look again. Unit: ms. */
  deadlineMs = NEVER;
  /** Until when those around may not yet be of the regions above that this hub has moved to. Unit: ms. */
  #aboveNewUntilMs = 0;

  constructor(readonly settings: RoutingSettings) {}

  /** @returns whether this hub is elsewhere now. */
  look({ table, neighbours }: Pick<Surroundings, "table" | "neighbours">, nowMs: number): boolean {
    const { landmarkHoldMs, regionHoldMs } = this.settings;
    const before = this.locator;
    const isAboveNew = nowMs < this.#aboveNewUntilMs;
    const around = { table, neighbours, locator: before };
    const place = locate(around, nowMs, isAboveNew ? regionHoldMs : landmarkHoldMs, isAboveNew);
    if (isElsewhereAbove(place, before)) this.#aboveNewUntilMs = nowMs + regionHoldMs;
    const isHeld = place.some((landmark) => !table.isReachable(table.slots.get(landmark) ?? SELF));
    this.deadlineMs = Math.min(
      isHeld ? nowMs + landmarkHoldMs : NEVER,
      nowMs < this.#aboveNewUntilMs ? this.#aboveNewUntilMs : NEVER,
    );
    this.locator = place;
    return place !== before;
  }
}

function isElsewhereAbove(place: Locator, before: Locator): boolean {
  for (let above = 1; above < Math.max(place.length, before.length); above++) {
    if (place[above] !== before[above]) return true;
  }
  return false;
}
