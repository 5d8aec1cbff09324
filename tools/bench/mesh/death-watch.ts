/** Who is declared dead in a lab, when and by whom; and whether that was wrong. */
import type { HubId } from "../../../runtime/core/ids.js";
import type { LabEvent } from "../../lab/hub-orders.js";
import type { MeshLab } from "../../lab/mesh-lab.js";

export interface Death {
  readonly observer: number;
  readonly subject: number;
  readonly atMs: number;
}

/** What was done to a hub explains what others say of it, and it of them, for so long after it was made good. Unit: ms. */
const GRACE_MS = 10_000;

interface Trouble {
  readonly hub: number;
  readonly fromMs: number;
  untilMs: number;
}

/** What a hub has said of others, kept to tell how it came to a false one. */
const SAYINGS_MAX = 1000;
/** Before a death and after it. Unit: ms. */
const STORY_MS = 10_000;

export class DeathWatch {
  readonly deaths: Death[] = [];
  readonly #sayings = new Map<number, LabEvent[]>();
  readonly #lab: MeshLab;
  readonly #troubles: Trouble[] = [];

  constructor(lab: MeshLab) {
    this.#lab = lab;
    for (const hub of lab.hubs) hub.onEvent = (event) => this.#heard(hub.index, event);
  }

  /** From now on this hub is not what it should be. */
  trouble(hub: number, nowMs: number): void {
    this.#troubles.push({ hub, fromMs: nowMs, untilMs: Number.POSITIVE_INFINITY });
  }

  /** It is made good. */
  good(hub: number, nowMs: number): void {
    for (const trouble of this.#troubles)
      if (trouble.hub === hub && trouble.untilMs === Number.POSITIVE_INFINITY) trouble.untilMs = nowMs;
  }

  /** How long after `fromMs` each of these first called it dead; absent: it did not. Unit: ms. */
  detections(subject: number, observers: readonly number[], fromMs: number): number[] {
    return observers.flatMap((observer) => {
      const death = this.deaths.find(
        (one) => one.subject === subject && one.observer === observer && one.atMs >= fromMs,
      );
      return death === undefined ? [] : [death.atMs - fromMs];
    });
  }

  /** Deaths of hubs to which nothing was done, told by hubs to which nothing was done. */
  falseDeaths(): Death[] {
    return this.deaths.filter(
      ({ observer, subject, atMs }) => !this.#inTrouble(subject, atMs) && !this.#inTrouble(observer, atMs),
    );
  }

  /** How that came: what the observer said of the subject, and the subject of it, within ten seconds of it. */
  story({ observer, subject, atMs }: Death): string {
    const sides = [
      { who: observer, whom: subject },
      { who: subject, whom: observer },
    ];
    const told = sides.flatMap(({ who, whom }) =>
      (this.#sayings.get(who) ?? []).flatMap(({ atMs: saidMs, event }) => {
        const of = event.event === "hub-state" ? event.hub : "peer" in event ? event.peer : undefined;
        if (of === undefined || this.#lab.indexOf(of) !== whom || Math.abs(atMs - saidMs) > STORY_MS) return [];
        const what = "state" in event ? event.state : "reason" in event ? `link down (${event.reason})` : "link up";
        return [{ saidMs, text: `${Math.round(saidMs - atMs)} ms: hub ${who}: ${what}` }];
      }),
    );
    return told
      .sort((a, b) => a.saidMs - b.saidMs)
      .map(({ text }) => text)
      .join("; ");
  }

  #inTrouble(hub: number, atMs: number): boolean {
    return this.#troubles.some((one) => one.hub === hub && atMs >= one.fromMs && atMs <= one.untilMs + GRACE_MS);
  }

  #heard(observer: number, said: LabEvent): void {
    const { atMs, event } = said;
    const sayings = this.#sayings.get(observer) ?? [];
    this.#sayings.set(observer, sayings);
    if (sayings.push(said) > SAYINGS_MAX) sayings.shift();
    const dead: readonly HubId[] =
      event.event === "hub-state" && event.state === "dead"
        ? [event.hub]
        : event.event === "mesh-cut"
          ? event.hubs
          : [];
    for (const id of dead) this.deaths.push({ observer, subject: this.#lab.indexOf(id), atMs });
  }
}
