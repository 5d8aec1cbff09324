import { describe, expect, test } from "vitest";
import type { Message } from "../../runtime/core/messages.js";
import { Neighbours } from "../../runtime/mesh/neighbours.js";
import { MESH_DEFAULTS } from "../../runtime/mesh/settings.js";
import { SimulatedHome, type SimulatedHub, simulatedCrypto } from "../../tools/sim/home.js";

const load = {
  type: "LOAD",
  queueLength: 0,
  freeMemoryMiB: 1,
  cpuLoad: 0,
  sensors: 2,
  warmModels: [],
  neighbours: [],
} as const;

function home(hubs: number, seed = 1): SimulatedHome {
  return new SimulatedHome({ hubs, seed, latencyMs: 2 });
}

function events(hub: SimulatedHub, type: string): unknown[] {
  return hub.log.filter(({ effect }) => effect.type === type).map(({ effect }) => effect);
}

describe("links between honest hubs", () => {
  test("three hubs that dial each other are all alive to each other", () => {
    const three = home(3);
    three.linkAll();
    three.run(1000);
    for (const hub of three.hubs) {
      expect(hub.machine.reachable()).toHaveLength(2);
      expect(hub.machine.views().map((view) => view.state)).toEqual(["alive", "alive"]);
    }
  });

  test("the round trip of a link is twice its latency", () => {
    const two = home(2);
    two.linkAll();
    two.run(5000);
    expect(two.hubs[0]?.machine.views()[0]?.rttMs).toBeCloseTo(4, 5);
  });

  test("what was announced before a link came up reaches the new neighbour", () => {
    const two = home(2);
    const [a, b] = two.hubs as [SimulatedHub, SimulatedHub];
    two.input(a, {
      type: "announce",
      message: {
        type: "ADVERT",
        hub: a.hub,
        version: 1,
        name: "a",
        topics: ["t"],
        places: ["p"],
        sensorCount: 1,
        neighbours: [],
      },
    });
    two.input(a, { type: "announce", message: load });
    two.linkAll();
    two.run(100);
    expect(b.machine.adverts()).toMatchObject([{ hub: a.hub, topics: ["t"] }]);
    expect(b.machine.views()[0]?.sensorCount).toBe(2);
  });

  test("of two links between the same hubs one stays, the same at both ends", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const two = home(2, seed);
      const [a, b] = two.hubs as [SimulatedHub, SimulatedHub];
      two.link(a, b);
      two.after(seed % 5, () => void two.link(b, a));
      two.run(20_000);
      expect(a.machine.reachable()).toEqual([b.hub]);
      expect(b.machine.reachable()).toEqual([a.hub]);
      const before = [a, b].map((hub) => events(hub, "deliver").length);
      two.input(a, { type: "broadcast", message: { type: "CANCEL", intentId: "0000000000000001" as never } });
      two.input(b, { type: "broadcast", message: { type: "CANCEL", intentId: "0000000000000002" as never } });
      two.run(20_100);
      expect([a, b].map((hub, i) => events(hub, "deliver").length - (before[i] ?? 0))).toEqual([1, 1]);
    }
  });
});

describe("losses", () => {
  test("a crashed hub is suspect at once and dead once its deadline has passed", () => {
    const three = home(3);
    three.linkAll();
    three.run(3000);
    const [a, b] = three.hubs as [SimulatedHub, SimulatedHub];
    three.crash(b);
    expect(a.machine.views().find((view) => view.hub === b.hub)?.state).toBe("suspect");
    three.run(3000 + MESH_DEFAULTS.deadAfterMs + 10);
    expect(a.machine.views().find((view) => view.hub === b.hub)?.state).toBe("dead");
  });

  test("a stalled hub is suspect, then dead, by silence alone", () => {
    const two = home(2);
    two.linkAll();
    two.run(3000);
    const [a, b] = two.hubs as [SimulatedHub, SimulatedHub];
    b.stalled = true;
    two.run(3000 + MESH_DEFAULTS.suspectAfterMs + 50);
    expect(a.machine.views()[0]?.state).toBe("suspect");
    two.run(3000 + 2 * MESH_DEFAULTS.deadAfterMs + MESH_DEFAULTS.pingIntervalMs);
    expect(a.machine.views()[0]?.state).toBe("dead");
    expect(a.machine.reachable()).toEqual([]);
  });

  test("a hub that comes back over a new link is alive again", () => {
    const two = home(2);
    const [a, b] = two.hubs as [SimulatedHub, SimulatedHub];
    const wire = two.link(a, b);
    two.run(1000);
    two.cut(wire);
    two.run(8000);
    expect(a.machine.views()[0]?.state).toBe("dead");
    two.link(a, b);
    two.run(9000);
    expect(a.machine.views()[0]?.state).toBe("alive");
  });

  test("a healthy home stays quiet: no state changes in an hour", () => {
    const three = home(3);
    three.linkAll();
    three.run(1000);
    const before = three.hubs.map((hub) => hub.log.length);
    three.run(3_600_000);
    expect(three.hubs.map((hub) => hub.log.length)).toEqual(before);
  });

  test("a hub dead for long is forgotten", () => {
    const two = home(2);
    two.linkAll();
    two.run(1000);
    const [a, b] = two.hubs as [SimulatedHub, SimulatedHub];
    two.crash(b);
    two.run(MESH_DEFAULTS.forgetAfterMs + 2000);
    expect(a.machine.views()).toEqual([]);
  });

  test("the same seed gives the same run", () => {
    const trace = (seed: number): string => {
      const three = home(3, seed);
      three.linkAll();
      three.after(1500, () => three.crash(three.hubs[1] as SimulatedHub));
      three.run(10_000);
      return JSON.stringify(three.hubs.map((hub) => hub.log));
    };
    expect(trace(7)).toBe(trace(7));
    expect(trace(7)).not.toBe(trace(8));
  });
});

describe("hostile ends", () => {
  const rng = (length: number): Uint8Array => new Uint8Array(length).fill(7);
  const key = new Uint8Array(32).fill(1);
  const otherKey = new Uint8Array(32).fill(2);
  const crypto = simulatedCrypto(key);
  const other = simulatedCrypto(otherKey);
  const self = { hub: crypto.hubIdOf(key), publicKey: key, epoch: 1, name: "self", home: "home" };
  const otherId = other.hubIdOf(otherKey);
  const hello = {
    type: "HELLO",
    versions: [1],
    id: otherId,
    publicKey: otherKey,
    epoch: 1,
    nonce: new Uint8Array(16).fill(9),
    name: "x",
  } as const;

  function opened(): Neighbours {
    const machine = new Neighbours(self, crypto);
    machine.handle({ type: "link-opened", linkId: 1, dialled: false }, 0, rng);
    return machine;
  }
  function say(machine: Neighbours, message: Message, seq: number): string[] {
    return machine
      .handle({ type: "message", linkId: 1, seq, message }, 10, rng)
      .map((effect) => ("name" in effect && effect.type === "count" ? effect.name : effect.type));
  }

  test("a frame before the proof is a counted drop", () => {
    expect(say(opened(), load, 1)).toEqual(["mesh.frameBeforeProof"]);
  });

  test("an id that is not the key's hash ends the link", () => {
    expect(say(opened(), { ...hello, id: self.hub.replace(/^../, "00") as typeof self.hub }, 1)).toEqual([
      "mesh.hello.idNotOfKey",
      "close",
    ]);
  });

  test("this hub's own id ends the link", () => {
    expect(say(opened(), { ...hello, id: self.hub, publicKey: key }, 1)).toEqual(["mesh.hello.self", "close"]);
  });

  test("a hub of another home ends the link", () => {
    expect(say(opened(), { ...hello, home: "next door" }, 1)).toEqual(["mesh.hello.otherHome", "close"]);
  });

  test("another protocol version alone ends the link", () => {
    expect(say(opened(), { ...hello, versions: [2] }, 1)).toEqual(["mesh.hello.version", "close"]);
  });

  test("a proof under another key ends the link", () => {
    const machine = opened();
    expect(say(machine, hello, 1)).toEqual(["send"]);
    expect(say(machine, { ...hello, proof: new Uint8Array(64) }, 2)).toEqual(["mesh.hello.badProof", "close"]);
    expect(machine.reachable()).toEqual([]);
  });

  test("a proof for another nonce is not believed", () => {
    const machine = opened();
    say(machine, hello, 1);
    const proof = other.sign(
      other.transcript({
        peerNonce: new Uint8Array(16).fill(8),
        ownNonce: hello.nonce,
        ownId: otherId,
        peerId: self.hub,
      }),
    );
    expect(say(machine, { ...hello, proof }, 2)).toEqual(["mesh.hello.badProof", "close"]);
  });

  function proven(): Neighbours {
    const machine = opened();
    say(machine, hello, 1);
    const proof = other.sign(
      other.transcript({ peerNonce: rng(16), ownNonce: hello.nonce, ownId: otherId, peerId: self.hub }),
    );
    expect(say(machine, { ...hello, proof }, 2)).toEqual(["link-up", "hub-state"]);
    return machine;
  }

  test("a frame that was sent before is dropped", () => {
    const machine = proven();
    expect(say(machine, load, 3)).toEqual([]);
    expect(say(machine, load, 3)).toEqual(["mesh.replayedFrame"]);
  });

  test("an advert that speaks for another hub is dropped", () => {
    const advert = {
      type: "ADVERT",
      hub: self.hub,
      version: 1,
      name: "",
      topics: [],
      places: [],
      sensorCount: 0,
      neighbours: [],
    } as const;
    expect(say(proven(), advert, 3)).toEqual(["mesh.advertOfAnother"]);
  });

  test("an answer to no ping is counted", () => {
    expect(say(proven(), { type: "PING", ackOf: 99 }, 3)).toEqual(["mesh.unaskedAck"]);
  });

  test("a link whose end never proves itself is cut", () => {
    const machine = opened();
    expect(machine.deadlineMs).toBe(MESH_DEFAULTS.helloTimeoutMs);
    expect(machine.handle({ type: "tick" }, MESH_DEFAULTS.helloTimeoutMs, rng)).toMatchObject([
      { type: "count", name: "mesh.helloTimeout" },
      { type: "close" },
    ]);
  });

  test("links over the limit are closed at once", () => {
    const machine = new Neighbours(self, crypto, { ...MESH_DEFAULTS, linksMax: 1 });
    machine.handle({ type: "link-opened", linkId: 1, dialled: false }, 0, rng);
    expect(machine.handle({ type: "link-opened", linkId: 2, dialled: false }, 0, rng)).toMatchObject([
      { type: "count", name: "mesh.linksMax" },
      { type: "close", linkId: 2 },
    ]);
  });
});
