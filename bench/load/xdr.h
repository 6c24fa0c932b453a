/* XDR (RFC 4506) as far as a load generator needs it: big-endian words, and opaques padded to four bytes. */
#ifndef BERTH_LOAD_XDR_H
#define BERTH_LOAD_XDR_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Where a call is written. The caller sees to it that the buffer holds the largest call. */
struct xdr_out {
  uint8_t *bytes;
  size_t size;
};

static inline void put_u32(struct xdr_out *out, uint32_t value) {
  value = htonl(value);
  memcpy(out->bytes + out->size, &value, sizeof value);
  out->size += sizeof value;
}

static inline void put_u64(struct xdr_out *out, uint64_t value) {
  put_u32(out, (uint32_t)(value >> 32));
  put_u32(out, (uint32_t)value);
}

static inline void put_fixed(struct xdr_out *out, const void *bytes, uint32_t size) {
  memcpy(out->bytes + out->size, bytes, size);
  out->size += size;
  while (out->size & 3) out->bytes[out->size++] = 0;
}

static inline void put_opaque(struct xdr_out *out, const void *bytes, uint32_t size) {
  put_u32(out, size);
  put_fixed(out, bytes, size);
}

static inline void put_string(struct xdr_out *out, const char *text) {
  put_opaque(out, text, (uint32_t)strlen(text));
}

/* What is left of a reply. Reading past the end sets `cut` and yields zeros, so one check at the end is enough. */
struct xdr_in {
  const uint8_t *at;
  const uint8_t *end;
  bool cut;
};

/* Returns the next `size` bytes and steps over their padding; NULL when the reply is too short. */
static inline const uint8_t *get_fixed(struct xdr_in *in, uint32_t size) {
  size_t padded = ((size_t)size + 3) & ~(size_t)3;
  if ((size_t)(in->end - in->at) < padded) {
    in->cut = true;
    in->at = in->end;
    return NULL;
  }
  const uint8_t *bytes = in->at;
  in->at += padded;
  return bytes;
}

static inline uint32_t get_u32(struct xdr_in *in) {
  const uint8_t *bytes = get_fixed(in, 4);
  if (!bytes) return 0;
  uint32_t value;
  memcpy(&value, bytes, sizeof value);
  return ntohl(value);
}

static inline uint64_t get_u64(struct xdr_in *in) {
  uint64_t high = get_u32(in);
  return high << 32 | get_u32(in);
}

static inline const uint8_t *get_opaque(struct xdr_in *in, uint32_t *size) {
  *size = get_u32(in);
  return get_fixed(in, *size);
}

#endif
