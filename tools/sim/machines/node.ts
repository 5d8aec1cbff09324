/** The production machine: the mesh's node, with cryptography that costs nothing and a gate that lets members in. */
import type { HubId } from "../../../runtime/core/ids.js";
import type { Message } from "../../../runtime/core/messages.js";
import type { StateEntry } from "../../../runtime/core/messages-state.js";
import type { Rng } from "../../../runtime/core/time.js";
import type { Gate } from "../../../runtime/mesh/node/hello.js";
import type { NodeEffect, NodeInput } from "../../../runtime/mesh/node/inputs.js";
import { MeshNode } from "../../../runtime/mesh/node/node.js";
import type { Entry } from "../../../runtime/mesh/state/entry.js";
import type { RegistrySpec } from "../../../runtime/mesh/state/registries.js";
import { decodeCarried, encodeCarried } from "../../../runtime/wire/carried.js";
import { decodePayload, encodePayload, isProblem } from "../../../runtime/wire/frame.js";
import type { Birth, Inspection, MachineKind, SimulatedMachine } from "../machine.js";
import { REGISTRY } from "../measures/registry.js";
import { hash, PLACES, STATEMENTS } from "./keyed-hash.js";

/** As long as a home's certificate; nobody reads it. */
const CERTIFICATES: readonly Uint8Array[] = [new Uint8Array(170)];

class SimulatedNode implements SimulatedMachine {
  readonly node: MeshNode;

  constructor({ hub, index, epoch, boot, addresses, wallMs }: Birth) {
    this.node = new MeshNode({
      self: { hub, epoch, boot, name: `hub ${index}`, addresses },
      gate: EVERYBODY,
      codecs: {
        ...{ hash, encode: encodeCarried, decode: carried, statements: STATEMENTS, places: PLACES },
        broadcasts: PLACES,
        registries: REGISTRIES,
        sealed: SEALED,
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
    return this.node.deadlineMs;
  }

  handle(input: NodeInput, nowMs: number, rng: Rng): readonly NodeEffect[] {
    return this.node.handle(input, nowMs, rng);
  }

  inspect(): Inspection {
    const { liveness, routes, directory } = this.node.parts;
    return {
      tables: [
        { table: "links", size: this.node.links.size, max: 128 },
        { table: "routes", size: routes.table().length, max: 256 },
        { table: "places", size: directory.placesHeld, max: 4096 },
      ],
      // The tables are looked at all the time, these once in a run.
      get cell() {
        return routes.cell();
      },
      get members() {
        return new Map(liveness.members().map(({ hub, state }) => [hub, state]));
      },
    };
  }
}

const EVERYBODY: Gate = {
  chain: () => CERTIFICATES,
  check: () => undefined,
  checkEpoch: () => ({ type: "ok" }),
  revoke: () => "known",
  isRevoked: (_hub: HubId) => false,
  isMember: () => true,
  revocations: () => [],
  revocationsAbout: () => [],
};

/** A registry of many writers, for runs that write. An empty one costs a hub a few hundred bytes. */
const REGISTRIES: readonly RegistrySpec[] = [
  {
    number: 200,
    name: REGISTRY,
    kind: "lww",
    scope: "everyone",
    stamps: "hlc",
    entriesMax: 65_536,
    bytesMax: 16 * 1024 * 1024,
    valueBytesMax: 1024,
    accept: () => undefined,
  },
];

/** What is worked out of an entry, and of a broadcast, is the same at every hub. */
const SEALED = new WeakMap<StateEntry, Entry>();
const decoded = new WeakMap<Uint8Array, Message>();

function carried(bytes: Uint8Array): Message | undefined {
  const known = decoded.get(bytes);
  if (known !== undefined) return known;
  const message = decodeCarried(bytes);
  if ("problem" in message) return undefined;
  decoded.set(bytes, message);
  return message;
}

export const node: MachineKind = {
  name: "node",
  about: "the mesh's node, as a hub runs it",
  boot: (birth) => new SimulatedNode(birth),
};
