/**
 * The registered number of every quantity. Pure.
 * A number is never reused and never changes, so new quantities go at the end; the type makes sure none is without.
 * The first 24 take one byte.
 */
import { isQuantity, type Quantity } from "../core/quantity.js";

export const QUANTITY_NUMBERS = {
  temperature: 0,
  humidity: 1,
  pressure: 2,
  illuminance: 3,
  battery: 4,
  voltage: 5,
  current: 6,
  power: 7,
  energy: 8,
  mass: 9,
  dew_point: 10,
  count: 11,
  co2: 12,
  tvoc: 13,
  pm1: 14,
  pm2_5: 15,
  pm4: 16,
  pm10: 17,
  moisture: 18,
  distance: 19,
  duration: 20,
  rotation: 21,
  direction: 22,
  speed: 23,
  acceleration: 24,
  gyroscope: 25,
  uv_index: 26,
  volume: 27,
  volume_storage: 28,
  volume_flow: 29,
  gas: 30,
  water: 31,
  conductivity: 32,
  precipitation: 33,
  timestamp: 34,
  channel: 35,
  movement_counter: 36,
  tx_power: 37,
  text: 38,
  raw: 39,
  state: 40,
  battery_low: 41,
  battery_charging: 42,
  carbon_monoxide_detected: 43,
  cold: 44,
  connected: 45,
  door_open: 46,
  garage_open: 47,
  gas_detected: 48,
  heat: 49,
  light_detected: 50,
  unlocked: 51,
  moisture_detected: 52,
  motion: 53,
  moving: 54,
  occupancy: 55,
  opening: 56,
  plugged_in: 57,
  power_on: 58,
  presence: 59,
  problem: 60,
  running: 61,
  unsafe: 62,
  smoke: 63,
  sound: 64,
  tamper: 65,
  vibration: 66,
  window_open: 67,
  button: 68,
  dimmer: 69,
  rotational_speed: 70,
  light_level: 71,
  settings_revision: 72,
  command: 73,
} as const satisfies Record<Quantity, number>;

export const QUANTITY_NUMBER_MAX = 65_535;

const byNumber = new Map<number, Quantity>();
for (const [name, number] of Object.entries(QUANTITY_NUMBERS)) {
  if (!isQuantity(name) || byNumber.has(number)) throw new TypeError(`quantity "${name}" has the number of another`);
  byNumber.set(number, name);
}

/** @returns undefined for a number that a newer peer has registered. */
export function quantityOfNumber(number: number): Quantity | undefined {
  return byNumber.get(number);
}
