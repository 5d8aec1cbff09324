import { createDecipheriv } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeBthome } from "../../../firmware-bridge/ble/bthome-encoder.js";
import { bytesToHex, hexToBytes } from "../../../runtime/core/bytes.js";

const KEY = hexToBytes("231d39c1d7cc1ab1aee224cd096db932");
const ADDRESS = hexToBytes("5448e68f80a5");

describe("BTHome v2 service data", () => {
  it("is the specification's example, byte for byte", () => {
    expect(bytesToHex(encodeBthome({ temperatureCel: 25, humidityPercent: 50.55 }))).toBe("4002c40903bf13");
  });

  it("encrypted, is the specification's example with its key, address and counter", () => {
    const counter = 0x33221100;
    const encryption = { key: KEY, address: ADDRESS, counter };
    const data = encodeBthome({ temperatureCel: 25.06, humidityPercent: 50.55 }, encryption);
    expect(bytesToHex(data)).toBe("41a47266c95f730011223378237214");
  });

  it("lists its objects by ascending id, the packet id first", () => {
    const data = encodeBthome({ humidityPercent: 0, temperatureCel: -0.01, packetId: 255 });
    expect(bytesToHex(data)).toBe("4000ff02ffff030000");
  });

  it("says every hundredth that its fields can hold", () => {
    fc.assert(
      fc.property(fc.integer({ min: -32768, max: 32767 }), fc.integer({ min: 0, max: 65535 }), (cel, percent) => {
        const data = encodeBthome({ temperatureCel: cel / 100, humidityPercent: percent / 100 });
        const view = new DataView(data.buffer);
        expect([view.getInt16(2, true), view.getUint16(5, true)]).toEqual([cel, percent]);
      }),
    );
  });

  it("encrypted, opens with the nonce that the specification asks for, and with no other counter", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_fffe }), (counter) => {
        const encryption = { key: KEY, address: ADDRESS, counter };
        const data = encodeBthome({ packetId: counter % 256, temperatureCel: 21 }, encryption);
        const open = (counterBytes: Uint8Array) => {
          const nonce = Buffer.concat([ADDRESS, Buffer.from("d2fc41", "hex"), counterBytes]);
          const decipher = createDecipheriv("aes-128-ccm", KEY, nonce, { authTagLength: 4 });
          decipher.setAuthTag(data.subarray(-4));
          const plaintext = decipher.update(data.subarray(1, -8));
          decipher.final();
          return plaintext.toString("hex");
        };
        expect(open(data.subarray(-8, -4))).toBe(`00${(counter % 256).toString(16).padStart(2, "0")}023408`);
        const other = Buffer.alloc(4);
        other.writeUInt32LE(counter + 1);
        expect(() => open(other)).toThrow();
      }),
    );
  });

  it("refuses what does not fit", () => {
    for (const bad of [
      { temperatureCel: 327.68 },
      { humidityPercent: -0.01 },
      { packetId: 256 },
      { temperatureCel: Number.NaN },
    ]) {
      expect(() => encodeBthome(bad)).toThrow(RangeError);
    }
    const wrong = [{ key: KEY.subarray(1) }, { address: KEY }, { counter: -1 }, { counter: 2 ** 32 }];
    for (const change of wrong) {
      expect(() => encodeBthome({}, { key: KEY, address: ADDRESS, counter: 0, ...change })).toThrow(RangeError);
    }
  });
});
