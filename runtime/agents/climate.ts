/**
 * climate: what the temperature and the humidity are, and where it is warmest, coldest, dampest or driest.
 * Remembers the newest value of each sensor; a sensor heard by two hubs counts once, the newest value wins.
 */
import { type AgentInstance, defineAgent } from "../core/agent.js";
import { LruMap } from "../core/bounded.js";
import type { Evidence } from "../core/detection.js";
import type { PartialAnswer } from "../core/intent.js";
import type { Reading } from "../core/reading.js";

const SENSORS_MAX = 512;
/** A value this much older than the newest one heard is history, not an answer. Sensors speak at least hourly. */
const FRESH_MS = 3_600_000;
const UNIT_TEXT = { temperature: "°C", humidity: "%" } as const;
type ClimateQuantity = keyof typeof UNIT_TEXT;

interface Fact {
  readonly sensor: string;
  readonly place: string;
  readonly value: number;
  readonly wallMs: number;
}

function create(): AgentInstance {
  const newest = new LruMap<string, Reading>(SENSORS_MAX);
  return {
    onReading(reading) {
      if (isClimate(reading.quantity) && reading.index === 0)
        newest.set(`${reading.sensor} ${reading.quantity}`, reading);
      return [];
    },
    answer(_topic, args, context) {
      const known = [...newest.values()].filter((reading) => reading.quantity === args["quantity"]);
      const latestMs = Math.max(...known.map((reading) => reading.wallMs));
      const chosen = known
        .filter((reading) => latestMs - reading.wallMs <= FRESH_MS)
        .filter((reading) => args["place"] === undefined || placeOf(reading) === args["place"]);
      return {
        hub: context.hub,
        facts: chosen.map((reading) => ({
          sensor: reading.sensor,
          place: placeOf(reading),
          value: reading.value,
          wallMs: reading.wallMs,
        })),
        evidence: chosen.map((reading) => evidenceOf(reading, context.hub)),
      };
    },
  };
}

function evidenceOf(reading: Reading, hub: Evidence["hub"]): Evidence {
  const { sensor, quantity, value, wallMs } = reading;
  return { hub, sensor, place: placeOf(reading), quantity, value, wallMs };
}

function isClimate(quantity: string): quantity is ClimateQuantity {
  return Object.hasOwn(UNIT_TEXT, quantity);
}

function placeOf(reading: Reading): string {
  return reading.place ?? reading.sensor;
}

/** Facts came over the wire: only well-formed ones count, one per sensor, the newest. */
function factsOf(partials: readonly PartialAnswer[]): Fact[] {
  const bySensor = new Map<string, Fact>();
  for (const { sensor, place, value, wallMs } of partials.flatMap((partial) => partial.facts)) {
    if (
      typeof sensor !== "string" ||
      typeof place !== "string" ||
      typeof value !== "number" ||
      typeof wallMs !== "number"
    )
      continue;
    const known = bySensor.get(sensor);
    if (known === undefined || wallMs > known.wallMs) bySensor.set(sensor, { sensor, place, value, wallMs });
  }
  return [...bySensor.values()].sort((a, b) => (a.sensor < b.sensor ? -1 : 1));
}

/** @returns places with the mean of their sensors, by name. */
function byPlace(facts: readonly Fact[]): { place: string; value: number; sensors: number }[] {
  const groups = new Map<string, number[]>();
  for (const fact of facts) groups.set(fact.place, [...(groups.get(fact.place) ?? []), fact.value]);
  return [...groups]
    .map(([place, values]) => ({
      place,
      value: values.reduce((sum, value) => sum + value, 0) / values.length,
      sensors: values.length,
    }))
    .sort((a, b) => (a.place < b.place ? -1 : 1));
}

function text(quantity: ClimateQuantity, value: number): string {
  return `${value.toFixed(1)} ${UNIT_TEXT[quantity]}`;
}

function mergeValue(quantity: ClimateQuantity, facts: readonly Fact[], place: string | undefined): string {
  const places = byPlace(facts);
  const only = places[0];
  const where = place === undefined ? "" : ` for ${place}`;
  if (only === undefined) return `No ${quantity} has been heard${where} in the last hour.`;
  if (places.length === 1) {
    const sensors = only.sensors === 1 ? "" : `, the mean of ${only.sensors} sensors`;
    return `The ${quantity} at ${only.place} is ${text(quantity, only.value)}${sensors}.`;
  }
  return `The ${quantity} is ${places.map((each) => `${text(quantity, each.value)} at ${each.place}`).join(", ")}.`;
}

const EXTREME_WORD = {
  temperature: { most: "warmest", least: "coldest" },
  humidity: { most: "dampest", least: "driest" },
} as const;

function mergeExtreme(quantity: ClimateQuantity, facts: readonly Fact[], order: "most" | "least"): string {
  const sign = order === "most" ? -1 : 1;
  const places = byPlace(facts).sort((a, b) => sign * (a.value - b.value));
  const [first, second] = places;
  const word = EXTREME_WORD[quantity][order];
  if (first === undefined) return `No ${quantity} has been heard in the last hour.`;
  if (second === undefined) return `Only ${first.place} is known, with ${text(quantity, first.value)}.`;
  return `${first.place} is the ${word} with ${text(quantity, first.value)}; next is ${second.place} with ${text(quantity, second.value)}.`;
}

export const agent = defineAgent({
  id: "climate",
  title: "Temperature and humidity of places",
  topics: [
    { verb: "sense", topic: "climate.value", example: "How warm is it outdoors?" },
    { verb: "sense", topic: "climate.extreme", example: "Which room is the warmest?" },
  ],
  models: [],
  create,
  merge(topic, args, partials) {
    const quantity = args["quantity"] === "humidity" ? "humidity" : "temperature";
    const facts = factsOf(partials);
    if (topic === "climate.extreme") return mergeExtreme(quantity, facts, args["order"] === "least" ? "least" : "most");
    return mergeValue(quantity, facts, typeof args["place"] === "string" ? args["place"] : undefined);
  },
});
