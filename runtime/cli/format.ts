/** Numbers, times and quantities as people read them. Pure: wall times come in, and are shown in the local time zone. */
import { type Quantity, unitOf } from "../core/quantity.js";
import type { SensorInfo } from "../core/reading.js";
import { safeText } from "./text-width.js";

const UNIT_SIGNS: Readonly<Record<string, string>> = {
  Cel: "°C",
  "%RH": "% RH",
  "%EL": "%",
  "ug/m3": "µg/m³",
  m3: "m³",
  "m3/s": "m³/s",
  "m/s2": "m/s²",
  deg: "°",
  "deg/s": "°/s",
};
/** How many digits behind the point a person wants of it. */
const DIGITS: Partial<Record<Quantity, number>> = {
  temperature: 1,
  humidity: 1,
  dew_point: 1,
  battery: 0,
  pressure: 0,
  illuminance: 0,
  co2: 0,
};

export function formatQuantity(quantity: Quantity, value: number): string {
  const unit = unitOf(quantity);
  const sign = UNIT_SIGNS[unit] ?? unit;
  const digits = DIGITS[quantity] ?? (Number.isInteger(value) ? 0 : 2);
  return `${value.toFixed(digits)}${sign === "" ? "" : ` ${sign}`}`;
}

/** "27.6 °C, 45.2 % RH, battery 93 %" */
export function formatLatest(latest: SensorInfo["latest"]): string {
  const first: readonly Quantity[] = ["temperature", "humidity"];
  const ranked = [...latest].sort((a, b) => rank(first, a.quantity) - rank(first, b.quantity));
  return ranked
    .map(
      ({ quantity, value }) =>
        (first.includes(quantity) ? "" : `${quantity.replaceAll("_", " ")} `) + formatQuantity(quantity, value),
    )
    .join(", ");
}

function rank(order: readonly Quantity[], quantity: Quantity): number {
  const at = order.indexOf(quantity);
  return at < 0 ? order.length : at;
}

/** "0.3 s", "12 s", "4 min 05 s", "3 h 12 min", "2 d 4 h" */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3_600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, "0")} min`;
  return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** "1.2 ms", "34 ms" */
export function formatRtt(ms: number): string {
  return `${ms < 9.95 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}

/** "12:03:04" */
export function formatClock(wallMs: number): string {
  const time = new Date(wallMs);
  if (Number.isNaN(time.getTime())) return "--:--:--";
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

/** "2010-05-09 12:03:04": for replayed times, which are of another day. */
export function formatWall(wallMs: number): string {
  const time = new Date(wallMs);
  if (Number.isNaN(time.getTime())) return "unknown";
  const date = [time.getFullYear(), time.getMonth() + 1, time.getDate()].map((part) => String(part).padStart(2, "0"));
  return `${date.join("-")} ${formatClock(wallMs)}`;
}

export function formatMiB(mib: number): string {
  return `${Math.round(mib)} MiB`;
}

/** 1234567 → "1,234,567" */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A name that came over the air, made safe to print. */
export function plain(text: string | undefined): string {
  return safeText(text ?? "");
}

/** "192.168.1.20:40123", "[fe80::1]:40123" */
export function hostPort(host: string, port: number): string {
  return `${host.includes(":") ? `[${plain(host)}]` : plain(host)}:${port}`;
}
