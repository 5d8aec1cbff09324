/* BTHome v2 adverts, as a sensor sends them. Portable C99: no heap, no I/O, no libc but <stdint.h> and <stddef.h>.
 * Source: https://bthome.io/format */
#ifndef MINDOS_BTHOME_H
#define MINDOS_BTHOME_H

#include <stddef.h>
#include <stdint.h>

/* A legacy advert carries 31 bytes: 3 of flags, 4 of service data header, and these. */
#define BTHOME_DATA_BYTES_MAX 24

struct bthome_climate {
  uint8_t packet_id;              /* wraps; the receiver drops an id that it has just heard */
  int16_t temperature_centi_cel;  /* 0.01 Cel */
  uint16_t humidity_centi_rh;     /* 0.01 %RH, 0 to 10000 */
  uint16_t voltage_milli_v;       /* 0 leaves it out */
};

/* Writes the service data of UUID 0xFCD2, without the UUID, into out[capacity].
 * Returns the number of bytes, or 0 when they do not fit or a value is out of range. */
size_t bthome_encode_climate(const struct bthome_climate *climate, uint8_t *out, size_t capacity);

#endif
