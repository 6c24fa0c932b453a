/* Procedures are numbered as in RFC 1813 §3.3, results decoded as it has them. */
#include "ops.h"

#include "rpc.h"

#include <stdio.h>

enum { fattr3_size = 84, ftype3_reg = 1, createmode_unchecked = 0, stable_unstable = 0, stable_file_sync = 2, time_dont_change = 0 };
enum { access3_all = 0x3f };

/* xorshift64: the low bits of a plain congruential generator repeat too soon. */
static uint32_t draw(struct conn *conn) {
  uint64_t x = conn->random_state;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  conn->random_state = x;
  return (uint32_t)(x >> 32);
}

void put_fh(struct xdr_out *out, const struct fh *fh) {
  put_opaque(out, fh->bytes, fh->size);
}

bool get_fh(struct xdr_in *in, struct fh *fh) {
  uint32_t size;
  const uint8_t *bytes = get_opaque(in, &size);
  if (!bytes || size == 0 || size > fh_size_max) return false;
  memcpy(fh->bytes, bytes, size);
  fh->size = size;
  return true;
}

static void skip_attributes(struct xdr_in *in) {
  if (get_u32(in)) get_fixed(in, fattr3_size);
}

static void skip_wcc(struct xdr_in *in) {
  if (get_u32(in)) get_fixed(in, 8 + 8 + 8);
  skip_attributes(in);
}

void entry_name(char *name, uint32_t number) {
  snprintf(name, name_size_max, "e%06u", number);
}

static uint64_t next_offset(struct conn *conn) {
  uint64_t blocks = options.file_size / options.size;
  conn->blocks_begun++;
  if (options.random) return draw(conn) % blocks * options.size;
  uint64_t offset = conn->offset;
  conn->offset = (offset / options.size + 1) % blocks * options.size;
  return offset;
}

static const struct fh *any_target(struct conn *conn) {
  return &tree.targets[draw(conn) % tree.targets_count];
}

static void put_write(struct xdr_out *out, struct slot *slot, const struct fh *file, uint64_t offset, uint32_t size) {
  put_fh(out, file);
  put_u64(out, offset);
  put_u32(out, size);
  put_u32(out, options.stable ? stable_file_sync : stable_unstable);
  put_u32(out, size);
  slot->write_size = size;
}

static void encode_nothing(struct conn *conn, struct slot *slot, struct xdr_out *out) {
  (void)conn, (void)slot, (void)out;
}

static void encode_getattr(struct conn *conn, struct slot *slot, struct xdr_out *out) {
  (void)slot;
  put_fh(out, any_target(conn));
}

static void encode_lookup(struct conn *conn, struct slot *slot, struct xdr_out *out) {
  entry_name(slot->name, draw(conn) % options.names);
  put_fh(out, &tree.names);
  put_string(out, slot->name);
}

/* Goes round over all files of all directories: each comes once in as many calls as there are files, in an order that
 * jumps about (a prime's multiples, which does not divide the count). Runs begin at different places. */
static void encode_find(struct conn *conn, struct slot *slot, struct xdr_out *out) {
  static const uint64_t stride = 2654435761u;
  static uint64_t first;
  uint64_t files = (uint64_t)tree.directories_count * options.names;
  if (!first) first = rpc_fresh_xid();
  uint64_t at = (first + tree.visited++) % files * (stride % files) % files;
  (void)conn;
  snprintf(slot->name, sizeof slot->name, "f%u", (uint32_t)(at % options.names));
  put_fh(out, &tree.directories[at / options.names]);
  put_string(out, slot->name);
}

static void encode_found(struct conn *conn, struct slot *slot, struct xdr_out *out) {
  (void)conn;
  put_fh(out, &slot->found);
}

static void encode_access(struct conn *conn, struct slot *slot, struct xdr_out *out) {
  (void)slot;
  put_fh(out, any_target(conn));
  put_u32(out, access3_all);
}

static void encode_read(struct conn *conn, struct slot *slot, struct xdr_out *out) {
  (void)slot;
  put_fh(out, &conn->file);
  put_u64(out, next_offset(conn));
  put_u32(out, options.size);
}

static void encode_write(struct conn *conn, struct slot *slot, struct xdr_out *out) {
  put_write(out, slot, &conn->file, next_offset(conn), options.size);
}

/* All of the file, as the Linux client asks for. */
static void encode_commit(struct conn *conn, struct slot *slot, struct xdr_out *out) {
  (void)slot;
  put_fh(out, &conn->file);
  put_u64(out, 0);
  put_u32(out, 0);
}

static void encode_create(struct conn *conn, struct slot *slot, struct xdr_out *out) {
  snprintf(slot->name, sizeof slot->name, "c%d-%u", conn->id, conn->sequence++);
  put_fh(out, &tree.create);
  put_string(out, slot->name);
  put_u32(out, createmode_unchecked);
  put_u32(out, 1); /* sattr3: a mode, and no owner, group, size or times */
  put_u32(out, 0644);
  put_u32(out, 0);
  put_u32(out, 0);
  put_u32(out, 0);
  put_u32(out, time_dont_change);
  put_u32(out, time_dont_change);
}

static void encode_fill(struct conn *conn, struct slot *slot, struct xdr_out *out) {
  (void)conn;
  put_write(out, slot, &slot->found, 0, created_bytes);
}

static void encode_remove(struct conn *conn, struct slot *slot, struct xdr_out *out) {
  (void)conn;
  put_fh(out, &tree.create);
  put_string(out, slot->name);
}

static void encode_list(struct conn *conn, struct slot *slot, struct xdr_out *out) {
  (void)conn;
  put_fh(out, &tree.names);
  put_u64(out, slot->cookie);
  put_fixed(out, slot->cookie_verf, sizeof slot->cookie_verf);
  put_u32(out, listing_bytes);
  put_u32(out, listing_bytes);
}

static enum op finish_nothing(struct conn *conn, struct slot *slot, struct xdr_in *in) {
  (void)conn, (void)slot, (void)in;
  return op_count;
}

static enum op finish_getattr(struct conn *conn, struct slot *slot, struct xdr_in *in) {
  (void)conn, (void)slot;
  uint32_t type = get_u32(in);
  get_fixed(in, fattr3_size - 4);
  if (type != ftype3_reg) die("GETATTR of a file says type %u", type);
  return op_count;
}

static enum op finish_lookup(struct conn *conn, struct slot *slot, struct xdr_in *in) {
  (void)conn;
  struct fh fh;
  if (!get_fh(in, &fh)) die("LOOKUP of %s gave no handle", slot->name);
  skip_attributes(in);
  skip_attributes(in);
  return op_count;
}

static enum op finish_find(struct conn *conn, struct slot *slot, struct xdr_in *in) {
  (void)conn;
  if (!get_fh(in, &slot->found)) die("LOOKUP of %s gave no handle", slot->name);
  skip_attributes(in);
  skip_attributes(in);
  return op_found;
}

static enum op finish_access(struct conn *conn, struct slot *slot, struct xdr_in *in) {
  (void)conn, (void)slot;
  skip_attributes(in);
  if (get_u32(in) == 0) die("ACCESS granted nothing");
  return op_count;
}

/* Only the head of the reply was kept: the data itself is not looked at. */
static enum op finish_read(struct conn *conn, struct slot *slot, struct xdr_in *in) {
  (void)slot;
  skip_attributes(in);
  uint32_t count = get_u32(in);
  get_u32(in);
  uint32_t size = get_u32(in);
  size_t head = (size_t)(in->at - conn->reply);
  if (count != options.size || size != count || conn->reply_size != head + size)
    die("READ of %u bytes gave %u, in an opaque of %u", options.size, count, size);
  counts.bytes += count;
  return op_count;
}

static void check_written(struct slot *slot, struct xdr_in *in) {
  skip_wcc(in);
  uint32_t count = get_u32(in);
  get_u32(in);
  get_u64(in);
  if (count != slot->write_size) die("WRITE of %u bytes took %u", slot->write_size, count);
  counts.bytes += count;
}

static enum op finish_write(struct conn *conn, struct slot *slot, struct xdr_in *in) {
  (void)conn;
  check_written(slot, in);
  return op_count;
}

static enum op finish_dirty(struct conn *conn, struct slot *slot, struct xdr_in *in) {
  (void)conn;
  check_written(slot, in);
  return op_commit;
}

static enum op finish_create(struct conn *conn, struct slot *slot, struct xdr_in *in) {
  (void)conn;
  if (!get_u32(in) || !get_fh(in, &slot->found)) die("CREATE of %s gave no handle", slot->name);
  return op_fill;
}

static enum op finish_fill(struct conn *conn, struct slot *slot, struct xdr_in *in) {
  (void)conn;
  check_written(slot, in);
  return op_remove;
}

static enum op finish_list(struct conn *conn, struct slot *slot, struct xdr_in *in) {
  (void)conn;
  uint32_t entries = 0;
  skip_attributes(in);
  const uint8_t *verf = get_fixed(in, sizeof slot->cookie_verf);
  if (verf) memcpy(slot->cookie_verf, verf, sizeof slot->cookie_verf);
  while (get_u32(in)) {
    uint32_t size, fh_size;
    get_u64(in);
    const uint8_t *name = get_opaque(in, &size);
    slot->cookie = get_u64(in);
    skip_attributes(in);
    if (get_u32(in)) get_opaque(in, &fh_size);
    if (name && size > 0 && name[0] != '.') slot->listed++, counts.names++;
    entries++;
  }
  bool end = get_u32(in);
  if (in->cut) die("READDIRPLUS reply is cut short");
  if (!end && entries == 0) die("READDIRPLUS gave no entry and no end");
  if (!end) return op_count;
  if (slot->listed != options.names) die("READDIRPLUS listed %u of %u names", slot->listed, options.names);
  slot->cookie = 0;
  slot->listed = 0;
  memset(slot->cookie_verf, 0, sizeof slot->cookie_verf);
  return op_count;
}

const struct op_row op_rows[op_count] = {
    [op_null] = {"NULL", 0, encode_nothing, finish_nothing},
    [op_getattr] = {"GETATTR", 1, encode_getattr, finish_getattr},
    [op_lookup] = {"LOOKUP", 3, encode_lookup, finish_lookup},
    [op_find] = {"LOOKUP", 3, encode_find, finish_find},
    [op_found] = {"GETATTR", 1, encode_found, finish_getattr},
    [op_access] = {"ACCESS", 4, encode_access, finish_access},
    [op_read] = {"READ", 6, encode_read, finish_read},
    [op_write] = {"WRITE", 7, encode_write, finish_write},
    [op_dirty] = {"WRITE", 7, encode_write, finish_dirty},
    [op_commit] = {"COMMIT", 21, encode_commit, finish_nothing},
    [op_create] = {"CREATE", 8, encode_create, finish_create},
    [op_fill] = {"WRITE", 7, encode_fill, finish_fill},
    [op_remove] = {"REMOVE", 12, encode_remove, finish_nothing},
    [op_list] = {"READDIRPLUS", 17, encode_list, finish_list},
};

static const struct mode modes[] = {
    {"null", {[op_null] = 100}},
    {"getattr", {[op_getattr] = 100}},
    {"lookup", {[op_lookup] = 100}},
    {"find", {[op_find] = 100}},
    {"access", {[op_access] = 100}},
    {"read", {[op_read] = 100}},
    {"write", {[op_write] = 100}},
    {"commit", {[op_dirty] = 100}},
    {"create", {[op_create] = 100}},
    {"readdirplus", {[op_list] = 100}},
    {"mixed",
     {[op_lookup] = 30,
      [op_getattr] = 25,
      [op_read] = 20,
      [op_access] = 12,
      [op_write] = 8,
      [op_create] = 4,
      [op_list] = 1}},
};
enum { modes_count = sizeof modes / sizeof *modes };

const struct mode *mode_find(const char *name) {
  for (int i = 0; i < modes_count; i++)
    if (!strcmp(modes[i].name, name)) return &modes[i];
  return NULL;
}

const char *mode_names(void) {
  static char text[256];
  text[0] = 0;
  for (int i = 0; i < modes_count; i++) {
    if (i > 0) strcat(text, " ");
    strcat(text, modes[i].name);
  }
  return text;
}

enum op mode_draw(const struct mode *mode, struct conn *conn) {
  uint32_t left = draw(conn) % 100;
  for (int op = 0; op < op_count; op++) {
    if (left < mode->percent[op]) return (enum op)op;
    left -= mode->percent[op];
  }
  die("mode %s does not add up to 100 percent", mode->name);
}
