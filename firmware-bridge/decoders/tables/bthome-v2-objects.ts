/**
 * The object ids of BTHome v2: what each one measures, how long it is and how it becomes the quantity's unit. Data only;
 * the bytes are read in ../bthome-v2.ts. Pure.
 * Source: https://bthome.io/format, and bthome-ble 3.25.0 where the two differ (0x81, hold_release, of button).
 *
 * value = raw × times ÷ per. Both factors are whole numbers, so a value is rounded once, by the division, and prints as
 * the decimal that the sensor meant: 21.53, not 21.530000000000001.
 */
import type { Quantity } from "../../../runtime/core/quantity.js";

export type BthomeKind =
  | "number"
  | "binary"
  | "text"
  | "raw"
  | "button"
  | "dimmer"
  | "command"
  | "packetId"
  | "deviceType"
  | "firmware";

export interface BthomeObject {
  readonly id: number;
  readonly kind: BthomeKind;
  readonly quantity: Quantity;
  /** Of the value; 0 when a length byte says how many follow. */
  readonly bytes: number;
  readonly signed: boolean;
  readonly times: number;
  readonly per: number;
  /** For binary states that the format defines the other way round than the quantity's name. */
  readonly inverted: boolean;
}

const TYPES = {
  uint8: { bytes: 1, signed: false },
  uint16: { bytes: 2, signed: false },
  uint24: { bytes: 3, signed: false },
  uint32: { bytes: 4, signed: false },
  sint8: { bytes: 1, signed: true },
  sint16: { bytes: 2, signed: true },
  sint32: { bytes: 4, signed: true },
} as const;

function number(
  id: number,
  quantity: Quantity,
  type: keyof typeof TYPES,
  factor: { times?: number; per?: number } = {},
): BthomeObject {
  return {
    id,
    kind: "number",
    quantity,
    ...TYPES[type],
    times: factor.times ?? 1,
    per: factor.per ?? 1,
    inverted: false,
  };
}

function binary(id: number, quantity: Quantity, meaning?: "inverted"): BthomeObject {
  return { ...number(id, quantity, "uint8"), kind: "binary", inverted: meaning === "inverted" };
}

function special(id: number, kind: BthomeKind, quantity: Quantity, bytes: number): BthomeObject {
  return { ...number(id, quantity, "uint8"), kind, bytes };
}

const ROWS: readonly BthomeObject[] = [
  special(0x00, "packetId", "count", 1),
  number(0x01, "battery", "uint8"),
  number(0x02, "temperature", "sint16", { per: 100 }),
  number(0x03, "humidity", "uint16", { per: 100 }),
  // 0.01 hPa is 1 Pa.
  number(0x04, "pressure", "uint24"),
  number(0x05, "illuminance", "uint24", { per: 100 }),
  number(0x06, "mass", "uint16", { per: 100 }),
  // 0.01 lb; the pound is 0.45359237 kg by definition.
  number(0x07, "mass", "uint16", { times: 45_359_237, per: 10_000_000_000 }),
  number(0x08, "dew_point", "sint16", { per: 100 }),
  number(0x09, "count", "uint8"),
  // 0.001 kWh is 3,600 J.
  number(0x0a, "energy", "uint24", { times: 3_600 }),
  number(0x0b, "power", "uint24", { per: 100 }),
  number(0x0c, "voltage", "uint16", { per: 1_000 }),
  number(0x0d, "pm2_5", "uint16"),
  number(0x0e, "pm10", "uint16"),
  binary(0x0f, "state"),
  binary(0x10, "power_on"),
  binary(0x11, "opening"),
  number(0x12, "co2", "uint16"),
  number(0x13, "tvoc", "uint16"),
  number(0x14, "moisture", "uint16", { per: 100 }),
  binary(0x15, "battery_low"),
  binary(0x16, "battery_charging"),
  binary(0x17, "carbon_monoxide_detected"),
  binary(0x18, "cold"),
  binary(0x19, "connected"),
  binary(0x1a, "door_open"),
  binary(0x1b, "garage_open"),
  binary(0x1c, "gas_detected"),
  binary(0x1d, "heat"),
  binary(0x1e, "light_detected"),
  binary(0x1f, "unlocked"),
  binary(0x20, "moisture_detected"),
  binary(0x21, "motion"),
  binary(0x22, "moving"),
  binary(0x23, "occupancy"),
  binary(0x24, "plugged_in"),
  binary(0x25, "presence"),
  binary(0x26, "problem"),
  binary(0x27, "running"),
  // The format's "safety": 0 is unsafe, 1 is safe.
  binary(0x28, "unsafe", "inverted"),
  binary(0x29, "smoke"),
  binary(0x2a, "sound"),
  binary(0x2b, "tamper"),
  binary(0x2c, "vibration"),
  binary(0x2d, "window_open"),
  number(0x2e, "humidity", "uint8"),
  number(0x2f, "moisture", "uint8"),
  special(0x3a, "button", "button", 1),
  special(0x3b, "command", "command", 0),
  special(0x3c, "dimmer", "dimmer", 2),
  number(0x3d, "count", "uint16"),
  number(0x3e, "count", "uint32"),
  number(0x3f, "rotation", "sint16", { per: 10 }),
  number(0x40, "distance", "uint16", { per: 1_000 }),
  number(0x41, "distance", "uint16", { per: 10 }),
  number(0x42, "duration", "uint24", { per: 1_000 }),
  number(0x43, "current", "uint16", { per: 1_000 }),
  number(0x44, "speed", "uint16", { per: 100 }),
  number(0x45, "temperature", "sint16", { per: 10 }),
  number(0x46, "uv_index", "uint8", { per: 10 }),
  // 0.1 L, then 1 mL.
  number(0x47, "volume", "uint16", { per: 10_000 }),
  number(0x48, "volume", "uint16", { per: 1_000_000 }),
  // 0.001 m³/h.
  number(0x49, "volume_flow", "uint16", { per: 3_600_000 }),
  number(0x4a, "voltage", "uint16", { per: 10 }),
  number(0x4b, "gas", "uint24", { per: 1_000 }),
  number(0x4c, "gas", "uint32", { per: 1_000 }),
  number(0x4d, "energy", "uint32", { times: 3_600 }),
  // 0.001 L, as are 0x4F and 0x55.
  number(0x4e, "volume", "uint32", { per: 1_000_000 }),
  number(0x4f, "water", "uint32", { per: 1_000_000 }),
  number(0x50, "timestamp", "uint32"),
  number(0x51, "acceleration", "uint16", { per: 1_000 }),
  number(0x52, "gyroscope", "uint16", { per: 1_000 }),
  special(0x53, "text", "text", 0),
  special(0x54, "raw", "raw", 0),
  number(0x55, "volume_storage", "uint32", { per: 1_000_000 }),
  // 1 µS/cm.
  number(0x56, "conductivity", "uint16", { per: 10_000 }),
  number(0x57, "temperature", "sint8"),
  number(0x58, "temperature", "sint8", { times: 35, per: 100 }),
  number(0x59, "count", "sint8"),
  number(0x5a, "count", "sint16"),
  number(0x5b, "count", "sint32"),
  number(0x5c, "power", "sint32", { per: 100 }),
  number(0x5d, "current", "sint16", { per: 1_000 }),
  number(0x5e, "direction", "uint16", { per: 100 }),
  // 0.1 mm.
  number(0x5f, "precipitation", "uint16", { per: 10_000 }),
  number(0x60, "channel", "uint8"),
  number(0x61, "rotational_speed", "uint16"),
  number(0x62, "speed", "sint32", { per: 1_000_000 }),
  number(0x63, "acceleration", "sint32", { per: 1_000_000 }),
  number(0x64, "light_level", "uint8"),
  number(0x65, "settings_revision", "uint8"),
  special(0xf0, "deviceType", "count", 2),
  special(0xf1, "firmware", "count", 4),
  special(0xf2, "firmware", "count", 3),
];

/** By object id; an id that the format does not define is undefined. */
export const BTHOME_OBJECTS: readonly (BthomeObject | undefined)[] = Array.from({ length: 256 }, (_, id) =>
  ROWS.find((row) => row.id === id),
);

/** Events whose meaning the format defines. Any other, and 0 ("None"), fires nothing. */
export const BUTTON_EVENTS: ReadonlyMap<number, string> = new Map([
  [0x01, "press"],
  [0x02, "double press"],
  [0x03, "triple press"],
  [0x04, "long press"],
  [0x05, "long double press"],
  [0x06, "long triple press"],
  [0x80, "hold press"],
  [0x81, "hold release"],
]);

export const COMMAND_OPCODES: ReadonlyMap<number, string> = new Map([
  [0x00, "off"],
  [0x01, "on"],
  [0x02, "toggle"],
  [0x03, "step up"],
  [0x04, "step down"],
]);

export const DIMMER_LEFT = 0x01;
export const DIMMER_RIGHT = 0x02;
