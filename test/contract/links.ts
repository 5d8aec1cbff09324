/** What every implementation of links does, whatever carries the frames. */
import { afterEach, describe, expect, test } from "vitest";
import type { HubId } from "../../runtime/core/ids.js";
import type { HubAddress } from "../../runtime/core/mesh.js";
import type { Link, LinkEvents } from "../../runtime/core/ports.js";
import type { DialRequest, Links } from "../../runtime/io/link/link.js";

export interface ContractHub {
  readonly id: HubId;
  readonly links: Links;
  readonly address: HubAddress;
}

export interface ContractNetwork {
  /** Ids from the lowest up. */
  readonly ids: readonly HubId[];
  join(id: HubId, events: LinkEvents, dialFailed: (hub: HubId) => void): Promise<ContractHub>;
  stop(): Promise<void>;
}

/** A hub with a memory of what its links told it. */
export interface Recorder extends ContractHub {
  readonly log: string[];
  readonly failed: HubId[];
  readonly frames: Uint8Array[];
  readonly open: Link[];
}

export async function recorderOn(network: ContractNetwork, id: HubId): Promise<Recorder> {
  const log: string[] = [];
  const failed: HubId[] = [];
  const frames: Uint8Array[] = [];
  const open: Link[] = [];
  const hub = await network.join(
    id,
    {
      opened: (link) => {
        log.push(`opened ${link.dialled ? "dialled" : "accepted"}`);
        open.push(link);
      },
      received: (_link, frame) => frames.push(frame.slice()),
      closed: (link) => {
        log.push("closed");
        open.splice(open.indexOf(link), 1);
      },
    },
    (peer) => failed.push(peer),
  );
  return { ...hub, log, failed, frames, open };
}

export function linksContract(name: string, createNetwork: () => Promise<ContractNetwork>): void {
  describe(`links: ${name}`, () => {
    let network: ContractNetwork;
    afterEach(async () => {
      await network.stop();
    });
    const pair = async (): Promise<readonly [Recorder, Recorder]> => {
      network = await createNetwork();
      const [low, high] = network.ids as [HubId, HubId];
      return [await recorderOn(network, low), await recorderOn(network, high)];
    };
    const to = (hub: Recorder, more: Partial<DialRequest> = {}): DialRequest => ({
      hub: hub.id,
      addresses: [hub.address],
      keep: true,
      ...more,
    });
    const linked = async (): Promise<readonly [Recorder, Recorder]> => {
      const [low, high] = await pair();
      low.links.dial(to(high));
      await expect.poll(() => [low.open.length, high.open.length]).toEqual([1, 1]);
      return [low, high];
    };
    const nowhere = (hub: Recorder): HubAddress => ({ ...hub.address, port: 1 });

    test("both ends know whom the link is with, and who dialled", async () => {
      const [low, high] = await linked();
      expect(low.open.map(({ peer, dialled }) => [peer, dialled])).toEqual([[high.id, true]]);
      expect(high.open.map(({ peer, dialled }) => [peer, dialled])).toEqual([[low.id, false]]);
      expect(low.links.links()).toEqual(low.open);
    });

    test("dialling again changes nothing", async () => {
      const [low, high] = await linked();
      expect(low.links.dial(to(high))).toBe("known");
      expect(low.links.dial(to(low))).toBe("self");
      expect(high.links.dial(to(low, { keep: false }))).toBe("linked");
      expect([low.log, high.log]).toEqual([["opened dialled"], ["opened accepted"]]);
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

    test("a frame over 64 KiB is the caller's mistake", async () => {
      const [low, high] = await linked();
      const frame = new Uint8Array(65_537);
      expect(() => low.open[0]!.send(frame)).toThrow(RangeError);
      expect(() => high.open[0]!.send(frame)).toThrow(RangeError);
    });

    test.each(["low", "high"] as const)(
      "when the %s side closes, both hear it once, and a link that is kept comes back",
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

    test("a link that is not kept stays away once it has ended, and may be dialled again", async () => {
      const [low, high] = await pair();
      low.links.dial(to(high, { keep: false }));
      await expect.poll(() => high.open.length).toBe(1);
      high.open[0]!.close();
      await expect.poll(() => low.log).toEqual(["opened dialled", "closed"]);
      expect(low.links.dial(to(high, { keep: false }))).toBe("dialling");
      await expect.poll(() => low.log).toEqual(["opened dialled", "closed", "opened dialled"]);
      expect(low.failed).toEqual([]);
    });

    test("each address is tried in turn; when none leads to the hub, that is told once", async () => {
      const [low, high] = await pair();
      low.links.dial(to(high, { keep: false, addresses: [nowhere(high), high.address] }));
      await expect.poll(() => low.log).toEqual(["opened dialled"]);
      high.links.dial({ hub: "00".repeat(16) as HubId, addresses: [nowhere(low), low.address] });
      await expect.poll(() => high.failed).toEqual(["00".repeat(16)]);
      expect(high.log).toEqual(["opened accepted"]);
    });

    test("an undialled peer stays away", async () => {
      const [low, high] = await linked();
      low.links.undial(high.id);
      await expect.poll(() => [low.log.at(-1), high.log.at(-1)]).toEqual(["closed", "closed"]);
      expect(low.links.links()).toEqual([]);
    });

    test("where both dial, by id or by address, the session of the lower id stays and the other ends", async () => {
      const [low, high] = await pair();
      low.links.dial({ addresses: [high.address], keep: true });
      high.links.dial(to(low));
      await expect.poll(() => [low.open[0]?.dialled, high.open[0]?.dialled]).toEqual([true, false]);
      expect([low.open.length, high.open.length]).toEqual([1, 1]);
      low.open[0]!.send(Uint8Array.of(5));
      await expect.poll(() => high.frames.length).toBe(1);
    });

    test("nobody is ever told of two links with one hub", async () => {
      const [low, high] = await pair();
      for (const hub of [low, high]) {
        const other = hub === low ? high : low;
        hub.links.dial(to(other));
        hub.links.dial({ addresses: [other.address], keep: true });
      }
      await expect.poll(() => [low.open[0]?.dialled, high.open[0]?.dialled]).toEqual([true, false]);
      for (const { log } of [low, high]) {
        let open = 0;
        for (const line of log) {
          open += line === "closed" ? -1 : 1;
          expect(open).toBeLessThanOrEqual(1);
        }
      }
    });

    test("a hub that is dialled by its own address is not dialled again", async () => {
      const [low] = await pair();
      low.links.dial({ addresses: [low.address], keep: true });
      low.links.dial({ addresses: [low.address], keep: true });
      await expect.poll(() => low.links.dial({ addresses: [low.address], keep: true })).toBe("dialling");
      expect(low.log).toEqual([]);
    });

    test("after stop nothing is dialled", async () => {
      const [low, high] = await linked();
      await low.links.stop();
      await expect.poll(() => high.log.at(-1)).toBe("closed");
      expect(low.links.dial(to(high))).toBe("stopped");
      expect(low.links.links()).toEqual([]);
    });
  });
}
