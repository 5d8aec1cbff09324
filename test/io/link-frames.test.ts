import fc from "fast-check";
import mqttPacket, { type IPublishPacket, type Packet } from "mqtt-packet";
import { describe, expect, test } from "vitest";
import { encodeFramePublish, FRAME_BYTES_MAX, LinkWatch } from "../../runtime/io/link-frames.js";

const frames = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.integer({ min: 0, max: FRAME_BYTES_MAX }).map((length) => new Uint8Array(length).fill(7)),
);

function inChunks(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

describe("encodeFramePublish", () => {
  test("writes what an MQTT parser reads as the same frame on topic m", () => {
    fc.assert(
      fc.property(frames, (frame) => {
        const packets: Packet[] = [];
        const parser = mqttPacket.parser();
        parser.on("packet", (packet) => packets.push(packet));
        parser.parse(encodeFramePublish(frame));
        const [publish] = packets as IPublishPacket[];
        expect(packets).toHaveLength(1);
        expect(publish).toMatchObject({ cmd: "publish", topic: "m", qos: 0, retain: false });
        expect(Buffer.from(frame).equals(publish?.payload as Buffer)).toBe(true);
      }),
    );
  });
});

describe("LinkWatch", () => {
  test("lets a link's packets pass, however they are cut", () => {
    fc.assert(
      fc.property(
        fc.array(frames, { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 8 }),
        (list, sizes) => {
          const pong = Buffer.from([0xd0, 0]);
          const bytes = Buffer.concat([
            Buffer.from([0x20, 2, 0, 0]),
            ...list.flatMap((one) => [encodeFramePublish(one), pong]),
          ]);
          const watch = new LinkWatch();
          expect(inChunks(bytes, sizes).every((chunk) => watch.feed(chunk))).toBe(true);
        },
      ),
    );
  });

  test("stops at the header of a packet that is too long, byte by byte", () => {
    const watch = new LinkWatch();
    expect(watch.feed(Uint8Array.of(0x20, 2, 0, 0))).toBe(true);
    const verdicts = [0x30, 0xff, 0xff, 0xff, 0x7f].map((byte) => watch.feed(Uint8Array.of(byte)));
    expect(verdicts.indexOf(false)).toBe(3);
  });

  test("wants one CONNACK, first", () => {
    expect(new LinkWatch().feed(Uint8Array.of(0xd0, 0))).toBe(false);
    expect(new LinkWatch().feed(Uint8Array.of(0x20, 2, 0, 0, 0x20, 2, 0, 0))).toBe(false);
  });

  test("never throws, whatever comes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect([true, false]).toContain(new LinkWatch().feed(bytes));
      }),
    );
  });
});
