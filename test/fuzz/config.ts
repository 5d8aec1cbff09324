/**
 * Fuzz target: a file of settings. Half of the runs are the bytes as they come, half are a valid file with some of its
 * bytes changed, moved or repeated, so that the parser's inside is reached too.
 */
import { parseConfigBytes } from "../../runtime/config/config.js";
import { MindosError } from "../../runtime/core/errors.js";

const EXAMPLE = new TextEncoder().encode(`name = "cellar"
mqttPort = 0
peers = ["127.0.0.1:1883", "[::1]:1884"]
[replay]
source = "motes"
motes = [1, 3]
speed = 2.5
[[sensors]]
address = "A4:C1:38:0B:5E:ED"
key = "00112233445566778899aabbccddeeff"
`);
/** What a TOML parser trips over. */
const PIECES = [
  "[",
  "]]",
  "=",
  '"',
  '"""',
  "'''",
  "\n",
  "{",
  "}",
  ",",
  ".",
  "#",
  "\\u0000",
  "__proto__",
  "1e999",
  "-",
  "0x",
  "nan",
  "1979-05-27",
].map((text) => new TextEncoder().encode(text));

function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  const pick = (count: number): number => Math.floor(random() * count);
  let out = EXAMPLE;
  for (let change = pick(4); change >= 0; change--) {
    const at = pick(out.length);
    const length = pick(12);
    const rest = out.subarray(Math.min(out.length, at + (random() < 0.5 ? 0 : length)));
    const source = random();
    const piece =
      source < 0.3
        ? bytes.subarray(0, length)
        : source < 0.7
          ? (PIECES[pick(PIECES.length)] as Uint8Array)
          : out.subarray(at, at + length * 3);
    const next = new Uint8Array(at + piece.length + rest.length);
    next.set(out.subarray(0, at));
    next.set(piece, at);
    next.set(rest, at + piece.length);
    out = next;
  }
  return out;
}

export const target = {
  name: "config",
  run(bytes: Uint8Array, random: () => number): string {
    const input = random() < 0.5 ? bytes : mutate(bytes, random);
    try {
      const config = parseConfigBytes(input, "fuzz.toml");
      if (!Object.isFrozen(config) || !Object.isFrozen(config.replay))
        throw new TypeError("a config that can be changed");
      return "value";
    } catch (error) {
      if (!(error instanceof MindosError)) throw error;
      if (error.message.length > 8_192) throw new TypeError(`a message of ${error.message.length} characters`);
      return `error:${error.code}`;
    }
  },
};
