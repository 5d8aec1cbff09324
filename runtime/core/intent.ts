/** What is wanted, and what came of it. Pure. */
import type { Evidence } from "./detection.js";
import type { HubId, IntentId } from "./ids.js";

/** Registered verbs. The number is the wire's; never reuse one. */
export const VERBS = {
  sense: 1,
  summarise: 2,
  detect: 3,
  read: 4,
  watch: 5,
  remember: 6,
  notify: 7,
  actuate: 8,
  ask: 9,
} as const;
export type Verb = keyof typeof VERBS;

export type Priority = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;
export const PRIVACY_LABELS = ["hub", "home", "anyone"] as const;
export type PrivacyLabel = (typeof PRIVACY_LABELS)[number];

/** Small, flat and typed: `{ quantity: "temperature", place: "cellar" }`. */
export type IntentArguments = Readonly<Record<string, string | number | boolean>>;

export interface Intent {
  readonly id: IntentId;
  readonly verb: Verb;
  /** What of the verb: "climate.value", "climate.warmest", "anomaly.recent". Registered by an agent. */
  readonly topic: string;
  readonly args: IntentArguments;
  readonly priority: Priority;
  /** Each hop subtracts what it spent: no clock agreement is needed. Unit: ms. */
  readonly remainingMs: number;
  readonly privacy: PrivacyLabel;
  readonly requester: HubId;
}

/** One hub's answer to an intent: facts for the merge, and what they rest on. */
export interface PartialAnswer {
  readonly hub: HubId;
  /** Flat facts, merged by the agent that owns the topic. */
  readonly facts: readonly Readonly<Record<string, string | number | boolean>>[];
  readonly evidence: readonly Evidence[];
}

/** The one answer that a person gets. */
export interface Answer {
  readonly intent: IntentId;
  readonly text: string;
  /** 0–1: the share of the hubs asked that answered. */
  readonly coverage: number;
  readonly hubsAnswered: readonly HubId[];
  readonly hubsSilent: readonly HubId[];
  readonly evidence: readonly Evidence[];
  /** Unit: ms. */
  readonly tookMs: number;
  /** True when any of the evidence is replayed. */
  readonly replay: boolean;
}
