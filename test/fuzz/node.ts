/**
 * A hub among members that say anything: frames of the wire's vectors, bent in every field, and what only a member can make (signed broadcasts,
 * entries and revocations of ever new hubs). It may answer or drop; it may not throw, say much for little, or let a table grow beyond its bound.
 * The hub lives through all runs: a crash comes again when they are repeated from the first seed.
 */
import { readFileSync } from "node:fs";
import { hexToBytes } from "../../runtime/core/bytes.js";
import { MindosError } from "../../runtime/core/errors.js";
import type { HubId } from "../../runtime/core/ids.js";
import type { Message } from "../../runtime/core/messages.js";
import { namedBytes } from "../../runtime/mesh/broadcast/message-id.js";
import { encodeCarried } from "../../runtime/wire/carried.js";
import { isProblem } from "../../runtime/wire/frame.js";
import { LinkCodec } from "../../runtime/wire/link-codec.js";
import { memberContent, signEntry } from "../../runtime/wire/registry-entry.js";
import { keyOf, TestHome } from "../fakes/home.js";
import { helloOf, LoneNode } from "../fakes/lone-node.js";
import { decodeFrame, encodeFrame, type Frame } from "../wire/fresh-link.js";

type Random = () => number;

const home = new TestHome("fuzz");
const self = home.admit("self", "owner");
const neighbours = [home.admit("a", "owner"), home.admit("b"), home.admit("c")];
const strangers = Array.from({ length: 40 }, (_, at) => keyOf(`stranger ${at}`).hub);
const known: readonly HubId[] = [self.hub, ...neighbours.map(({ hub }) => hub)];

const text = readFileSync(new URL("../vectors/wire/frames.json", import.meta.url), "utf8");
const seeds = (JSON.parse(text) as { hex: string }[])
  .map(({ hex }) => decodeFrame(hexToBytes(hex)))
  .filter((frame): frame is Frame => !isProblem(frame));
const HUB_ID = /^[0-9a-f]{32}$/;
const EDGES = [
  0,
  1,
  2,
  7,
  63,
  64,
  127,
  255,
  256,
  4095,
  65_535,
  2 ** 24 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 48,
  2 ** 53 - 1,
];
/** Of one part in so many something is bent. */
const BENT_PART = 6;
/** What one frame may make: a table told to three neighbours, the registries' first messages, and a few notices. */
const EFFECTS_MAX = 1000;

function pick<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)] as T;
}

/** One that there is, one that was heard of before, or one that nobody has heard of. */
function hubOf(random: Random): HubId {
  const choice = random();
  if (choice < 0.4) return pick(known, random);
  if (choice < 0.7) return pick(strangers, random);
  return Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join("") as HubId;
}

function bent(value: unknown, random: Random): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => bent(item, random));
    if (random() < 1 / BENT_PART) items.splice(Math.floor(random() * items.length), 1);
    while (items.length > 0 && random() < 0.3) items.push(bent(pick(items, random), random));
    return items;
  }
  if (value instanceof Uint8Array) {
    const bytes = value.slice();
    if (bytes.length > 0 && random() < 1 / BENT_PART) bytes[Math.floor(random() * bytes.length)] = random() * 256;
    return bytes;
  }
  if (typeof value === "string") {
    if (!HUB_ID.test(value)) return value;
    return hubOf(random);
  }
  if (typeof value === "boolean") return random() < 1 / BENT_PART ? !value : value;
  if (typeof value === "number") {
    if (random() < 0.5) return value;
    return random() < 0.5 ? pick(EDGES, random) : Math.max(0, value + Math.floor(random() * 5) - 2);
  }
  if (value === null || typeof value !== "object" || value instanceof Map) return value;
  const fields = Object.entries(value).filter(([key]) => key === "type" || key === "op" || random() > 0.02);
  return Object.fromEntries(fields.map(([key, item]) => [key, key === "op" ? item : bent(item, random)]));
}

/** By a neighbour or in somebody's name, mostly for this hub. */
function bentFrame(seed: Frame, random: Random): Frame {
  const message = bent(seed.message, random);
  if (seed.form === "link") return { ...seed, message } as Frame;
  const says = {
    src: hubOf(random),
    dst: random() < 0.6 ? self.hub : hubOf(random),
    srcEpoch: 1 + Math.floor(random() * 3),
  };
  return { ...seed, ...says, hops: Math.floor(random() * 128), message } as Frame;
}

/** What needs a member's key. */
function signed(at: number, message: Message, random: Random): Message {
  const by = neighbours[0]!;
  const choice = random();
  if (choice < 0.4) return { type: "REVOKE", revocations: [home.revocation(keyOf(`gone ${at}`).hub, by)] };
  if (choice < 0.7) {
    const member = home.admit(`made up ${at}`, "member", by);
    const head = { registry: 1, key: member.hub, major: 1, minor: 1 };
    const content = memberContent.encode({ name: member.name, addresses: [] });
    const value = signEntry(head, { chain: member.chain, content }, (bytes) => member.sign(bytes));
    const ranges = [{ upper: 2 ** 48, fingerprint: new Uint8Array(6) }];
    const says = {
      scope: "everyone",
      open: true,
      more: true,
      ranges,
      wants: [],
      entries: [{ ...head, value }],
    } as const;
    return { type: "SYNC", session: at, ...says };
  }
  const origin = keyOf(`origin ${at % 2000}`);
  const payload = encodeCarried(message);
  const named = namedBytes("everyone", origin.hub, 1, at, payload);
  const bytes = Uint8Array.of(...new TextEncoder().encode("mindos-broadcast-v1"), ...named);
  const proof = Uint8Array.of(...origin.publicKey, ...origin.sign(bytes));
  const says = { op: "gossip", scope: "everyone", src: origin.hub, epoch: 1, seq: at, round: 0 } as const;
  return { type: "GOSSIP", ...says, payload, proof };
}

export class Scene {
  readonly lone = new LoneNode({ home, self });
  readonly #links: number[] = neighbours.map(() => 0);
  #linkId = 0;
  #at = 0;
  #seq = 0;

  run(random: Random): string {
    const { lone } = this;
    this.#at += 1;
    lone.run(lone.nowMs + random() ** 4 * 200);
    const who = Math.floor(random() * neighbours.length);
    this.#ensureLink(who, random);
    lone.effects.length = 0;
    const outcome = this.#say(this.#links[who] as number, random);
    if (lone.effects.length > EFFECTS_MAX) throw new Error(`${outcome} made ${lone.effects.length} effects`);
    if (this.#at % 256 === 0) this.#checkBounds();
    return outcome;
  }

  #ensureLink(who: number, random: Random): void {
    const { lone } = this;
    const peer = neighbours[who]!;
    if (random() < 0.001) lone.input({ type: "link-closed", linkId: this.#links[who] as number, reason: "" });
    if (lone.node.links.of(peer.hub) !== undefined) return;
    this.#linkId += 1;
    this.#links[who] = this.#linkId;
    lone.open(this.#linkId, peer.hub, random() < 0.5);
    lone.hear(this.#linkId, helloOf(peer, { boot: new Uint8Array(8).fill(who) }));
  }

  #say(linkId: number, random: Random): string {
    const frame = bentFrame(pick(seeds, random), random);
    // One that a codec lets out is one that another lets in.
    this.#seq += 1;
    let bytes: Uint8Array;
    try {
      if (random() < 0.004) {
        const message = signed(this.#at, frame.message as Message, random);
        this.lone.hear(linkId, message);
        return `signed:${message.type}`;
      }
      bytes = encodeFrame({ ...frame, seq: frame.form === "link" ? 1 : this.#seq });
    } catch (error) {
      if (error instanceof MindosError && error.code === "BAD_INPUT") return "unsendable";
      throw error;
    }
    const heard = new LinkCodec().decode(bytes);
    if ("problem" in heard) return `problem:${heard.problem}`;
    if (heard.form === "link") this.lone.hear(linkId, heard.message);
    else this.lone.frame(linkId, heard);
    return frame.message.type;
  }

  #checkBounds(): void {
    for (const [table, size, max] of this.tables())
      if (size > max) throw new Error(`${table}: ${size}, more than ${max}`);
  }

  /** Name, size and bound. */
  tables(): readonly (readonly [string, number, number])[] {
    const { node, membership } = this.lone;
    const { broadcast, directory, liveness, outbox, overlay, routes, state } = node.parts;
    return [
      ["links", node.links.size, 128],
      ["neighbours' views", Math.max(0, ...known.map((hub) => overlay.viewOf(hub).length)), 128],
      ["eager neighbours", broadcast.eagerNeighbours("everyone").length, neighbours.length],
      ["frames that wait for a place", directory.framesWaiting, 256],
      ["members", liveness.members().length, 512 + 256 + 128],
      ["names", [...node.names.values()].length, 256],
      ["parcels", outbox.waiting.parcels, 16_384 + 4096],
      ["peers", overlay.peersKnown, 512],
      ["places", directory.placesHeld, 4096],
      ["revocations", membership.revoked().length, 384],
      ["routes", routes.table().length, 256],
      ["the members' registry", state.registries.size("members").entries, 1024],
      ["the adverts' registry", state.registries.size("adverts").entries, 512],
      ["the settings' registry", state.registries.size("settings").entries, 2049],
    ];
  }
}

const scene = new Scene();

export const target = {
  name: "node",
  run: (_bytes: Uint8Array, random: Random): string => scene.run(random),
};
