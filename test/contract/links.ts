/** What every implementation of links does, whatever carries the frames. */
import { afterEach, describe, expect, test } from "vitest";
import type { HubId } from "../../runtime/core/ids.js";
import type { Link, LinkEvents, PeerAddress } from "../../runtime/core/ports.js";
import type { Links } from "../../runtime/io/link.js";

export interface ContractHub {
  readonly id: HubId;
  readonly links: Links;
  readonly address: PeerAddress;
}

export interface ContractNetwork {
  join(id: HubId, events: LinkEvents): Promise<ContractHub>;
  stop(): Promise<void>;
}

/** A hub with a memory of what its links told it. */
export interface Recorder extends ContractHub {
  readonly log: string[];
  readonly frames: Uint8Array[];
  readonly open: Link[];
}

export const LOW = "0a".repeat(16) as HubId;
export const HIGH = "b0".repeat(16) as HubId;

export async function recorderOn(network: ContractNetwork, id: HubId): Promise<Recorder> {
  const log: string[] = [];
  const frames: Uint8Array[] = [];
  const open: Link[] = [];
  const hub = await network.join(id, {
    opened: (link) => {
      log.push(`opened ${link.dialled ? "dialled" : "accepted"}`);
      open.push(link);
    },
    received: (_link, frame) => frames.push(frame.slice()),
    closed: (link) => {
      log.push("closed");
      open.splice(open.indexOf(link), 1);
    },
  });
  return { ...hub, log, frames, open };
}

export function linksContract(name: string, createNetwork: () => Promise<ContractNetwork>): void {
  describe(`links: ${name}`, () => {
    let network: ContractNetwork;
    afterEach(async () => {
      await network.stop();
    });
    const pair = async (): Promise<readonly [Recorder, Recorder]> => {
      network = await createNetwork();
      return [await recorderOn(network, LOW), await recorderOn(network, HIGH)];
    };
    const linked = async (): Promise<readonly [Recorder, Recorder]> => {
      const [low, high] = await pair();
      low.links.dial(high.address);
      await expect.poll(() => [low.open.length, high.open.length]).toEqual([1, 1]);
      return [low, high];
    };

    test("the lower id dials, the higher leaves it to the lower", async () => {
      const [low, high] = await pair();
      expect(high.links.dial(low.address)).toBe("theirs");
      expect(low.links.dial(high.address)).toBe("dialling");
      await expect.poll(() => [low.log, high.log]).toEqual([["opened dialled"], ["opened accepted"]]);
    });

    test("dialling again changes nothing", async () => {
      const [low, high] = await linked();
      expect(low.links.dial(high.address)).toBe("known");
      expect(low.links.dial({ ...low.address })).toBe("self");
      expect(low.links.links().map((link) => [link.dialled, link.claimedHub])).toEqual([[true, HIGH]]);
      expect(high.links.links().map((link) => [link.dialled, link.claimedHub])).toEqual([[false, LOW]]);
    });

    test("frames arrive in order and unchanged, both ways, from empty to 64 KiB", async () => {
      const [low, high] = await linked();
      const frames = [new Uint8Array(0), Uint8Array.of(0), new Uint8Array(127).fill(1), new Uint8Array(65_536).fill(2)];
      for (let i = 0; i < 50; i++) frames.push(Uint8Array.of(i, 255));
      for (const frame of frames) {
        expect(low.open[0]!.send(frame)).toBe(true);
        expect(high.open[0]!.send(frame)).toBe(true);
      }
      await expect.poll(() => [low.frames.length, high.frames.length]).toEqual([frames.length, frames.length]);
      const plain = (list: readonly Uint8Array[]): string[] => list.map((frame) => Buffer.from(frame).toString("hex"));
      expect(plain(low.frames)).toEqual(plain(frames));
      expect(plain(high.frames)).toEqual(plain(frames));
    });

    test("what the sender does to its buffer afterwards does not reach the other side", async () => {
      const [low, high] = await linked();
      const frame = Uint8Array.of(1, 2, 3);
      low.open[0]!.send(frame);
      high.open[0]!.send(frame);
      frame.fill(9);
      await expect
        .poll(() => [...high.frames, ...low.frames].map((one) => [...one]))
        .toEqual([
          [1, 2, 3],
          [1, 2, 3],
        ]);
    });

    test("a frame over 64 KiB is the caller's mistake", async () => {
      const [low, high] = await linked();
      const frame = new Uint8Array(65_537);
      expect(() => low.open[0]!.send(frame)).toThrow(RangeError);
      expect(() => high.open[0]!.send(frame)).toThrow(RangeError);
    });

    test.each(["low", "high"] as const)(
      "when the %s side closes, both hear it once, and the link comes back",
      async (who) => {
        const [low, high] = await linked();
        const side = who === "low" ? low : high;
        const link = side.open[0]!;
        link.close();
        expect(side.log).toHaveLength(1); // not reported inside the call
        expect(link.send(Uint8Array.of(1))).toBe(false);
        await expect
          .poll(() => [low.log, high.log])
          .toEqual([
            ["opened dialled", "closed", "opened dialled"],
            ["opened accepted", "closed", "opened accepted"],
          ]);
        expect(low.open[0]!.linkId).not.toBe(link.linkId);
      },
    );

    test("an undialled peer stays away", async () => {
      const [low, high] = await linked();
      low.links.undial(HIGH);
      await expect.poll(() => [low.log.at(-1), high.log.at(-1)]).toEqual(["closed", "closed"]);
      expect(low.links.links()).toEqual([]);
    });

    test("where both know only addresses and both dial, the session of the lower id stays", async () => {
      const [low, high] = await pair();
      low.links.dial({ host: high.address.host, port: high.address.port });
      high.links.dial({ host: low.address.host, port: low.address.port });
      await expect.poll(() => [low.open.length, high.open.length]).toEqual([2, 2]);
      const verdicts = [low, high].map((hub) =>
        [...hub.open].map((link) => [link.dialled, hub.links.identify(link, hub === low ? HIGH : LOW)]),
      );
      await expect.poll(() => [low.open.length, high.open.length]).toEqual([1, 1]);
      expect(low.open[0]!.dialled).toBe(true);
      expect(high.open[0]!.dialled).toBe(false);
      expect(verdicts[0]).toContainEqual([true, true]);
      expect(verdicts[1]).toContainEqual([false, true]);
      low.open[0]!.send(Uint8Array.of(5));
      await expect.poll(() => high.frames.length).toBe(1);
    });

    test("where only the higher id knows the address, its session stays", async () => {
      const [low, high] = await pair();
      expect(high.links.dial({ host: low.address.host, port: low.address.port })).toBe("dialling");
      await expect.poll(() => [low.open.length, high.open.length]).toEqual([1, 1]);
      expect(high.links.identify(high.open[0]!, LOW)).toBe(true);
      expect(low.links.identify(low.open[0]!, HIGH)).toBe(true);
      expect(high.open).toHaveLength(1);
    });

    test("a hub that is not the one that was dialled is closed", async () => {
      const [low, high] = await linked();
      expect(low.links.identify(low.open[0]!, "cc".repeat(16) as HubId)).toBe(false);
      await expect.poll(() => high.log).toContain("closed");
    });

    test("a session that claims one id and proves another is closed", async () => {
      const [low, high] = await linked();
      expect(high.links.identify(high.open[0]!, "cc".repeat(16) as HubId)).toBe(false);
      await expect.poll(() => low.log).toContain("closed");
    });

    test("after stop nothing is dialled", async () => {
      const [low, high] = await linked();
      await low.links.stop();
      await expect.poll(() => high.log.at(-1)).toBe("closed");
      expect(low.links.dial(high.address)).toBe("stopped");
      expect(low.links.links()).toEqual([]);
    });
  });
}
