#include "bthome.h"

enum {
  DEVICE_INFO_V2_PLAIN = 0x40,
  OBJECT_PACKET_ID = 0x00,
  OBJECT_TEMPERATURE = 0x02,
  OBJECT_HUMIDITY = 0x03,
  OBJECT_VOLTAGE = 0x0c,
  HUMIDITY_CENTI_MAX = 10000
};

static size_t put_u16(uint8_t *out, size_t at, uint8_t object, uint16_t value) {
  out[at] = object;
  out[at + 1] = (uint8_t)(value & 0xff);
  out[at + 2] = (uint8_t)(value >> 8);
  return at + 3;
}

size_t bthome_encode_climate(const struct bthome_climate *climate, uint8_t *out, size_t capacity) {
  const size_t needed = 9 + (climate->voltage_milli_v != 0 ? 3u : 0u);
  if (capacity < needed || climate->humidity_centi_rh > HUMIDITY_CENTI_MAX) return 0;
  out[0] = DEVICE_INFO_V2_PLAIN;
  out[1] = OBJECT_PACKET_ID;
  out[2] = climate->packet_id;
  /* Objects go in the order of their ids, as the format demands. */
  size_t at = put_u16(out, 3, OBJECT_TEMPERATURE, (uint16_t)climate->temperature_centi_cel);
  at = put_u16(out, at, OBJECT_HUMIDITY, climate->humidity_centi_rh);
  if (climate->voltage_milli_v != 0) at = put_u16(out, at, OBJECT_VOLTAGE, climate->voltage_milli_v);
  return at;
}
