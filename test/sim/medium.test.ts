import { describe, expect, test } from "vitest";
import type { NodeEffect } from "../../runtime/mesh/node/inputs.js";
import { LINK_FRAME } from "../../tools/sim/engine/connections.js";
import { retransmissionTick } from "../../tools/sim/engine/medium.js";
import { applyFault } from "../../tools/sim/faults.js";
import { linkOf, pair, type Scene, scene } from "./scene.js";

function say(one: Scene, hub: number, seq: number): void {
  one.sim.connections.transmit(hub, linkOf(one, hub), LINK_FRAME, seq, { type: "PING" }, 10);
}

function seqsHeard(one: Scene, hub: number): number[] {
  return one
    .inputs(hub, "frame")
    .map(({ input }) => (input.type === "frame" && input.heard.form === "link" ? input.heard.seq : -1));
}

describe("a link", () => {
  test("opens after three round trips at the dialler, half a one sooner at the other end", () => {
    const two = pair();
    two.sim.run(1000);
    expect(two.inputs(0, "link-opened")[0]?.atMs).toBe(30);
    expect(two.inputs(1, "link-opened")[0]?.atMs).toBe(25);
  });

  test("carries frames in order after its latency", () => {
    const two = pair();
    two.sim.run(1000);
    for (const seq of [1, 2, 3]) say(two, 0, seq);
    two.sim.run(2000);
    expect(seqsHeard(two, 1)).toEqual([1, 2, 3]);
    expect(two.inputs(1, "frame").map(({ atMs }) => atMs)).toEqual([1005, 1005, 1005]);
  });

  test("loses nothing and keeps the order when half of the packets are lost", () => {
    const two = pair({ loss: 0.5 });
    two.sim.run(20_000);
    for (let seq = 1; seq <= 100; seq++) two.sim.at(20_000 + seq * 7, () => say(two, 0, seq));
    two.sim.run(120_000);
    expect(seqsHeard(two, 1)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    expect(two.inputs(1, "frame").at(-1)?.atMs).toBeGreaterThan(20_705);
  });

  test("that is cut holds frames back until TCP tries again after it is mended", () => {
    const two = pair();
    two.sim.run(1000);
    applyFault(two.sim, { atMs: 0, type: "cut", links: [[0, 1]] });
    say(two, 0, 1);
    two.sim.run(2000);
    expect(seqsHeard(two, 1)).toEqual([]);
    applyFault(two.sim, { atMs: 0, type: "mend", links: [[0, 1]] });
    say(two, 0, 2);
    two.sim.run(10_000);
    expect(seqsHeard(two, 1)).toEqual([1, 2]);
    expect(two.inputs(1, "frame")[0]?.atMs).toBeGreaterThan(2200);
  });

  test("that is dialled while its path is cut opens with the SYN that TCP sends again", () => {
    const two = pair();
    applyFault(two.sim, { atMs: 0, type: "cut", links: [[0, 1]] });
    two.sim.connections.dial(0, 1);
    two.sim.run(500);
    applyFault(two.sim, { atMs: 0, type: "mend", links: [[0, 1]] });
    two.sim.run(2000);
    expect(two.inputs(0, "link-opened")[0]?.atMs).toBe(1030);
  });

  test("that is dialled anew does not wait for the SYN of the dial before, which opens no link of its own", () => {
    const two = pair();
    applyFault(two.sim, { atMs: 0, type: "cut", links: [[0, 1]] });
    two.sim.connections.dial(0, 1);
    two.sim.run(500);
    applyFault(two.sim, { atMs: 0, type: "mend", links: [[0, 1]] });
    two.sim.connections.dial(0, 1);
    two.sim.run(10_000);
    expect(two.inputs(0, "link-opened").map(({ atMs }) => atMs)).toEqual([530]);
    expect(two.inputs(0, "dial-failed")).toEqual([]);
  });

  test("ends the dials between the same two that wait for TCP to ask again", () => {
    const two = pair();
    applyFault(two.sim, { atMs: 0, type: "cut", links: [[0, 1]] });
    two.sim.connections.dial(0, 1);
    two.sim.run(500);
    applyFault(two.sim, { atMs: 0, type: "mend", links: [[0, 1]] });
    two.sim.connections.dial(1, 0);
    two.sim.run(10_000);
    expect(two.inputs(0, "link-opened")).toHaveLength(1);
    expect(two.inputs(0, "dial-failed")).toEqual([]);
  });

  test("takes the place of one that closed while its path was cut, and does not wait behind what that one was sent", () => {
    const two = pair();
    two.sim.run(1000);
    const [here, there] = [linkOf(two, 0), linkOf(two, 1)];
    applyFault(two.sim, { atMs: 0, type: "cut", links: [[0, 1]] });
    two.sim.connections.close(1, there, "silent");
    two.sim.run(1100);
    say(two, 0, 1);
    two.sim.run(1200);
    two.sim.connections.close(0, here, "silent");
    two.sim.run(1300);
    applyFault(two.sim, { atMs: 0, type: "mend", links: [[0, 1]] });
    two.sim.connections.dial(0, 1);
    two.sim.run(1400);
    const again = two.inputs(0, "link-opened")[1]?.input;
    expect(again?.type).toBe("link-opened");
    if (again?.type !== "link-opened") return;
    two.sim.connections.transmit(0, again.linkId, LINK_FRAME, 7, { type: "PING" }, 10);
    two.sim.run(1500);
    expect(seqsHeard(two, 1)).toEqual([7]);
  });

  test("that is one-way carries frames in the other direction", () => {
    const two = pair();
    two.sim.run(1000);
    applyFault(two.sim, { atMs: 0, type: "one-way", links: [[0, 1]] });
    say(two, 0, 1);
    say(two, 1, 1);
    two.sim.run(5000);
    expect(seqsHeard(two, 1)).toEqual([]);
    expect(seqsHeard(two, 0)).toEqual([1]);
  });

  test("whose one end closes closes at the other after what was sent before", () => {
    const two = pair();
    two.sim.run(1000);
    say(two, 0, 1);
    two.sim.connections.close(0, linkOf(two, 0), "done");
    two.sim.run(2000);
    expect(two.heard[1]?.slice(-2).map(({ input }) => input.type)).toEqual(["frame", "link-closed"]);
    expect(two.inputs(0, "link-closed")).toEqual([]);
  });
});

describe("a link that one end has given up", () => {
  /** Its last words are held back by a way that carries nothing in their direction, and the other end speaks meanwhile. */
  const givenUp = (): Scene => {
    const two = pair();
    two.sim.run(1000);
    applyFault(two.sim, { atMs: 0, type: "one-way", links: [[0, 1]] });
    say(two, 0, 7);
    two.sim.connections.close(0, linkOf(two, 0), "silent");
    return two;
  };

  test("is not reset by what the other end says meanwhile: it hears the last words, then the end", () => {
    const two = givenUp();
    say(two, 1, 1);
    two.sim.run(20_000);
    expect(two.inputs(1, "link-closed")).toEqual([]);
    applyFault(two.sim, { atMs: 0, type: "mend-all" });
    two.sim.run(60_000);
    expect(two.heard[1]?.slice(-2).map(({ input }) => input.type)).toEqual(["frame", "link-closed"]);
    expect(seqsHeard(two, 0)).toEqual([]);
  });

  test("is reset when 25 s have not been enough, and when the process ends", () => {
    const late = givenUp();
    late.sim.run(27_000);
    say(late, 1, 1);
    late.sim.run(28_000);
    const killed = givenUp();
    killed.sim.kill(0);
    killed.sim.run(2000);
    for (const two of [late, killed]) expect(two.inputs(1, "link-closed")).toHaveLength(1);
  });
});

describe("a hub", () => {
  test("that is killed resets its links; one that loses power is silent", () => {
    const killed = pair();
    killed.sim.run(1000);
    killed.sim.kill(0);
    killed.sim.run(5000);
    expect(killed.inputs(1, "link-closed")[0]?.atMs).toBe(1005);
    const dark = pair();
    dark.sim.run(1000);
    dark.sim.powerOff(0);
    dark.sim.run(60_000);
    expect(dark.inputs(1, "link-closed")).toEqual([]);
  });

  test("that has power again answers old links with a reset", () => {
    const two = pair();
    two.sim.run(1000);
    two.sim.powerOff(0);
    two.sim.run(5000);
    two.sim.start(0);
    two.sim.run(12_000);
    expect(two.inputs(1, "link-closed")).toHaveLength(1);
    expect(two.inputs(1, "link-opened")).toHaveLength(2);
  });

  test("that stalls reads everything once it runs again, its late timer first", () => {
    const two = pair();
    two.sim.run(1000);
    two.sim.stall(1);
    for (const seq of [1, 2]) say(two, 0, seq);
    two.sim.run(21_000);
    expect(seqsHeard(two, 1)).toEqual([]);
    two.sim.resume(1);
    expect(two.heard[1]?.slice(-3).map(({ input }) => input.type)).toEqual(["tick", "frame", "frame"]);
  });

  test("whose neighbour does not read gives the link up once the sockets are full", () => {
    const two = pair({ socketBytesMax: 2560 });
    two.sim.run(1000);
    two.sim.stall(1);
    for (let seq = 1; seq <= 12; seq++) say(two, 0, seq);
    two.sim.run(2000);
    expect(two.inputs(0, "link-closed")).toHaveLength(1);
  });

  test("remembers over a restart what it kept, except a write that was torn", () => {
    const keeping = scene(1, [], {}, (_, input) =>
      input.type === "publish" ? [{ type: "keep", key: "k", value: Uint8Array.of(input.message.type.length) }] : [],
    );
    const publish = (type: "PING" | "CANCEL"): void =>
      keeping.sim.input(0, { type: "publish", scope: "cell", message: { type } as never });
    publish("PING");
    publish("CANCEL");
    keeping.sim.powerOff(0, true);
    keeping.sim.start(0);
    expect(keeping.inputs(0, "restore").map(({ input }) => input)).toEqual([
      { type: "restore", key: "k", value: Uint8Array.of(4) },
    ]);
  });

  test("that nobody can dial fails the dial: at once when its process is gone, after a timeout when it has no power", () => {
    const dialAgain: NodeEffect[] = [];
    const two = scene(2, [{ a: 0, b: 1, latencyMs: 5, loss: 0 }], {}, (_, input) =>
      input.type === "tick" ? dialAgain : [],
    );
    two.sim.kill(1);
    two.sim.connections.dial(0, 1);
    two.sim.run(100);
    expect(two.inputs(0, "dial-failed")[0]?.atMs).toBe(10);
    two.sim.powerOff(1);
    two.sim.connections.dial(0, 1);
    two.sim.run(10_000);
    expect(two.inputs(0, "dial-failed")[1]?.atMs).toBe(5105);
  });
});

test("TCP tries again 200 ms, 600 ms, 1.4 s, … after the first time", () => {
  const ms = (sinceMs: number, nowMs: number): number => retransmissionTick(sinceMs * 8, nowMs * 8) / 8;
  expect(ms(0, 100)).toBe(200);
  expect(ms(0, 200)).toBe(600);
  expect(ms(0, 1000)).toBe(1400);
});
