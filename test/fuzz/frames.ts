/**
 * Frames from another hub: arbitrary bytes, and valid frames that were changed, cut, spliced or nested. Whatever comes
 * is a frame or a problem; a frame that held nothing unknown is written back as the very bytes that it was read from.
 */
import { readFileSync } from "node:fs";
import { bytesEqual, bytesToHex, hexToBytes } from "../../runtime/core/bytes.js";
import { isProblem } from "../../runtime/wire/frame.js";
import { LinkCodec } from "../../runtime/wire/link-codec.js";
import { decodeFrame, encodeFrame } from "../wire/fresh-link.js";

function vectors(name: string): Uint8Array[] {
  const text = readFileSync(new URL(`../vectors/wire/${name}.json`, import.meta.url), "utf8");
  return (JSON.parse(text) as { hex: string }[]).map(({ hex }) => hexToBytes(hex));
}

const valid = vectors("frames");
const seeds = [...valid, ...valid, ...vectors("invalid")];
/** Heads that mean something: types of frames, lengths at their edges, floats, tags, breaks. */
const EDGES = [
  0x00, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1f, 0x20, 0x37, 0x38, 0x3b, 0x40, 0x50, 0x5f, 0x60, 0x61, 0x78, 0x7f,
];
EDGES.push(0x80, 0x81, 0x82, 0x83, 0x86, 0x98, 0x9b, 0x9f, 0xa0, 0xa1, 0xb8, 0xbf, 0xc0, 0xd8, 0xe0, 0xf4, 0xf6, 0xf7);
EDGES.push(0xf8, 0xf9, 0xfa, 0xfb, 0xff);

type Random = () => number;

function pick<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)] as T;
}

function mutated(random: Random): Uint8Array {
  const bytes = pick(seeds, random).slice();
  for (let changes = 1 + Math.floor(random() * 3); changes > 0 && bytes.length > 0; changes--) {
    const at = Math.floor(random() * bytes.length);
    bytes[at] = random() < 0.5 ? pick(EDGES, random) : (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
  }
  return bytes;
}

function truncated(random: Random): Uint8Array {
  const bytes = pick(seeds, random);
  return bytes.subarray(0, Math.floor(random() * bytes.length));
}

/** The beginning of one frame and the end of another. */
function spliced(random: Random): Uint8Array {
  const a = pick(seeds, random);
  const b = pick(seeds, random);
  const head = a.subarray(0, Math.floor(random() * a.length));
  return Uint8Array.of(...head, ...b.subarray(Math.floor(random() * b.length)));
}

/** A few bytes put in, or taken out. */
function shifted(bytes: Uint8Array, random: Random): Uint8Array {
  const frame = pick(seeds, random);
  const at = Math.floor(random() * frame.length);
  const taken = Math.floor(random() * 4);
  return Uint8Array.of(...frame.subarray(0, at), ...bytes.subarray(0, 4), ...frame.subarray(at + taken));
}

function makeInput(bytes: Uint8Array, random: Random): Uint8Array {
  const choice = random();
  if (choice < 0.1) return bytes;
  if (choice < 0.7) return mutated(random);
  if (choice < 0.8) return truncated(random);
  return choice < 0.9 ? spliced(random) : shifted(bytes, random);
}

/** Ends of one link that hear everything: whatever was bound by what came before, a frame that is passed on says the same. */
let longLived = { inward: new LinkCodec(), outward: new LinkCodec(), beyond: new LinkCodec() };

function passOn(input: Uint8Array): void {
  const { inward, outward, beyond } = longLived;
  const heard = inward.decode(input);
  if ("problem" in heard || heard.form === "link") return;
  const again = beyond.decode(outward.encode(heard.frame));
  if ("problem" in again || again.form === "link") throw new Error(`cannot be passed on: ${bytesToHex(input)}`);
  const [before, after] = [heard.frame, again.frame].map((frame) => JSON.stringify(frame));
  if (before !== after) throw new Error(`${bytesToHex(input)} is passed on as ${after}, not ${before}`);
}

export const target = {
  name: "frames",
  run(bytes: Uint8Array, random: Random): string {
    const input = makeInput(bytes, random);
    const before = input.slice();
    if (random() < 0.001) longLived = { inward: new LinkCodec(), outward: new LinkCodec(), beyond: new LinkCodec() };
    passOn(input);
    const frame = decodeFrame(input);
    if (!bytesEqual(input, before)) throw new Error(`decoding changed ${bytesToHex(before)}`);
    if (isProblem(frame)) {
      if (frame.problem === "UNREADABLE")
        throw new Error(`cbor-x refuses what the scanner accepts: ${bytesToHex(input)}`);
      return `problem:${frame.problem}`;
    }
    if (frame.ignored !== undefined) return "value:newer";
    // Which numbers hubs get is the sender's choice, so what is written back may differ from what came; it is read the same.
    const again = encodeFrame(frame);
    if (bytesEqual(again, input)) return "value";
    if (frame.form === "link" && !usesAliases(frame.message.type))
      throw new Error(`${bytesToHex(input)} is written back as ${bytesToHex(again)}`);
    if (JSON.stringify(decodeFrame(again)) !== JSON.stringify(frame))
      throw new Error(`${bytesToHex(input)} is written back as ${bytesToHex(again)}, which reads otherwise`);
    return "value:otherwise";
  },
};

/** Messages of the link form whose bodies say hubs by aliases. */
function usesAliases(type: string): boolean {
  return type === "ROUTE";
}
