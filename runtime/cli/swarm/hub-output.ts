/** One line of a hub's standard output → an event, or the error with which it ended. Pure. */
import { ERRORS } from "../../core/errors.js";
import type { ApiProblem, MindosEvent } from "../../core/status.js";

export type HubOutput =
  | { readonly type: "event"; readonly event: MindosEvent }
  | { readonly type: "failure"; readonly problem: ApiProblem }
  | { readonly type: "other" };

type FieldType = "string" | "number" | "object" | "boolean";
/** The fields that are used without a further look. A hub of another version may say more; less is left out. */
const EVENT_FIELDS = {
  "hub-started": { hub: "string", name: "string", mqttPort: "number", url: "string", startMs: "number" },
  "hub-stopped": { hub: "string" },
  "peer-found": { peer: "string", host: "string", port: "number", via: "string" },
  "hub-state": { hub: "string", state: "string" },
  "mesh-cut": { hubs: "object" },
  cell: { hubs: "object" },
  locator: { locator: "object" },
  isolated: { isolated: "boolean" },
  "home-open": { home: "string", addresses: "object" },
  invitations: { open: "number" },
  revoked: { hubs: "object" },
  "link-up": { peer: "string", name: "string" },
  "link-down": { peer: "string", reason: "string" },
  source: { name: "string", origin: "string", state: "string" },
  "sensor-heard": { sensor: "object" },
  note: { note: "object" },
  detection: { detection: "object", hub: "string" },
  answer: { question: "string", text: "string", tookMs: "number", hubs: "number", sensors: "number" },
  inference: { state: "string" },
  repaired: { note: "string" },
  problem: { code: "string", message: "string", remedy: "string" },
  stats: { status: "object" },
} as const satisfies Readonly<Record<MindosEvent["event"], Readonly<Record<string, FieldType>>>>;

export function parseHubOutput(text: string): HubOutput {
  const value = parseObject(text);
  if (value === undefined) return { type: "other" };
  const name = value["event"];
  if (typeof name === "string" && Object.hasOwn(EVENT_FIELDS, name)) {
    const fields = EVENT_FIELDS[name as MindosEvent["event"]];
    const whole = Object.entries(fields).every(
      ([field, type]) => typeof value[field] === type && value[field] !== null,
    );
    return whole ? { type: "event", event: value as unknown as MindosEvent } : { type: "other" };
  }
  const problem = value["error"] as Partial<ApiProblem> | null | undefined;
  const known =
    typeof problem?.code === "string" && Object.hasOwn(ERRORS, problem.code) && typeof problem.message === "string";
  return known
    ? { type: "failure", problem: { ...ERRORS[problem.code as ApiProblem["code"]], ...problem } as ApiProblem }
    : { type: "other" };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
