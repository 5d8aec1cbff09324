/**
 * RuuviTag, data format 5 (RAWv2): manufacturer data of company 0x0499. Big-endian. Pure.
 * Source: https://docs.ruuvi.com/communication/bluetooth-advertisements/data-format-5-rawv2
 *
 *     5  temperature, 2  humidity, 2  pressure, 2  acceleration x, y, z, 2 each  power, 2  movements  sequence, 2  mac, 6
 *
 * "Not available" is the largest number of an unsigned field and the smallest of a signed one: the field is left out.
 */
import { DecodeError, type Decoder, type Measurement } from "../../runtime/core/decoder.js";

const FORMAT = 5;
const LENGTH = 24;
/** Standard gravity is 9.80665 m/s² by definition; the field counts thousandths of it. */
const MG_TIMES = 980_665;
const MG_PER = 100_000_000;

export const decoder: Decoder = {
  id: "ruuvi-rawv2",
  title: "RuuviTag (RAWv2)",
  serviceUuids: [],
  companyIds: [0x0499],
  decode(data) {
    if (data.length === 0) throw new DecodeError("TRUNCATED", "no format byte");
    if (data[0] !== FORMAT) return undefined;
    if (data.length < LENGTH) throw new DecodeError("TRUNCATED", `${data.length} bytes of ${LENGTH}`);
    if (data.length > LENGTH) throw new DecodeError("BAD_VALUE", `${data.length} bytes where the format has ${LENGTH}`);
    const sequence = uint16(data, 16);
    return {
      format: "ruuvi-rawv2",
      measurements: measurementsOf(data),
      encrypted: false,
      packetId: sequence === 0xffff ? undefined : sequence,
    };
  },
};

function measurementsOf(data: Uint8Array): Measurement[] {
  const measurements: Measurement[] = [];
  const temperature = sint16(data, 1);
  if (temperature !== -0x8000) measurements.push({ quantity: "temperature", value: temperature / 200, index: 0 });
  const humidity = uint16(data, 3);
  if (humidity !== 0xffff) measurements.push({ quantity: "humidity", value: humidity / 400, index: 0 });
  const pressure = uint16(data, 5);
  if (pressure !== 0xffff) measurements.push({ quantity: "pressure", value: pressure + 50_000, index: 0 });
  // The index names the axis, so a missing axis leaves its number free.
  for (let axis = 0; axis < 3; axis++) {
    const raw = sint16(data, 7 + 2 * axis);
    if (raw !== -0x8000) measurements.push({ quantity: "acceleration", value: (raw * MG_TIMES) / MG_PER, index: axis });
  }
  const power = uint16(data, 13);
  const millivolts = power >> 5;
  if (millivolts !== 0x7ff) measurements.push({ quantity: "voltage", value: (millivolts + 1_600) / 1_000, index: 0 });
  const txPower = power & 0x1f;
  if (txPower !== 0x1f) measurements.push({ quantity: "tx_power", value: 2 * txPower - 40, index: 0 });
  const movements = data[15] ?? 0xff;
  if (movements !== 0xff) measurements.push({ quantity: "movement_counter", value: movements, index: 0 });
  return measurements;
}

function uint16(data: Uint8Array, at: number): number {
  return ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0);
}

function sint16(data: Uint8Array, at: number): number {
  return (uint16(data, at) << 16) >> 16;
}
