/* READDIRPLUS entries from a page of getdents records. */
#ifndef BERTH_PLUS_H
#define BERTH_PLUS_H

#include "handle-table.h"
#include "inode-map.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/sysmacros.h>
#include <sys/types.h>

typedef struct {
  int dirfd;
  /* linux_dirent64 records from `start` to `end`. */
  const uint8_t *page;
  uint32_t start, end;
  /* Where entries go, and how many bytes of them; and of names, numbers and cookies alone. */
  uint8_t *reply;
  size_t reply_size;
  uint32_t dir_size_max;
  /* Of handles: the MAC's key, the first bytes, and the usual size on this filesystem. */
  const uint8_t *key, *header;
  uint32_t handle_size;
  handle_table_t *handles;
  /* The share's filesystem: an entry elsewhere gets no attributes and no handle. */
  int mount_id;
  dev_t dev;
  /* Number to tell for "..", 0: its own. */
  uint64_t root_inode;
  /* Of the attributes: see attributes.ts. */
  uint32_t fsid;
  /* What the objects of a snapshot were in the live share; NULL: the filesystem tells. Records of the page have live numbers
   * already. */
  inode_map_t *map;
  /* Neither attributes nor handles; the reply is empty, so that one entry may exceed dir_size_max. */
  int names_only, is_first;
} plus_request_t;

typedef struct plus plus_t;

plus_t *plus_new(void);
/* Starts the helping thread, with the identity that the calling thread has now: 0 or an errno. Once is enough. */
int plus_start(plus_t *plus);
/* Ends the helping thread. A cleanup hook. */
void plus_free(void *plus);

/* Writes entries, answers their bytes. result: offset of the first record left, entries, bytes counted to dir_size_max,
 * offset of the last record written. */
size_t write_plus(plus_t *plus, const plus_request_t *request, double result[4]);

#endif
