/**
 * How values, ages and moments read on the page. Pure: time and zone are arguments or the viewer's own.
 * Text is British English; clock times are in the viewer's zone.
 */
import type { Quantity } from "../../core/quantity.js";
import { QUANTITIES } from "../../core/quantity.js";

interface Display {
  readonly label: string;
  readonly unit: string;
  /** Shown value = value × scale. */
  readonly scale: number;
  readonly decimals: number;
}

/** Where the SenML unit is not what a person expects, or the decimals matter. */
const DISPLAYS: Partial<Record<Quantity, Partial<Display>>> = {
  temperature: { unit: "°C", decimals: 1 },
  dew_point: { unit: "°C", decimals: 1 },
  humidity: { unit: "%", decimals: 1 },
  moisture: { unit: "%", decimals: 1 },
  pressure: { unit: "hPa", scale: 0.01, decimals: 1 },
  illuminance: { unit: "lx", decimals: 0 },
  battery: { unit: "%", decimals: 0 },
  voltage: { unit: "V", decimals: 2 },
  current: { unit: "A", decimals: 3 },
  power: { unit: "W", decimals: 1 },
  energy: { unit: "kWh", scale: 1 / 3_600_000, decimals: 3 },
  co2: { label: "CO₂", unit: "ppm", decimals: 0 },
  tvoc: { label: "TVOC", unit: "µg/m³", decimals: 0 },
  pm1: { label: "PM1", unit: "µg/m³", decimals: 0 },
  pm2_5: { label: "PM2.5", unit: "µg/m³", decimals: 1 },
  pm4: { label: "PM4", unit: "µg/m³", decimals: 1 },
  pm10: { label: "PM10", unit: "µg/m³", decimals: 1 },
  uv_index: { label: "UV index", decimals: 1 },
  acceleration: { unit: "m/s²", decimals: 2 },
  gyroscope: { unit: "°/s", decimals: 1 },
  rotation: { unit: "°", decimals: 1 },
  direction: { unit: "°", decimals: 0 },
  volume: { unit: "m³", decimals: 3 },
  gas: { unit: "m³", decimals: 3 },
  water: { unit: "m³", decimals: 3 },
  precipitation: { unit: "mm", scale: 1000, decimals: 1 },
  count: { decimals: 0 },
  movement_counter: { label: "Movements", decimals: 0 },
  tx_power: { label: "Transmit power", decimals: 0 },
  // Beside a state in words, its name is the thing's: "Open, Door".
  battery_low: { label: "Battery" },
  battery_charging: { label: "Battery" },
  carbon_monoxide_detected: { label: "Carbon monoxide" },
  cold: { label: "Frost" },
  connected: { label: "Connection" },
  door_open: { label: "Door" },
  garage_open: { label: "Garage door" },
  gas_detected: { label: "Gas" },
  light_detected: { label: "Light" },
  unlocked: { label: "Lock" },
  moisture_detected: { label: "Water" },
  moving: { label: "Movement" },
  plugged_in: { label: "Plug" },
  power_on: { label: "Power" },
  problem: { label: "State" },
  running: { label: "Operation" },
  unsafe: { label: "Safety" },
  window_open: { label: "Window" },
};

/** Binary states: what 0 and 1 are called. */
const STATES: Partial<Record<Quantity, readonly [string, string]>> = {
  state: ["Off", "On"],
  battery_low: ["Normal", "Low"],
  battery_charging: ["Not charging", "Charging"],
  carbon_monoxide_detected: ["Clear", "Detected"],
  cold: ["Normal", "Cold"],
  connected: ["Disconnected", "Connected"],
  door_open: ["Closed", "Open"],
  garage_open: ["Closed", "Open"],
  gas_detected: ["Clear", "Detected"],
  heat: ["Normal", "Hot"],
  light_detected: ["Dark", "Light"],
  unlocked: ["Locked", "Unlocked"],
  moisture_detected: ["Dry", "Wet"],
  motion: ["Still", "Motion"],
  moving: ["Still", "Moving"],
  occupancy: ["Empty", "Occupied"],
  opening: ["Closed", "Open"],
  plugged_in: ["Unplugged", "Plugged in"],
  power_on: ["Off", "On"],
  presence: ["Away", "Present"],
  problem: ["Fine", "Problem"],
  running: ["Stopped", "Running"],
  unsafe: ["Safe", "Unsafe"],
  smoke: ["Clear", "Smoke"],
  sound: ["Quiet", "Sound"],
  tamper: ["Fine", "Tampered"],
  vibration: ["Still", "Vibration"],
  window_open: ["Closed", "Open"],
};

/** Binary states whose 1 wants attention. */
const ALARMS: ReadonlySet<Quantity> = new Set<Quantity>([
  "carbon_monoxide_detected",
  "gas_detected",
  "smoke",
  "problem",
  "unsafe",
  "tamper",
  "moisture_detected",
  "battery_low",
]);

/** Housekeeping is shown small, whatever its unit. */
const MINOR: ReadonlySet<Quantity> = new Set<Quantity>([
  "battery",
  "battery_low",
  "battery_charging",
  "voltage",
  "tx_power",
  "movement_counter",
  "timestamp",
  "channel",
  "text",
  "raw",
]);

export function displayOf(quantity: Quantity): Display {
  const label = quantity.replace(/_/g, " ").replace(/^./, (letter) => letter.toUpperCase());
  return { label, unit: QUANTITIES[quantity], scale: 1, decimals: 1, ...DISPLAYS[quantity] };
}

export function isBinary(quantity: Quantity): boolean {
  return STATES[quantity] !== undefined;
}

export function isAlarm(quantity: Quantity, value: number): boolean {
  return value === 1 && ALARMS.has(quantity);
}

export function isMinor(quantity: Quantity): boolean {
  return MINOR.has(quantity);
}

/** @returns the number or word, and its unit apart so that it can be set smaller. */
export function formatValue(quantity: Quantity, value: number): { readonly text: string; readonly unit: string } {
  const words = STATES[quantity];
  if (words) return { text: words[value === 1 ? 1 : 0], unit: "" };
  if (!Number.isFinite(value)) return { text: "–", unit: "" };
  const { unit, scale, decimals } = displayOf(quantity);
  // A typographic minus, and no "-0.0".
  const text = (value * scale).toFixed(decimals).replace(/^-(?=0\.?0*$)/, "");
  return { text: text.replace("-", "−"), unit };
}

export function formatCount(count: number): string {
  return count.toLocaleString("en-GB");
}

/** "now", "8 s", "4 min", "3 h", "2 d": one unit, because an age is read at a glance. */
export function formatAge(ageMs: number): string {
  const seconds = Math.max(0, Math.floor(ageMs / 1000));
  if (seconds < 2) return "now";
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

export function formatAgo(ageMs: number): string {
  const age = formatAge(ageMs);
  return age === "now" ? "just now" : `${age} ago`;
}

/** "45 s", "3 min 20 s", "2 h 5 min". */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  if (seconds < 60) return `${seconds}\u00a0s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 ? `${minutes}\u00a0min ${seconds % 60}\u00a0s` : `${minutes}\u00a0min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 ? `${hours}\u00a0h ${minutes % 60}\u00a0min` : `${hours}\u00a0h`;
}

/** Milliseconds on a link: "0.4 ms", "12 ms". */
export function formatRtt(rttMs: number): string {
  return `${rttMs < 10 ? rttMs.toFixed(1) : Math.round(rttMs)} ms`;
}

/** @param cpuLoad load average for each core: beyond 1, work waits for its turn. */
export function formatBusy(cpuLoad: number): string {
  return cpuLoad < 1 ? `${Math.round(cpuLoad * 100)} % busy` : "fully busy";
}

/** "14:03:07" today, "9 May, 14:03:07" this year, "9 May 2010, 14:03:07" else. */
export function formatMoment(wallMs: number, nowWallMs: number, timeZone?: string): string {
  const parts = (options: Intl.DateTimeFormatOptions, ms: number) =>
    new Intl.DateTimeFormat("en-GB", { timeZone, ...options }).format(ms);
  const time = parts({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }, wallMs);
  const day: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", year: "numeric" };
  const date = parts(day, wallMs);
  if (date === parts(day, nowWallMs)) return time;
  const thisYear = date.slice(-4) === parts(day, nowWallMs).slice(-4);
  return `${thisYear ? date.slice(0, -5) : date}, ${time}`;
}

/** A place in a sentence's beginning: "cellar" → "Cellar". */
export function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
