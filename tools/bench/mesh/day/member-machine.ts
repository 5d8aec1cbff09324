/** A simulated hub with real papers and a real key: what it says holds at a production hub. It believes everybody itself. */
import { createHash } from "node:crypto";
import type { StateEntry } from "../../../../runtime/core/messages-state.js";
import type { Rng } from "../../../../runtime/core/time.js";
import { placesAuthority } from "../../../../runtime/hub/key-authority.js";
import { EntryAuthority } from "../../../../runtime/hub/registries/authority.js";
import { registrySpecs } from "../../../../runtime/hub/registries/specs.js";
import { hubIdOfKey, type Identity } from "../../../../runtime/io/home/identity.js";
import { statementCryptoOf } from "../../../../runtime/mesh/liveness/statement.js";
import type { Gate } from "../../../../runtime/mesh/node/hello.js";
import type { NodeEffect, NodeInput } from "../../../../runtime/mesh/node/inputs.js";
import { MeshNode } from "../../../../runtime/mesh/node/node.js";
import type { RegistrySpec } from "../../../../runtime/mesh/state/registries.js";
import { decodeCarried, encodeCarried } from "../../../../runtime/wire/carried.js";
import { decodePayload, encodePayload, isProblem } from "../../../../runtime/wire/frame.js";
import { signEntry } from "../../../../runtime/wire/registry-entry.js";
import type { Birth, SimulatedMachine } from "../../../sim/machine.js";

export interface Member {
  readonly identity: Identity;
  readonly chain: readonly Uint8Array[];
}

export class MemberMachine implements SimulatedMachine {
  readonly #node: MeshNode;

  constructor({ identity, chain }: Member, { hub, index, epoch, boot, addresses, wallMs }: Birth) {
    const sign = (bytes: Uint8Array): Uint8Array => identity.sign(bytes);
    const keys = { publicKey: identity.publicKey, hubIdOf: hubIdOfKey, sign, verify: () => true };
    this.#node = new MeshNode({
      self: { hub, epoch, boot, name: nameOf(index), addresses },
      gate: gateWith(chain),
      codecs: {
        hash: (bytes) => createHash("sha256").update(bytes).digest(),
        encode: encodeCarried,
        decode: (bytes) => {
          const message = decodeCarried(bytes);
          return "problem" in message ? undefined : message;
        },
        statements: statementCryptoOf(keys),
        places: placesAuthority(keys),
        broadcasts: { ...placesAuthority(keys), isMember: () => true },
        registries: believing(identity),
        wallMs,
      },
      write: encodePayload,
      read: (payload) => {
        const read = decodePayload(payload);
        return isProblem(read) ? undefined : read.message;
      },
    });
  }

  get deadlineMs(): number {
    return this.#node.deadlineMs;
  }

  handle(input: NodeInput, nowMs: number, rng: Rng): readonly NodeEffect[] {
    return this.#node.handle(input, nowMs, rng);
  }
}

export function nameOf(index: number): string {
  return `hub-${index + 1}`;
}

/** An entry under a hub's own id, signed. @param version in place of the start that it was written in. */
export function ownEntry(
  { identity, chain }: Member,
  registry: number,
  version: number,
  content: Uint8Array,
): StateEntry {
  const head = { registry, key: identity.hub, major: version, minor: 1 };
  return { ...head, value: signEntry(head, { chain, content }, (bytes) => identity.sign(bytes)) };
}

function gateWith(chain: readonly Uint8Array[]): Gate {
  return {
    chain: () => chain,
    check: () => undefined,
    checkEpoch: () => ({ type: "ok" }),
    revoke: () => "known",
    isRevoked: () => false,
    isMember: () => true,
    revocations: () => [],
    revocationsAbout: () => [],
  };
}

function believing(identity: Identity): RegistrySpec[] {
  const nobody = new EntryAuthority({ identity, membership: () => undefined, wallMs: () => 0 });
  const specs = registrySpecs(nobody, () => 0);
  return specs.map((spec) => ({ ...spec, accept: () => undefined, holds: () => true }));
}
