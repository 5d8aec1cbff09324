/**
 * Keeps this hub's coordinate: looks at the links' round trips, often while unsure and rarely when settled, and says when
 * it has moved far enough to be told again. Pure.
 */
import type { Coordinate } from "../../core/mesh.js";
import type { Rng } from "../../core/time.js";
import { jittered } from "../chance.js";
import { straightMs } from "../coordinates/distance.js";
import type { OverlayContext } from "./context.js";
import type { OverlayLink } from "./links.js";

/** Movement below this is never worth a message. Unit: ms. */
const DRIFT_MIN_MS = 0.5;
/** As sure as neighbours make each other. */
const SETTLED_ERROR = 0.3;

export class Placing {
  readonly #context: OverlayContext;
  #told: Coordinate;
  #pauseMs: number;
  #deadlineMs = Number.POSITIVE_INFINITY;

  constructor(context: OverlayContext) {
    this.#context = context;
    this.#told = context.coordinates.own;
    this.#pauseMs = context.settings.sampleMinMs;
  }

  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  linked(nowMs: number, rng: Rng): void {
    const { sampleMinMs } = this.#context.settings;
    if (this.#deadlineMs > nowMs + sampleMinMs) this.#deadlineMs = nowMs + jittered(rng, sampleMinMs);
  }

  /** @returns whether the coordinate has moved far enough to be told. */
  tick(nowMs: number, rng: Rng): boolean {
    if (nowMs < this.#deadlineMs) return false;
    const { settings, links, coordinates } = this.#context;
    for (const link of links.values()) this.observe(link, rng);
    const unsure = coordinates.own.error > SETTLED_ERROR;
    this.#pauseMs = Math.min(settings.sampleMaxMs, this.#pauseMs * (unsure ? 1.25 : 2));
    this.#deadlineMs = links.size === 0 ? Number.POSITIVE_INFINITY : nowMs + jittered(rng, this.#pauseMs);
    return this.#drifted();
  }

  /** @returns the coordinate, when it is to be told. */
  takeNews(): Coordinate | undefined {
    if (!this.#drifted()) return undefined;
    this.#told = this.#context.coordinates.own;
    return this.#told;
  }

  /** A link has something new: a round trip, or where the other end is. */
  observe(link: OverlayLink, rng: Rng): void {
    const { neighbour, coordinate } = link;
    if (coordinate === undefined || Number.isNaN(neighbour.rttMs)) return;
    if (!this.#context.coordinates.sample(neighbour.hub, neighbour.rttMs, coordinate, rng)) {
      this.#context.sink.count("mesh.overlay.badCoordinate");
    }
  }

  #drifted(): boolean {
    const { coordinates, links, settings } = this.#context;
    const { own } = coordinates;
    const movedMs = straightMs(own.vector, this.#told.vector) + Math.abs(own.heightMs - this.#told.heightMs);
    let rttSumMs = 0;
    for (const { neighbour } of links.values()) if (!Number.isNaN(neighbour.rttMs)) rttSumMs += neighbour.rttMs;
    const meanRttMs = rttSumMs / Math.max(1, links.size);
    // How sure one is decides how far others move: worth telling by itself when it has halved.
    if (own.error * 2 < this.#told.error) return true;
    return movedMs > Math.max(DRIFT_MIN_MS, settings.coordinateDrift * meanRttMs);
  }
}
