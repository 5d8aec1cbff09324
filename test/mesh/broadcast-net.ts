/** Many hubs that do nothing but broadcast, and what that costs. */
import type { HubId } from "../../runtime/core/ids.js";
import type { Message } from "../../runtime/core/messages.js";
import type { BroadcastScope, GossipBody } from "../../runtime/core/messages-broadcast.js";
import { Broadcast } from "../../runtime/mesh/broadcast/broadcast.js";
import type { OriginAuthority } from "../../runtime/mesh/broadcast/origin.js";
import { BROADCAST_DEFAULTS, type BroadcastSettings } from "../../runtime/mesh/broadcast/settings.js";
import { SmallNet, type Station } from "./small-net.js";

/** Two lanes of multiply and mix: spreads well enough where nobody attacks. */
export function cheapHash(bytes: Uint8Array): Uint8Array {
  let [a, b] = [0x9e3779b9, 0x85ebca6b];
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 2_654_435_761);
    b = Math.imul(b ^ byte, 1_597_334_677);
    a ^= b >>> 15;
  }
  const out = new Uint8Array(8);
  const view = new DataView(out.buffer);
  view.setUint32(0, Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ b);
  view.setUint32(4, Math.imul(b ^ (b >>> 13), 0xc2b2ae35) ^ a);
  return out;
}

export type Said = Message & { readonly type: "ERROR" };
export const saying = (text: string): Said => ({ type: "ERROR", code: "SAID", fault: "local", detail: text });
const encode = (message: Message): Uint8Array => new TextEncoder().encode(JSON.stringify(message));
export const decode = (bytes: Uint8Array): Message | undefined => {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Message;
  } catch {
    return undefined;
  }
};

export interface Loudspeaker extends Station {
  readonly broadcast: Broadcast;
  /** What was delivered, as often as it was. */
  readonly heard: Map<string, number>;
}

export interface Costs {
  payloads: number;
  deliveries: number;
  announceFrames: number;
  announceBytes: number;
  treeFrames: number;
  lastHop: number;
}

export class BroadcastNet extends SmallNet<Loudspeaker> {
  costs: Costs = none();
  readonly counts = new Map<string, number>();

  constructor(
    seed: number,
    readonly settings: Partial<BroadcastSettings> = {},
    readonly cellOf: (hub: HubId) => number = () => 0,
    readonly authorityOf: (hub: HubId) => OriginAuthority | undefined = () => undefined,
  ) {
    super(seed);
    this.onSend = (_from, _to, message) => this.#account(message);
  }

  addHub(epoch = 1): number {
    return this.add((hub, index) => {
      const heard = new Map<string, number>();
      const broadcast = new Broadcast({
        self: hub,
        epoch,
        hash: cheapHash,
        encode,
        decode,
        inCell: (other) => this.cellOf(other) === this.cellOf(hub),
        authority: this.authorityOf(hub),
        vital: (message) => (message.type === "ERROR" && message.detail.startsWith("vital") ? 1 : 0),
        settings: { ...BROADCAST_DEFAULTS, ...this.settings },
        sink: {
          send: (to, message) => this.send(index, to, message),
          route: () => undefined,
          count: (name, by = 1) => void this.counts.set(name, (this.counts.get(name) ?? 0) + by),
          notice: (notice) => {
            if (notice.type !== "deliver" || notice.message.type !== "ERROR") return;
            this.costs.deliveries += 1;
            heard.set(notice.message.detail, (heard.get(notice.message.detail) ?? 0) + 1);
          },
        },
      });
      return {
        broadcast,
        heard,
        get deadlineMs() {
          return broadcast.deadlineMs;
        },
        tick: (nowMs, rng) => broadcast.tick(nowMs, rng),
        linkUp: (neighbour, nowMs, rng) => broadcast.neighbourUp(neighbour, nowMs, rng),
        linkDown: (other, nowMs, rng) => broadcast.neighbourDown(other, nowMs, rng),
        message: (from, message, nowMs, rng) => {
          if (message.type === "GOSSIP") broadcast.onGossip(from, message, nowMs, rng);
        },
      };
    });
  }

  say(index: number, text: string, scope: BroadcastScope = "everyone"): void {
    this.act(index, ({ broadcast }) => broadcast.publish(scope, saying(text), this.nowMs, this.rng));
  }

  inject(from: number, to: number, body: GossipBody): void {
    this.send(from, this.hubs[to] as HubId, { type: "GOSSIP", ...body });
  }

  /** How many of the living have heard it; -1 when one has heard it twice. */
  heardBy(text: string): number {
    let total = 0;
    for (const station of this.stations) {
      const times = station?.heard.get(text) ?? 0;
      if (times > 1) return -1;
      total += times;
    }
    return total;
  }

  count(name: string): number {
    return this.counts.get(`mesh.broadcast.${name}`) ?? 0;
  }

  resetCosts(): Costs {
    const before = this.costs;
    this.costs = none();
    return before;
  }

  #account(message: Message): void {
    if (message.type !== "GOSSIP") return;
    if (message.op === "gossip") {
      this.costs.payloads += 1;
      this.costs.lastHop = Math.max(this.costs.lastHop, (message.round ?? 0) + 1);
    } else if (message.op === "ihave") {
      this.costs.announceFrames += 1;
      // Frame, map, op and the head of the ids; MQTT adds 5.
      this.costs.announceBytes += 14 + (message.ids?.length ?? 0);
    } else this.costs.treeFrames += 1;
  }
}

function none(): Costs {
  return { payloads: 0, deliveries: 0, announceFrames: 0, announceBytes: 0, treeFrames: 0, lastHop: 0 };
}
