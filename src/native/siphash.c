/* SipHash-2-4 with a 128-bit result (Aumasson and Bernstein, "SipHash: a fast short-input PRF", and the reference
 * implementation's 128-bit variant): a keyed MAC of a file handle in tens of nanoseconds. */
#include "native.h"

#include <string.h>

static uint64_t rotate(uint64_t x, int bits) { return (x << bits) | (x >> (64 - bits)); }

typedef struct {
  uint64_t v0, v1, v2, v3;
} state_t;

static void rounds(state_t *s, int count) {
  while (count-- > 0) {
    s->v0 += s->v1, s->v1 = rotate(s->v1, 13) ^ s->v0, s->v0 = rotate(s->v0, 32);
    s->v2 += s->v3, s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3, s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1, s->v1 = rotate(s->v1, 17) ^ s->v2, s->v2 = rotate(s->v2, 32);
  }
}

/* Words are little-endian, as on every machine this addon is built for (checked below). */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "SipHash reads little-endian words");
static uint64_t word(const uint8_t *bytes) {
  uint64_t value;
  memcpy(&value, bytes, 8);
  return value;
}

void siphash128(const uint8_t key[16], const uint8_t *bytes, size_t size, uint8_t out[16]) {
  uint64_t k0 = word(key), k1 = word(key + 8);
  state_t s = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du ^ 0xee, k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u};
  size_t whole = size & ~(size_t)7;
  for (size_t at = 0; at < whole; at += 8) {
    uint64_t m = word(bytes + at);
    s.v3 ^= m;
    rounds(&s, 2);
    s.v0 ^= m;
  }
  uint64_t last = (uint64_t)size << 56;
  for (size_t at = whole; at < size; at++) last |= (uint64_t)bytes[at] << (8 * (at & 7));
  s.v3 ^= last;
  rounds(&s, 2);
  s.v0 ^= last;
  s.v2 ^= 0xee;
  rounds(&s, 4);
  uint64_t low = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
  s.v1 ^= 0xdd;
  rounds(&s, 4);
  uint64_t high = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
  memcpy(out, &low, 8);
  memcpy(out + 8, &high, 8);
}
