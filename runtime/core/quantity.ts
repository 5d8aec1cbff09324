/**
 * What can be measured, and in which unit. Pure.
 * Units: SenML (RFC 8428 §12.1, RFC 8798), and "" where SenML has none. One quantity has one unit, so a reading
 * needs to carry only the quantity.
 */
export const QUANTITIES = {
  temperature: "Cel",
  humidity: "%RH",
  pressure: "Pa",
  illuminance: "lx",
  battery: "%EL",
  voltage: "V",
  current: "A",
  power: "W",
  energy: "J",
  mass: "kg",
  dew_point: "Cel",
  count: "",
  co2: "ppm",
  tvoc: "ug/m3",
  pm1: "ug/m3",
  pm2_5: "ug/m3",
  pm4: "ug/m3",
  pm10: "ug/m3",
  moisture: "%",
  distance: "m",
  duration: "s",
  rotation: "deg",
  rotational_speed: "1/min",
  direction: "deg",
  speed: "m/s",
  acceleration: "m/s2",
  gyroscope: "deg/s",
  uv_index: "",
  volume: "m3",
  volume_storage: "m3",
  volume_flow: "m3/s",
  gas: "m3",
  water: "m3",
  conductivity: "S/m",
  precipitation: "m",
  timestamp: "s",
  channel: "",
  /** 0 dark, 1 twilight, 2 bright. */
  light_level: "",
  /** Wraps at 256: any change says that the device's own settings changed. */
  settings_revision: "",
  movement_counter: "",
  tx_power: "dBm",
  text: "",
  raw: "",
  /** Binary states: 0 or 1. The name says what 1 means. */
  state: "",
  battery_low: "",
  battery_charging: "",
  carbon_monoxide_detected: "",
  cold: "",
  connected: "",
  door_open: "",
  garage_open: "",
  gas_detected: "",
  heat: "",
  light_detected: "",
  unlocked: "",
  moisture_detected: "",
  motion: "",
  moving: "",
  occupancy: "",
  opening: "",
  plugged_in: "",
  power_on: "",
  presence: "",
  problem: "",
  running: "",
  unsafe: "",
  smoke: "",
  sound: "",
  tamper: "",
  vibration: "",
  window_open: "",
  /** Events: the value is the event's code in its format; see the decoder. */
  button: "",
  /** Steps; turned left is negative. */
  dimmer: "",
  command: "",
} as const satisfies Record<string, string>;

export type Quantity = keyof typeof QUANTITIES;
export type Unit = (typeof QUANTITIES)[Quantity];

export function unitOf(quantity: Quantity): Unit {
  return QUANTITIES[quantity];
}

export function isQuantity(text: string): text is Quantity {
  return Object.hasOwn(QUANTITIES, text);
}
