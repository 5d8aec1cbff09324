import fc from "fast-check";
import mqttPacket, { type IConnectPacket, type IPublishPacket, type Packet } from "mqtt-packet";
import { describe, expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import {
  encodeConnect,
  FRAME_BYTES_MAX,
  frameOf,
  judgeConnect,
  PacketReader,
  publishBytes,
  writePublish,
} from "../../../runtime/io/link/frames.js";

const HUB = "0a".repeat(16) as HubId;
const frames = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.integer({ min: 0, max: FRAME_BYTES_MAX }).map((length) => new Uint8Array(length).fill(7)),
);

function publish(frame: Uint8Array): Buffer {
  const packet = Buffer.alloc(publishBytes(frame.length));
  expect(writePublish(packet, 0, frame)).toBe(packet.length);
  return packet;
}

function parsed(bytes: Buffer): Packet[] {
  const packets: Packet[] = [];
  const parser = mqttPacket.parser();
  parser.on("packet", (packet) => packets.push(packet));
  parser.parse(bytes);
  return packets;
}

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

function openReader(): PacketReader {
  const reader = new PacketReader();
  reader.open();
  return reader;
}

describe("a frame as a PUBLISH", () => {
  test("is what an MQTT parser reads as the same frame on topic m", () => {
    fc.assert(
      fc.property(frames, (frame) => {
        const packets = parsed(publish(frame)) as IPublishPacket[];
        expect(packets).toHaveLength(1);
        expect(packets[0]).toMatchObject({ cmd: "publish", topic: "m", qos: 0, retain: false, dup: false });
        expect(Buffer.from(frame).equals(packets[0]?.payload as Buffer)).toBe(true);
      }),
    );
  });

  test.each([
    [0, 5],
    [124, 5],
    [125, 6],
    [16_380, 6],
    [16_381, 7],
    [FRAME_BYTES_MAX, 7],
  ])("of %i bytes takes %i more", (length, more) => {
    expect(publish(new Uint8Array(length)).length).toBe(length + more);
  });

  test.each([[[]], [[0]], [[0, 1]], [[0, 1, 120, 5]], [[0, 2, 109, 109]], [[1, 1, 109]]])(
    "is not on another topic: %j",
    (body) => {
      expect(frameOf(Uint8Array.from(body))).toBeUndefined();
    },
  );
});

describe("CONNECT", () => {
  const body = (change: (bytes: Buffer) => void = () => undefined): Buffer => {
    const bytes = Buffer.from(encodeConnect(HUB).subarray(2));
    change(bytes);
    return bytes;
  };

  test("is what an MQTT parser reads as a clean 3.1.1 session without will and user", () => {
    const [connect] = parsed(encodeConnect(HUB)) as IConnectPacket[];
    expect(connect).toMatchObject({ cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true });
    expect(connect).toMatchObject({ keepalive: 15, clientId: HUB });
    expect(connect).not.toHaveProperty("will");
    expect(connect).not.toHaveProperty("username");
  });

  test("of a hub is accepted, under its own name only", () => {
    expect(judgeConnect(body(), HUB)).toBe("accepted");
    expect(judgeConnect(body(), "0b".repeat(16) as HubId)).toBe("identifier");
  });

  test("that any MQTT library writes for the same session is accepted", () => {
    const bytes = mqttPacket.generate({
      cmd: "connect",
      clientId: HUB,
      clean: true,
      keepalive: 60,
      protocolId: "MQTT",
    });
    expect(judgeConnect(bytes.subarray(2), HUB)).toBe("accepted");
  });

  test.each([
    ["another version", (bytes: Buffer) => bytes.writeUInt8(5, 6), "version"],
    ["another protocol", (bytes: Buffer) => bytes.write("MQIT", 2), "malformed"],
    ["a kept session", (bytes: Buffer) => bytes.writeUInt8(0, 7), "malformed"],
    ["a will", (bytes: Buffer) => bytes.writeUInt8(0x06, 7), "malformed"],
    ["a user name", (bytes: Buffer) => bytes.writeUInt8(0x82, 7), "malformed"],
    ["a wrong length", (bytes: Buffer) => bytes.writeUInt16BE(31, 10), "malformed"],
  ])("with %s is refused", (_name, change, verdict) => {
    expect(judgeConnect(body(change), HUB)).toBe(verdict);
  });

  test("of any bytes gives a verdict", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(["accepted", "version", "identifier", "malformed"]).toContain(judgeConnect(bytes, HUB));
      }),
    );
  });
});

describe("PacketReader", () => {
  test("gives back the packets, however they are cut", () => {
    fc.assert(
      fc.property(
        fc.array(frames, { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 8 }),
        (list, sizes) => {
          const bytes = Buffer.concat(list.flatMap((one) => [publish(one), Buffer.from([0xd0, 0])]));
          const got: [number, Buffer][] = [];
          const reader = openReader();
          for (const chunk of inChunks(bytes, sizes)) {
            expect(reader.feed(chunk, (head, body) => got.push([head, Buffer.from(body)]) > 0)).toBe(true);
          }
          expect(got.map(([head]) => head)).toEqual(list.flatMap(() => [0x30, 0xd0]));
          const bodies = got.filter(([head]) => head === 0x30).map(([, body]) => frameOf(body));
          expect(bodies.every((body, i) => Buffer.from(list[i] ?? []).equals(body ?? Buffer.of(1)))).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("stops at the header of a packet that is too long, byte by byte", () => {
    const reader = openReader();
    const verdicts = [0x30, 0xff, 0xff, 0xff, 0x7f].map((byte) => reader.feed(Uint8Array.of(byte), () => true));
    expect(verdicts.indexOf(false)).toBe(4);
    expect(openReader().feed(Uint8Array.of(0x30, 0x84, 0x80, 0x04), () => true)).toBe(false);
    expect(openReader().feed(Uint8Array.of(0x30, 0x83, 0x80, 0x04), () => true)).toBe(true);
  });

  test("gathers no more than a CONNECT before there is a session", () => {
    expect(new PacketReader().feed(Uint8Array.of(0x10, 0x81, 0x02), () => true)).toBe(false);
    expect(new PacketReader().feed(Uint8Array.of(0x10, 0x80, 0x02), () => true)).toBe(true);
  });

  test.each([
    ["a fifth byte of length", [0x30, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ["a length in a longer form than needed", [0x30, 0x80, 0x00]],
  ])("refuses %s", (_name, bytes) => {
    expect(openReader().feed(Uint8Array.from(bytes), () => true)).toBe(false);
  });

  test("stops when its taker does", () => {
    let taken = 0;
    const bytes = Buffer.from([0xd0, 0, 0xd0, 0]);
    expect(openReader().feed(bytes, () => ++taken > 1)).toBe(false);
    expect(taken).toBe(1);
  });

  test("never throws, whatever comes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect([true, false]).toContain(openReader().feed(bytes, () => true));
      }),
    );
  });
});
