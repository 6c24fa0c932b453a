/*
 * Where a filesystem cannot keep a file's number and time of change in a snapshot, a file beside it does (the format is
 * in src/snapshots/drivers). It has a record for each object, sorted by the number in the snapshot; here the first number
 * of each block of records is in memory, 8 bytes for 128 objects, and the block looked at last. So a number is found
 * with one read of 4 KiB at most, and mostly with none: objects made together have numbers in a row. It is read, not
 * mapped: a map that somebody cut short must not end the process.
 */
#include "inode-map.h"

#include "native.h"

#include <dirent.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER_SIZE = 32, RECORD_SIZE = 32, BLOCK_RECORDS = 128, VERSION = 1, NO_BLOCK = -1 };

typedef struct {
  uint64_t inode, live;
  int64_t ctime;
  uint32_t ctime_ns, zero;
} record_t;
_Static_assert(sizeof(record_t) == RECORD_SIZE, "records have no holes");

struct inode_map {
  int fd;
  uint64_t count;
  uint64_t *first;
  int64_t block;
  record_t records[BLOCK_RECORDS];
};

static uint64_t block_count(const inode_map_t *map) { return (map->count + BLOCK_RECORDS - 1) / BLOCK_RECORDS; }

static size_t records_in(const inode_map_t *map, uint64_t block) {
  uint64_t left = map->count - block * BLOCK_RECORDS;
  return left < BLOCK_RECORDS ? (size_t)left : BLOCK_RECORDS;
}

static int load_block(inode_map_t *map, uint64_t block) {
  if (map->block == (int64_t)block) return 1;
  size_t size = records_in(map, block) * RECORD_SIZE;
  map->block = NO_BLOCK;
  if (pread(map->fd, map->records, size, (off_t)(HEADER_SIZE + block * BLOCK_RECORDS * RECORD_SIZE)) != (ssize_t)size) return 0;
  map->block = (int64_t)block;
  return 1;
}

int inode_map_find(inode_map_t *map, uint64_t inode, live_inode_t *live) {
  uint64_t low = 0, high = block_count(map);
  if (!high || inode < map->first[0]) return 0;
  while (high - low > 1) {
    uint64_t middle = low + (high - low) / 2;
    if (map->first[middle] <= inode) low = middle;
    else high = middle;
  }
  if (!load_block(map, low)) return 0;
  size_t from = 0, to = records_in(map, low);
  while (from < to) {
    size_t middle = from + (to - from) / 2;
    const record_t *record = &map->records[middle];
    uint64_t found = le64toh(record->inode);
    if (found == inode) {
      *live = (live_inode_t){le64toh(record->live), (int64_t)le64toh((uint64_t)record->ctime), le32toh(record->ctime_ns)};
      return 1;
    }
    if (found < inode) from = middle + 1;
    else to = middle;
  }
  return 0;
}

static void close_map(inode_map_t *map) {
  close(map->fd);
  free(map->first);
  free(map);
}

void inode_maps_free(void *argument) {
  inode_maps_t *maps = argument;
  for (int i = 0; i < INODE_MAP_COUNT_MAX; i++)
    if (maps->at[i]) close_map(maps->at[i]);
  free(maps);
}

/* The map in an open file, which is its own from here on; NULL and errno. */
static inode_map_t *read_map(int fd) {
  uint8_t header[HEADER_SIZE];
  uint32_t version, size;
  struct stat st;
  inode_map_t *map = calloc(1, sizeof *map);
  if (!map) return NULL;
  map->fd = fd, map->block = NO_BLOCK;
  ssize_t got = pread(fd, header, sizeof header, 0);
  if (got < 0 || fstat(fd, &st)) goto failed;
  errno = EINVAL;
  memcpy(&version, header + 8, 4), memcpy(&size, header + 12, 4), memcpy(&map->count, header + 16, 8);
  map->count = le64toh(map->count);
  if (got != sizeof header || memcmp(header, "BERTHINO", 8) || le32toh(version) != VERSION || le32toh(size) != RECORD_SIZE) goto failed;
  if (map->count != ((uint64_t)st.st_size - HEADER_SIZE) / RECORD_SIZE) goto failed;
  map->first = malloc((block_count(map) + 1) * sizeof *map->first);
  if (!map->first) goto failed;
  for (uint64_t block = 0; block < block_count(map); block++) {
    uint64_t inode;
    ssize_t read = pread(fd, &inode, sizeof inode, (off_t)(HEADER_SIZE + block * BLOCK_RECORDS * RECORD_SIZE));
    if (read != sizeof inode) {
      if (read >= 0) errno = EINVAL;
      goto failed;
    }
    map->first[block] = le64toh(inode);
  }
  return map;
failed:
  free(map->first);
  free(map);
  return NULL;
}

static inode_map_t *arg_map(args_t *args) {
  int32_t id = arg_int(args);
  if (id < 0 || id >= INODE_MAP_COUNT_MAX || !args->page->maps->at[id]) args->failed = 1;
  return args->failed ? NULL : args->page->maps->at[id];
}

/* inodeMapOpen(fd): a number for the map in this file, whose descriptor it takes over when it can. */
static napi_value native_inode_map_open(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args), id = 0;
  if (args.failed) return result_int(&args, 0);
  inode_map_t **at = args.page->maps->at;
  while (id < INODE_MAP_COUNT_MAX && at[id]) id++;
  if (id == INODE_MAP_COUNT_MAX) return result_int(&args, -EMFILE);
  at[id] = read_map(fd);
  return result_int(&args, at[id] ? id : -errno);
}

static napi_value native_inode_map_close(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  inode_map_t *map = arg_map(&args);
  if (!map) return result_int(&args, 0);
  for (int id = 0; id < INODE_MAP_COUNT_MAX; id++)
    if (args.page->maps->at[id] == map) args.page->maps->at[id] = NULL;
  close_map(map);
  return result_int(&args, 0);
}

/* inodeMapTranslate(id, slot): number and ctime in a stat row become the live ones; -ENOENT where the map has none. */
static napi_value native_inode_map_translate(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  inode_map_t *map = arg_map(&args);
  uint32_t slot = arg_uint(&args);
  live_inode_t live;
  if (slot >= STAT_SLOTS) args.failed = 1;
  if (args.failed) return result_int(&args, 0);
  double *row = args.page->stat[slot];
  uint64_t inode = (uint64_t)row[STAT_INO_HIGH] << 32 | (uint32_t)row[STAT_INO_LOW];
  if (!inode_map_find(map, inode, &live)) return result_int(&args, -ENOENT);
  row[STAT_INO_HIGH] = (double)(live.inode >> 32), row[STAT_INO_LOW] = (double)(uint32_t)live.inode;
  row[STAT_CTIME] = (double)live.ctime, row[STAT_CTIME_NS] = live.ctime_ns;
  return result_int(&args, 0);
}

/* inodeMapPage(id, page, start, size): numbers in getdents records become the live ones, where the map has them. */
static napi_value native_inode_map_page(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  inode_map_t *map = arg_map(&args);
  size_t size = 0;
  uint8_t *page = arg_range(&args, &size);
  if (args.failed) return result_int(&args, 0);
  for (size_t at = 0; at + offsetof(struct dirent64, d_name) < size;) {
    struct dirent64 *entry = (void *)(page + at);
    live_inode_t live;
    if (inode_map_find(map, entry->d_ino, &live)) entry->d_ino = live.inode;
    at += entry->d_reclen;
  }
  return result_int(&args, 0);
}

void define_inode_maps(napi_env env, napi_value exports, page_t *page) {
  define(env, exports, page, "inodeMapOpen", native_inode_map_open);
  define(env, exports, page, "inodeMapClose", native_inode_map_close);
  define(env, exports, page, "inodeMapTranslate", native_inode_map_translate);
  define(env, exports, page, "inodeMapPage", native_inode_map_page);
}
