/** The contract of an agent: one file, one purpose. Pure. */
import type { Detection } from "./detection.js";
import type { HubId } from "./ids.js";
import type { IntentArguments, PartialAnswer, Verb } from "./intent.js";
import type { Prediction } from "./model.js";
import type { Reading } from "./reading.js";

/** What an agent may see. Everything it learns comes through here. */
export interface AgentContext {
  readonly hub: HubId;
  readonly nowMs: number;
  readonly wallMs: number;
}

/** What an agent wants done. A detection with a known id replaces the earlier one (it grew, or it ended). */
export interface AgentEffect {
  readonly type: "detection";
  readonly detection: Detection;
}

export interface Topic {
  readonly verb: Verb;
  /** "climate.value" */
  readonly topic: string;
  /** For help texts: a question that leads here. */
  readonly example: string;
}

/** One living agent on one hub. Never async, never I/O; every collection inside is bounded. */
export interface AgentInstance {
  onReading(reading: Reading, context: AgentContext): readonly AgentEffect[];
  onPrediction?(prediction: Prediction, context: AgentContext): readonly AgentEffect[];
  /** What it raised before a restart, oldest first; every one has ended. Called once, before any reading. */
  restore?(detections: readonly Detection[]): void;
  /** This hub's part of the answer; facts empty when it knows nothing of the matter. */
  answer(topic: string, args: IntentArguments, context: AgentContext): PartialAnswer;
}

export interface Agent {
  readonly id: string;
  readonly title: string;
  readonly topics: readonly Topic[];
  /** Models whose predictions it is given. A hub without them does not offer this agent's topics. */
  readonly models: readonly string[];
  create(): AgentInstance;
  /** Many partial answers become one sentence. Runs on the hub that was asked. */
  merge(topic: string, args: IntentArguments, partials: readonly PartialAnswer[]): string;
}

/** Checks the definition at start-up, so that a mistake is found before a reading arrives. */
export function defineAgent(agent: Agent): Agent {
  if (!/^[a-z][a-z0-9-]*$/.test(agent.id)) throw new TypeError(`agent id "${agent.id}" is not kebab-case`);
  return agent;
}
