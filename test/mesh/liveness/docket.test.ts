import { describe, expect, it } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import type { MemberUpdate } from "../../../runtime/core/messages-liveness.js";
import { Docket } from "../../../runtime/mesh/liveness/docket.js";
import { LocalHealth } from "../../../runtime/mesh/liveness/health.js";
import { Heartbeats } from "../../../runtime/mesh/liveness/heartbeats.js";
import { LIVENESS_DEFAULTS } from "../../../runtime/mesh/liveness/settings.js";
import { Spread } from "../../../runtime/mesh/liveness/spread.js";
import type { Watch } from "../../../runtime/mesh/liveness/watch.js";
import type { Sink } from "../../../runtime/mesh/part.js";

const settings = LIVENESS_DEFAULTS;
const hub = (digit: string): HubId => digit.repeat(32) as HubId;
const ACCUSED = hub("f");
const WITNESSES = ["1", "2", "3", "4", "5"].map(hub);
const SAID: MemberUpdate = { hub: ACCUSED, state: "suspect", epoch: 1, incarnation: 0, observers: [] };
const SINK: Sink = { send: () => 0, route: () => undefined, count: () => undefined, notice: () => undefined };

/** A docket with a neighbour that has been silent since 0. */
function silentNeighbour(): { docket: Docket; watch: Watch } {
  const health = new LocalHealth(settings.healthMax);
  const beats = new Heartbeats(hub("0"), settings, SINK, health);
  const watch = beats.open({ hub: ACCUSED, linkId: 1, name: "", epoch: 1, upMs: 0, rttMs: 3, cost: 1 }, 0, 0);
  watch.watchers = WITNESSES;
  const docket = new Docket(hub("0"), settings, SINK, health, new Spread(settings, SINK), beats);
  docket.accuse(watch, "silent", 0, 300);
  return { docket, watch };
}

/** As often as it counts. @returns when the last of them said so. */
function heardByWitnesses(docket: Docket): number {
  let nowMs = 300;
  for (let said = 0; said < settings.reprievesMax; said++) {
    nowMs += 2 * settings.freshMs;
    expect(docket.reprieve(ACCUSED, nowMs)).toBe(true);
  }
  return nowMs;
}

describe("a case in which witnesses disagree", () => {
  it("is judged by own ears alone when one hears the accused after its time was extended as often as it may be", () => {
    const { docket, watch } = silentNeighbour();
    const extendedMs = heardByWitnesses(docket);
    for (const witness of WITNESSES.slice(0, 3)) docket.confirm(watch, ACCUSED, witness, witness, extendedMs + 50);
    expect(docket.reprieve(ACCUSED, extendedMs + 60)).toBe(false);
    expect(docket.tick(extendedMs + 3000)).toEqual([]);
    // Who lies that it hears a dead hub puts its death off by no more than that.
    expect(docket.tick(extendedMs + settings.lonelyMs + 1)).toEqual([ACCUSED]);
  });

  it("is concluded as soon as enough of them are silent afterwards", () => {
    const { docket, watch } = silentNeighbour();
    const extendedMs = heardByWitnesses(docket);
    docket.reprieve(ACCUSED, extendedMs + 60);
    for (const witness of WITNESSES.slice(0, 3)) docket.confirm(watch, ACCUSED, witness, witness, extendedMs + 150);
    expect(docket.tick(extendedMs + 1000)).toEqual([ACCUSED]);
  });

  it("has no deadline in the past when a vote shortens a wait that has run already", () => {
    const { docket, watch } = silentNeighbour();
    for (const witness of WITNESSES.slice(0, 3)) docket.confirm(watch, ACCUSED, witness, witness, 2500);
    expect(docket.deadlineMs).toBe(2500);
  });

  it("stays open when the link was closed: the word of a witness may be older than that", () => {
    const { docket, watch } = silentNeighbour();
    docket.accuse(watch, "closed", 310, 310);
    expect(docket.reprieve(ACCUSED, 320)).toBe(true);
    expect(docket.get(ACCUSED)?.state).toBe("suspect");
    expect(docket.tick(1300)).toEqual([]);
    expect(docket.tick(1420 + settings.lonelyMs)).toEqual([ACCUSED]);
  });

  it("forgets what witnesses said in an earlier silence", () => {
    const { docket, watch } = silentNeighbour();
    heardByWitnesses(docket);
    docket.heard(watch, 2000);
    docket.hear(hub("1"), { ...SAID, observers: [hub("2")] }, [hub("2")], watch, 2100);
    expect(docket.reprieve(ACCUSED, 2200)).toBe(true);
    watch.asked(1, 5000);
    docket.accuse(watch, "silent", 5000, 5300);
    expect(docket.get(ACCUSED)?.reprieves).toBe(0);
  });
});
