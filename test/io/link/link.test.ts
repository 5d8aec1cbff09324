import { beforeEach, describe, expect, it } from "vitest";
import { createCounters } from "../../../runtime/core/counters.js";
import type { HubId } from "../../../runtime/core/ids.js";
import { systemClock } from "../../../runtime/io/clock.js";
import type { DialOptions } from "../../../runtime/io/link/dialler.js";
import { createLinks, type Links } from "../../../runtime/io/link/link.js";
import type { LinkSession, SessionEvents } from "../../../runtime/io/link/session.js";

const SELF = "0a".repeat(16) as HubId;
const OTHER = "b0".repeat(16) as HubId;
const ADDRESSES = [
  { host: "first", port: 1 },
  { host: "second", port: 2 },
];

interface Dial {
  readonly options: DialOptions;
  isUnanswered: boolean;
  isClosed: boolean;
}

function sessionWith(peer: HubId): LinkSession {
  return { peer, remote: "test", send: () => true, beat: () => undefined, close: () => undefined };
}

describe("a hub that is dialled", () => {
  let dials: Dial[];
  let failed: HubId[];
  let door: SessionEvents | undefined;
  let links: Links;

  beforeEach(() => {
    dials = [];
    failed = [];
    links = createLinks({
      selfId: SELF,
      clock: systemClock,
      counters: createCounters(),
      rng: (length) => new Uint8Array(length),
      events: { opened: () => undefined, received: () => undefined, closed: () => undefined },
      door: {
        accept(events) {
          door = events;
        },
      },
      dialFailed: (hub) => failed.push(hub),
      dialWith(options) {
        const dial = { options, isUnanswered: true, isClosed: false };
        dials.push(dial);
        return {
          get isUnanswered() {
            return dial.isUnanswered;
          },
          close() {
            if (dial.isClosed) return;
            dial.isClosed = true;
            options.closed(false);
          },
        };
      },
    });
    return () => links.stop();
  });

  const dial = () => links.dial({ hub: OTHER, addresses: ADDRESSES });

  it("and has not answered is dialled anew, at its next address, when it is dialled again", () => {
    dial();
    expect(dial()).toBe("dialling");
    expect(dials.map(({ options, isClosed }) => [options.host, isClosed])).toEqual([
      ["first", true],
      ["second", false],
    ]);
    expect(failed).toEqual([]);
  });

  it("and has answered is left to go on", () => {
    dial();
    for (const each of dials) each.isUnanswered = false;
    expect(dial()).toBe("known");
    expect(dials).toMatchObject([{ isClosed: false }]);
  });

  it("fails once, when the dial that took the place of another fails at the last address", () => {
    dial();
    dial();
    dials[1]?.options.closed(false);
    expect(failed).toEqual([OTHER]);
    expect(dials).toHaveLength(2);
  });

  it("is dialled no more once it has come by itself, and that is no failure", () => {
    dial();
    door?.opened(sessionWith(OTHER));
    expect(dials).toMatchObject([{ isClosed: true }]);
    expect(failed).toEqual([]);
    expect(links.links().map(({ peer, dialled }) => [peer, dialled])).toEqual([[OTHER, false]]);
  });

  it("is dialled on when its kernel has answered by the time it comes: both ends keep the one of the two that the lower id dialled", () => {
    dial();
    for (const each of dials) each.isUnanswered = false;
    door?.opened(sessionWith(OTHER));
    dials[0]?.options.opened(sessionWith(OTHER));
    expect(links.links().filter(({ dialled }) => dialled)).toHaveLength(1);
  });

  it("and is to be kept is dialled again when the link it came by itself for is gone", () => {
    links.dial({ hub: OTHER, addresses: ADDRESSES, keep: true });
    const session = sessionWith(OTHER);
    door?.opened(session);
    expect(dials).toMatchObject([{ isClosed: true }]);
    door?.closed(session);
    expect(links.dial({ hub: OTHER, addresses: ADDRESSES, keep: true })).toBe("known");
  });
});
