/**
 * A stub that dials what discovery finds and pings each link once a second: what it costs is what the engine itself costs.
 * The lower id pings, the other answers, as in the mesh.
 */
import type { HubId } from "../../../runtime/core/ids.js";
import type { Rng } from "../../../runtime/core/time.js";
import type { NodeEffect, NodeInput } from "../../../runtime/mesh/node/inputs.js";
import type { Birth, MachineKind, SimulatedMachine } from "../machine.js";

const PING_INTERVAL_MS = 1000;
const NOTHING: readonly NodeEffect[] = [];

/** Per link: its number, when the next ping is due, the last frame's number. Flat, since what lies apart costs a cache miss each. */
const STRIDE = 3;
const DUE = 1;
const SENT = 2;

class Pinger implements SimulatedMachine {
  readonly #hub: HubId;
  readonly #links: number[] = [];
  deadlineMs = Number.POSITIVE_INFINITY;

  constructor(birth: Birth) {
    this.#hub = birth.hub;
  }

  handle(input: NodeInput, nowMs: number, rng: Rng): readonly NodeEffect[] {
    switch (input.type) {
      case "tick":
        return this.#ping(nowMs);
      case "frame":
        return this.#heard(input);
      case "found":
        return this.#hub < input.peer.hub
          ? [{ type: "dial", hub: input.peer.hub, addresses: input.peer.addresses }]
          : NOTHING;
      case "link-opened": {
        const staggerMs = ((rng(1)[0] ?? 0) / 256) * PING_INTERVAL_MS;
        const dueMs = input.dialled ? nowMs + staggerMs : Number.POSITIVE_INFINITY;
        this.#links.push(input.linkId, dueMs, 0);
        this.deadlineMs = Math.min(this.deadlineMs, dueMs);
        return NOTHING;
      }
      case "link-closed": {
        const at = this.#find(input.linkId);
        if (at >= 0) this.#links.splice(at, STRIDE);
        return NOTHING;
      }
      default:
        return NOTHING;
    }
  }

  #ping(nowMs: number): readonly NodeEffect[] {
    const effects: NodeEffect[] = [];
    const links = this.#links;
    let deadlineMs = Number.POSITIVE_INFINITY;
    for (let at = 0; at < links.length; at += STRIDE) {
      let dueMs = links[at + DUE] as number;
      if (dueMs <= nowMs) {
        dueMs = nowMs + PING_INTERVAL_MS;
        links[at + DUE] = dueMs;
        effects.push(this.#send(at, { type: "PING" }));
      }
      if (dueMs < deadlineMs) deadlineMs = dueMs;
    }
    this.deadlineMs = deadlineMs;
    return effects;
  }

  #heard({ linkId, heard }: Extract<NodeInput, { type: "frame" }>): readonly NodeEffect[] {
    if (heard.form !== "link" || heard.message.type !== "PING" || heard.message.ackOf !== undefined) return NOTHING;
    const at = this.#find(linkId);
    return at < 0 ? NOTHING : [this.#send(at, { type: "PING", ackOf: heard.seq })];
  }

  #send(at: number, message: Extract<NodeEffect, { type: "send" }>["message"]): NodeEffect {
    const seq = (this.#links[at + SENT] as number) + 1;
    this.#links[at + SENT] = seq;
    return { type: "send", linkId: this.#links[at] as number, seq, message };
  }

  #find(linkId: number): number {
    for (let at = 0; at < this.#links.length; at += STRIDE) if (this.#links[at] === linkId) return at;
    return -1;
  }
}

export const pinger: MachineKind = {
  name: "pinger",
  about: "pings its links once a second and does nothing else: the engine's own cost",
  boot: (birth) => new Pinger(birth),
};
