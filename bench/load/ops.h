/* The calls the generator can make, and the modes, which are mixes of them. */
#ifndef BERTH_LOAD_OPS_H
#define BERTH_LOAD_OPS_H

#include "load.h"

enum op {
  op_null,
  op_getattr,
  op_lookup,
  op_find, /* LOOKUP somewhere in many directories; is followed by op_found in the same slot */
  op_found,
  op_access,
  op_read,
  op_write,
  op_dirty, /* is followed by op_commit in the same slot */
  op_commit,
  op_create, /* is followed by op_fill, and that by op_remove, each in the same slot */
  op_fill,
  op_remove,
  op_list,
  op_count,
};

struct op_row {
  const char *name;
  uint32_t procedure;
  /* Appends the arguments; sets slot->write_size when data follows them. */
  void (*encode)(struct conn *conn, struct slot *slot, struct xdr_out *out);
  /* Checks the results after an NFS3_OK. Returns the op that goes on in this slot, or op_count for none. */
  enum op (*finish)(struct conn *conn, struct slot *slot, struct xdr_in *in);
};

struct mode {
  const char *name;
  /* Percent of new sequences that begin with each op; 100 in all. */
  uint8_t percent[op_count];
};

extern const struct op_row op_rows[op_count];

/* NULL when there is no such mode. */
const struct mode *mode_find(const char *name);

/* Names of all modes with blanks between, for the usage text. */
const char *mode_names(void);

/* The op a free slot begins with. */
enum op mode_draw(const struct mode *mode, struct conn *conn);

/* The name of a file of names-N. */
void entry_name(char *name, uint32_t number);

void put_fh(struct xdr_out *out, const struct fh *fh);

/* False when there is none, or one of no valid size. */
bool get_fh(struct xdr_in *in, struct fh *fh);

#endif
