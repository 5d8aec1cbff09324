/**
 * Fuzz target: the lines of a recording and the rows of the mote data. A third of the runs are the bytes as they come, the
 * others are a valid line with some of its bytes changed, moved or repeated, so that the parser's inside is reached too.
 */
import { fitsAdvert, isAddress, isRssi } from "../../firmware-bridge/ble/advert-limits.js";
import { parseMoteRow } from "../../firmware-bridge/ble/mote-dataset.js";
import { parseAdvert, parseHeader } from "../../firmware-bridge/ble/recording-format.js";

const HEADER = '{"format":"mindos-recording","version":1,"source":"bluez hci0","startedWallMs":1273363200000}';
const ADVERT =
  '{"t":12.5,"address":"A4:C1:38:0B:5E:ED","rssi":-61,"name":"cellar","service":{"fcd2":"4002c409"},"manufacturer":{"0499":"05ff"},"taken":1273363200000}';
const ROW = "2344,1,1,45.93,27.97,1";
const PIECES = [
  "{",
  "}",
  "[",
  '"',
  ":",
  ",",
  "-",
  "\\u0000",
  '"__proto__":',
  "1e999",
  "null",
  "\u202e",
  "é",
  "00",
  ".",
];

function mutate(text: string, noise: string, random: () => number): string {
  const pick = (count: number): number => Math.floor(random() * count);
  let out = text;
  for (let change = pick(4); change > 0; change--) {
    const at = pick(out.length + 1);
    const source = random();
    const piece =
      source < 0.3 ? noise.slice(0, pick(8)) : source < 0.7 ? PIECES[pick(PIECES.length)] : out.slice(pick(out.length));
    out = out.slice(0, at) + piece + out.slice(at + (random() < 0.5 ? 0 : pick(12)));
  }
  return out;
}

const PARSERS: readonly { readonly example: string; run(text: string): string }[] = [
  { example: HEADER, run: (text) => (parseHeader(text).source.length <= 200 ? "header" : "long header") },
  {
    example: ADVERT,
    run: (text) => {
      const advert = parseAdvert(text, { source: "fuzz", startedWallMs: 0 });
      const sound =
        isAddress(advert.address) &&
        isRssi(advert.rssiDbm) &&
        fitsAdvert(advert.serviceData, advert.manufacturerData) &&
        Number.isFinite(advert.atMs) &&
        Number.isInteger(advert.takenWallMs);
      if (!sound) throw new TypeError("an advert that no radio can hear");
      return "advert";
    },
  },
  {
    example: ROW,
    run: (text) => {
      const row = parseMoteRow(text);
      if (!Number.isInteger(row.humidityHundredths + row.temperatureHundredths))
        throw new TypeError("no whole numbers");
      return "row";
    },
  },
];

export const target = {
  name: "recording",
  run(bytes: Uint8Array, random: () => number): string {
    const noise = new TextDecoder().decode(bytes);
    const parser = PARSERS[Math.floor(random() * PARSERS.length)];
    if (!parser) return "none";
    try {
      return parser.run(random() < 0.3 ? noise : mutate(parser.example, noise, random));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      if (error.message.length > 200) throw new TypeError(`a message of ${error.message.length} characters`);
      return "refused";
    }
  },
};
