/** The detections that this hub has raised or heard of, newest last, bounded. An id seen again replaces the older one. */
import type { Detection } from "../core/detection.js";
import type { HubId } from "../core/ids.js";

const DETECTIONS_MAX = 200;

export class Detections {
  readonly #byId = new Map<string, { readonly hub: HubId; readonly detection: Detection }>();
  #raised = 0;

  /** Of this hub's own agents, since start; an event counts once. */
  get raised(): number {
    return this.#raised;
  }

  /** @returns false when another hub already owns this id: a detection is only ever changed by who raised it. */
  add(hub: HubId, detection: Detection, own: boolean): boolean {
    const known = this.#byId.get(detection.id);
    if (known !== undefined && known.hub !== hub) return false;
    if (known === undefined && own) this.#raised += 1;
    this.#byId.delete(detection.id);
    this.#byId.set(detection.id, { hub, detection });
    const oldest = this.#byId.keys().next().value;
    if (this.#byId.size > DETECTIONS_MAX && oldest !== undefined) this.#byId.delete(oldest);
    return true;
  }

  newestFirst(): Detection[] {
    return [...this.#byId.values()].map(({ detection }) => detection).reverse();
  }

  /** Those of this hub that still go on, to be told to a hub that comes later. */
  ongoingOf(hub: HubId): Detection[] {
    return [...this.#byId.values()]
      .filter((entry) => entry.hub === hub && entry.detection.endedWallMs === undefined)
      .map((entry) => entry.detection);
  }
}
