import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MindosError } from "../../../runtime/core/errors.js";
import { parseBrokerUrl } from "../../../runtime/io/backbone/address.js";
import { BACKBONES_MAX } from "../../../runtime/io/backbone/file.js";
import { BackboneList } from "../../../runtime/io/backbone/list.js";
import { judgeConnack, PacketParser } from "../../../runtime/io/backbone/packets.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mindos-backbones-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const notes: string[] = [];
const open = (): Promise<BackboneList> => BackboneList.open(folder, (note) => notes.push(note));
const path = (): string => join(folder, "backbone.json");

describe("the list of backbones", () => {
  test("is on disk, for the owner alone, with the password that nobody is shown", async () => {
    const list = await open();
    const view = await list.addBackbone({ url: "mqtts://villa:s%3Acret@Broker.example", name: "city" });
    expect(view).toEqual({
      ...{ url: "mqtts://broker.example:8883", name: "city", user: "villa", state: "idle" },
      ...{ met: 0, links: [], others: [] },
    });
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(readFileSync(path(), "utf8")).toContain("s:cret");
    expect((await open()).backbones()).toEqual([view]);
  });

  test("adding an address again replaces it; its name or address removes it", async () => {
    const list = await open();
    await list.addBackbone({ url: "mqtt://a", user: "one", password: "1" });
    await list.addBackbone({ url: "mqtt://a:1883", user: "two", password: "2", name: "here" });
    await list.addBackbone({ url: "ws://b/mqtt" });
    expect(list.backbones().map(({ url, user }) => [url, user])).toEqual([
      ["mqtt://a:1883", "two"],
      ["ws://b:80/mqtt", undefined],
    ]);
    await list.removeBackbone("here");
    await list.removeBackbone("ws://b/mqtt");
    expect((await open()).backbones()).toEqual([]);
    await expect(list.removeBackbone("here")).rejects.toMatchObject({ code: "BACKBONE_UNKNOWN" });
  });

  test("has a bound", async () => {
    const list = await open();
    for (let i = 0; i < BACKBONES_MAX; i++) await list.addBackbone({ url: `mqtt://b${i}` });
    await expect(list.addBackbone({ url: "mqtt://more" })).rejects.toMatchObject({ code: "BACKBONES_FULL" });
  });

  test.each([
    "{",
    "[]",
    '{"version":2}',
    '{"version":1,"backbones":[{"url":1}]}',
    '{"version":1,"backbones":[{"url":"x://pw@"}]}',
  ])("a damaged file is refused without its text: %s", async (text) => {
    writeFileSync(path(), text.replace("}", ', "password": "hunter2"}'));
    const error = await open().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(MindosError);
    expect(error).toMatchObject({ code: "BACKBONE_INVALID" });
    expect((error as Error).message).not.toContain("hunter2");
  });

  test("a file that others can read is closed, and that is told", async () => {
    await (await open()).addBackbone({ url: "mqtt://a" });
    writeFileSync(path(), readFileSync(path()));
    chmodSync(path(), 0o644);
    await open();
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(notes.at(-1)).toContain("backbone.json");
  });
});

describe("a broker's address", () => {
  test.each(["http://a", "mqtt://", "mqtt://a/path", "mqtt://a:0", "mqtt://a:99999", "broker", "mqtt://u:%E0%A4%A@a"])(
    "%s is refused",
    (text) => expect(() => parseBrokerUrl(text)).toThrow(MindosError),
  );

  test("any text gives an address or an error of ours, which quotes nothing", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `mqtt://${text}`),
        ),
        (text) => {
          try {
            expect(parseBrokerUrl(text).port).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toMatchObject({ code: "BAD_INPUT" });
          }
        },
      ),
    );
  });
});

describe("what a broker sends", () => {
  test.each([4, 5] as const)(
    "any bytes in version %i end in packets or in a reason, never in an exception",
    (version) => {
      fc.assert(
        fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 80 }), { maxLength: 8 }), (chunks) => {
          const packets = new PacketParser(version, () => undefined);
          for (const chunk of chunks) if (packets.feed(Buffer.from(chunk)) !== undefined) return;
        }),
        { numRuns: 500 },
      );
    },
  );

  test("a packet that declares more than 64 KiB is refused at its header", () => {
    const packets = new PacketParser(5, () => undefined);
    expect(packets.feed(Buffer.from([0x30, 0xff]))).toBeUndefined();
    expect(packets.feed(Buffer.from([0xff, 0x7f]))).toBe("a packet is too long");
  });

  test("a version that is refused is told apart from a person that is", () => {
    expect(judgeConnack({ cmd: "connack", sessionPresent: false, returnCode: 1 })).toEqual({ type: "version" });
    expect(judgeConnack({ cmd: "connack", sessionPresent: false, reasonCode: 132 })).toEqual({ type: "version" });
    expect(judgeConnack({ cmd: "connack", sessionPresent: false, returnCode: 4 })).toMatchObject({ type: "refused" });
  });
});
