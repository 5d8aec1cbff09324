/** One node as a hub runs it, real certificates and all, and a test in the place of its neighbours. In virtual time, without sockets. */
import type { HubId } from "../../runtime/core/ids.js";
import type { Message, MessageOf } from "../../runtime/core/messages.js";
import type { Rng } from "../../runtime/core/time.js";
import { originAuthority, placesAuthority } from "../../runtime/hub/key-authority.js";
import { EntryAuthority } from "../../runtime/hub/registries/authority.js";
import { registrySpecs } from "../../runtime/hub/registries/specs.js";
import { MEMBERSHIP_CRYPTO } from "../../runtime/io/home/home-keys.js";
import { signaturesVerified } from "../../runtime/io/home/identity.js";
import { EpochLedger } from "../../runtime/mesh/admission/epochs.js";
import type { Membership } from "../../runtime/mesh/admission/membership.js";
import { statementCryptoOf } from "../../runtime/mesh/liveness/statement.js";
import type { Gate } from "../../runtime/mesh/node/hello.js";
import type { HeardFrame, NodeEffect, NodeInput } from "../../runtime/mesh/node/inputs.js";
import { MeshNode } from "../../runtime/mesh/node/node.js";
import { decodeCarried, encodeCarried } from "../../runtime/wire/carried.js";
import { decodePayload, encodePayload, isProblem } from "../../runtime/wire/frame.js";
import { LATER } from "../../runtime/wire/problems.js";
import { seeded } from "../mesh/small-net.js";
import { HOME_WALL_MS, type TestHome, type TestHub } from "./home.js";

export interface LoneNodeOptions {
  readonly home: TestHome;
  readonly self: TestHub;
  readonly seed?: number;
}

export class LoneNode {
  readonly node: MeshNode;
  readonly membership: Membership;
  readonly epochs = EpochLedger.restore(undefined, 512);
  readonly counts = new Map<string, number>();
  readonly effects: NodeEffect[] = [];
  nowMs = 0;
  readonly #rng: Rng;
  readonly #seqs = new Map<number, number>();

  constructor({ home, self, seed = 1 }: LoneNodeOptions) {
    const random = seeded(seed);
    this.#rng = (length) => Uint8Array.from({ length }, () => Math.floor(random() * 256));
    this.membership = home.membership(self);
    const wallMs = (): number => HOME_WALL_MS + this.nowMs;
    const { hubIdOf, sha256, verify } = MEMBERSHIP_CRYPTO;
    const keys = { publicKey: self.publicKey, hubIdOf, sign: (bytes: Uint8Array) => self.sign(bytes), verify };
    const gate = gateOf(this.membership, this.epochs, wallMs);
    const authority = new EntryAuthority({ identity: self, membership: () => this.membership, wallMs });
    this.node = new MeshNode({
      self: { hub: self.hub, epoch: 1, boot: new Uint8Array(8), name: self.name, addresses: [] },
      gate,
      codecs: {
        ...{ hash: sha256, encode: encodeCarried, decode: carried, statements: statementCryptoOf(keys) },
        ...{ places: placesAuthority(keys), verified: signaturesVerified, wallMs },
        broadcasts: originAuthority(keys, gate),
        registries: registrySpecs(authority, wallMs),
      },
      write: encodePayload,
      read: (payload) => {
        const read = decodePayload(payload);
        if (!isProblem(read)) return read.message;
        return LATER.has(read.problem) ? "later" : undefined;
      },
    });
  }

  count(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  /** @returns what this very input made. */
  input(input: NodeInput): readonly NodeEffect[] {
    const effects = this.node.handle(input, this.nowMs, this.#rng);
    for (const effect of effects) {
      if (effect.type === "count") this.counts.set(effect.name, this.count(effect.name) + effect.by);
      else this.effects.push(effect);
      // A disk that takes no time.
      if (effect.type === "write") this.input({ type: "written", serial: effect.serial });
    }
    return effects;
  }

  run(untilMs: number): void {
    while (this.node.deadlineMs <= untilMs) {
      this.nowMs = Math.max(this.nowMs, this.node.deadlineMs);
      this.input({ type: "tick" });
    }
    this.nowMs = untilMs;
  }

  /** @param dialled by the node. */
  open(linkId: number, peer: HubId, dialled = false): readonly NodeEffect[] {
    return this.input({ type: "link-opened", linkId, dialled, peer });
  }

  /** A link that is up. */
  link(linkId: number, peer: TestHub, dialled = false): void {
    this.open(linkId, peer.hub, dialled);
    this.hear(linkId, helloOf(peer));
  }

  /** @returns what the frame made. */
  hear(linkId: number, message: Message): readonly NodeEffect[] {
    const seq = (this.#seqs.get(linkId) ?? 0) + 1;
    this.#seqs.set(linkId, seq);
    return this.frame(linkId, { form: "link", seq, message });
  }

  frame(linkId: number, heard: HeardFrame): readonly NodeEffect[] {
    return this.input({ type: "frame", linkId, heard });
  }

  /** Messages that these effects say over that link. */
  static said(effects: readonly NodeEffect[], linkId: number): Message[] {
    return effects.flatMap((effect) => (effect.type === "send" && effect.linkId === linkId ? [effect.message] : []));
  }
}

export function helloOf(peer: TestHub, changes: Partial<MessageOf<"HELLO">> = {}): MessageOf<"HELLO"> {
  const { hub, name, chain } = peer;
  const says = { versions: [1], id: hub, epoch: 1, boot: new Uint8Array(8).fill(1), name, chain, addresses: [] };
  return { type: "HELLO", ...says, ...changes };
}

function gateOf(membership: Membership, ledger: EpochLedger, wallMs: () => number): Gate {
  const known = new Set<HubId>();
  return {
    chain: () => membership.chain,
    check: (peer, chain) => {
      const verdict = membership.check(peer, chain, wallMs());
      if (!verdict.ok) return verdict.problem;
      known.add(peer);
      return undefined;
    },
    checkEpoch: (...met) => ledger.observe(...met),
    revoke: (bytes) => {
      const verdict = membership.revoke(bytes, wallMs());
      if (typeof verdict === "string") return verdict;
      return { problem: `mesh.admission.revocation.${verdict.problem}`, isForged: verdict.problem === "badSignature" };
    },
    isRevoked: (hub) => membership.isRevoked(hub),
    isMember: (hub) => known.has(hub) && !membership.isRevoked(hub),
    revocations: () => membership.revoked(),
    revocationsAbout: (hub) => membership.revocationsAbout(hub),
  };
}

function carried(bytes: Uint8Array): Message | undefined {
  const message = decodeCarried(bytes);
  return "problem" in message ? undefined : message;
}
