/* Handles made before, of objects that are seen again and again. A handle depends on the inode alone: one is taken from here if
 * the inode number and the ctime that the kernel has just told are those it was made for; a number that is used again comes with
 * another ctime. */
#ifndef BERTH_HANDLE_TABLE_H
#define BERTH_HANDLE_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum { WIRE_HANDLE_MAX = 64, WIRE_HEADER = 12, MAC_SIZE = 16, KEY_SIZE = 16 };

typedef struct handle_table handle_table_t;

/* What a handle was made for. */
typedef struct {
  uint64_t inode;
  struct timespec ctime;
  mode_t mode;
} handle_owner_t;

/* The kind in a wire handle: see handle.ts of the filesystem. */
uint8_t handle_kind(mode_t mode);

handle_table_t *handle_table_new(void);
/* A cleanup hook. */
void handle_table_free(void *table);

/* Handles made with one key are worth nothing under another: to be told before those of a call. */
void handle_table_use_key(handle_table_t *table, const uint8_t key[KEY_SIZE]);
/* The whole handle of `owner` under the share and grant of `header`, into `handle`: its size, or 0 when it is not here. */
size_t handle_table_find(const handle_table_t *table, const uint8_t *header, const handle_owner_t *owner, uint8_t *handle);
/* Remembers a whole handle, unless its owner changed only just now. */
void handle_table_keep(handle_table_t *table, const uint8_t *handle, const handle_owner_t *owner);

#endif
