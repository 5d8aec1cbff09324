/**
 * Members that misbehave: the production machine runs, and what it says is bent on its way out. Each kind stands for what a
 * member with valid keys can do to the others.
 */
import type { Message } from "../../runtime/core/messages.js";
import type { NodeEffect, NodeInput } from "../../runtime/mesh/node/inputs.js";

export const HOSTILE_KINDS = ["flood", "forge", "black-hole", "replay"] as const;
export type HostileKind = (typeof HOSTILE_KINDS)[number];

export interface HostileHub {
  readonly hub: number;
  readonly kind: HostileKind;
  readonly fromMs: number;
}

type Bend = (effects: readonly NodeEffect[], own: string) => readonly NodeEffect[];

/** Each frame this often: 6 links at 1 Hz become some hundred frames a second. */
const FLOOD_COPIES = 50;
const FORGED_INCREASE = 1000;
const REPLAYED_MAX = 64;

/** @param idOf the hub's id. @returns what `SimulationOptions.bend` takes. */
export function hostility(
  hubs: readonly HostileHub[],
  nowMs: () => number,
  idOf: (hub: number) => string,
): ((hub: number, input: NodeInput, effects: readonly NodeEffect[]) => readonly NodeEffect[]) | undefined {
  if (hubs.length === 0) return undefined;
  const bends = new Map(hubs.map(({ hub, kind, fromMs }) => [hub, { fromMs, bend: bendOf(kind) }]));
  return (hub, _input, effects) => {
    const found = bends.get(hub);
    return found === undefined || nowMs() < found.fromMs ? effects : found.bend(effects, idOf(hub));
  };
}

function bendOf(kind: HostileKind): Bend {
  switch (kind) {
    case "flood":
      return (effects) =>
        effects.flatMap((effect) => (isFrame(effect) ? new Array(FLOOD_COPIES).fill(effect) : [effect]));
    case "black-hole":
      return (effects, own) => effects.filter((effect) => effect.type !== "forward" || effect.frame.src === own);
    case "forge":
      return (effects) =>
        effects.map((effect) => (effect.type === "send" ? { ...effect, message: forged(effect.message) } : effect));
    case "replay":
      return replaying();
  }
}

function isFrame(effect: NodeEffect): boolean {
  return effect.type === "send" || effect.type === "forward";
}

/** Says again what was said before: each frame is followed by an old one of the same link, under its old number. */
function replaying(): Bend {
  const said: NodeEffect[] = [];
  return (effects) =>
    effects.flatMap((effect) => {
      if (!isFrame(effect)) return [effect];
      said.push(effect);
      if (said.length > REPLAYED_MAX) said.shift();
      return [effect, said[0] as NodeEffect];
    });
}

const RAISED = new Set(["incarnation", "epoch", "seqno", "version", "seq", "metric"]);

/** Every counter that others trust is raised, at any depth; who is alive is called dead. */
function forged(message: Message): Message {
  if (message.type === "PING" || message.type === "HELLO") return message;
  return bent(message) as Message;
}

function bent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bent);
  if (value === null || typeof value !== "object" || value instanceof Uint8Array || value instanceof Map) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (RAISED.has(key) && typeof item === "number") return [key, item + FORGED_INCREASE];
      if (key === "state" && item === "alive") return [key, "dead"];
      return [key, bent(item)];
    }),
  );
}
