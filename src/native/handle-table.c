#include "handle-table.h"

#include "native.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
  /* Handles remembered: 64 bytes each, touched as used. */
  TABLE_SIZE = 1 << 18,
  /* Longest kernel handle that is kept: ext4 8 bytes, XFS 12, btrfs 20. */
  KEPT_HANDLE_MAX = 20,
  /* A handle is remembered when its ctime is older than this, in milliseconds: before Linux 6.13 two changes within one
   * tick of the clock have one ctime, and so may a number that is used again. */
  SETTLED_MS = 100,
};

/* A handle, by inode number, ctime, share and grant: all but the header, which who asks has. A snapshot of btrfs has
 * the numbers and ctimes of the live share, and other handles. */
typedef struct {
  uint64_t inode;
  int64_t ctime; /* in nanoseconds */
  uint8_t share_and_grant[8];
  uint8_t kind, type, size;
  uint8_t rest[KEPT_HANDLE_MAX + MAC_SIZE];
} kept_t;
_Static_assert(sizeof(kept_t) == 64, "as the limits above say");

struct handle_table {
  /* NULL until the first one is kept. */
  kept_t *at;
  uint8_t key[KEY_SIZE];
};

/* Neighbours stay neighbours: a directory's inodes are often numbered in a row, and then so is the table read. */
static size_t place_of(uint64_t inode) { return (inode ^ inode >> 32) & (TABLE_SIZE - 1); }

uint8_t handle_kind(mode_t mode) { return S_ISREG(mode) ? 1 : S_ISDIR(mode) ? 2 : 3; }

handle_table_t *handle_table_new(void) { return calloc(1, sizeof(handle_table_t)); }

void handle_table_free(void *argument) {
  handle_table_t *table = argument;
  free(table->at);
  free(table);
}

void handle_table_use_key(handle_table_t *table, const uint8_t key[KEY_SIZE]) {
  if (!memcmp(table->key, key, KEY_SIZE)) return;
  if (table->at) memset(table->at, 0, TABLE_SIZE * sizeof *table->at);
  memcpy(table->key, key, KEY_SIZE);
}

size_t handle_table_find(const handle_table_t *table, const uint8_t *header, const handle_owner_t *owner, uint8_t *handle) {
  if (!table->at) return 0;
  const kept_t *kept = &table->at[place_of(owner->inode)];
  if (kept->inode != owner->inode || kept->ctime != nanoseconds(owner->ctime) || !kept->size) return 0;
  if (memcmp(kept->share_and_grant, header + 4, sizeof kept->share_and_grant) || kept->kind != handle_kind(owner->mode)) return 0;
  memcpy(handle, header, WIRE_HEADER);
  handle[1] = kept->kind, handle[2] = kept->type, handle[3] = kept->size;
  memcpy(handle + WIRE_HEADER, kept->rest, kept->size + MAC_SIZE);
  return WIRE_HEADER + kept->size + MAC_SIZE;
}

void handle_table_keep(handle_table_t *table, const uint8_t *handle, const handle_owner_t *owner) {
  uint8_t size = handle[3];
  struct timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (size > KEPT_HANDLE_MAX || nanoseconds(owner->ctime) > nanoseconds(now) - SETTLED_MS * 1000000ll) return;
  /* Without memory for it nothing is kept. */
  if (!table->at && !(table->at = calloc(TABLE_SIZE, sizeof *table->at))) return;
  kept_t *kept = &table->at[place_of(owner->inode)];
  *kept = (kept_t){.inode = owner->inode, .ctime = nanoseconds(owner->ctime), .kind = handle[1], .type = handle[2], .size = size};
  memcpy(kept->share_and_grant, handle + 4, sizeof kept->share_and_grant);
  memcpy(kept->rest, handle + WIRE_HEADER, size + MAC_SIZE);
}
