/*
 * Clients know the objects of a share by handles and numbers of the filesystem that it lay on when they first saw them. The
 * map of a share that was moved since (the format is in src/filesystem/move-map.ts) leads from the objects as they are here
 * to what clients call them, and back. It is a row of segments, of which a later one holds before an earlier one; each has
 * three tables, sorted by their keys: from handles here, to handles here, and from numbers here.
 *
 * Of a table the first key of each block of records is in memory, and the block looked at last: an object is found with one
 * read of a few KiB, mostly with none, as objects made together lie together. It is read, not mapped: a map that somebody
 * cut short must not end the process.
 */
#include "move-map.h"

#include "native.h"

#include <dirent.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAP_COUNT_MAX = 16384, SEGMENT_COUNT_MAX = 8, SEGMENT_HEADER = 64, BLOCK_RECORDS = 64, VERSION = 1, KERNEL_HANDLE_MAX = 36 };
/* Before the bytes of a handle: here size and type, at clients generation, size and type. */
enum { HERE_FIXED = 2, CLIENT_FIXED = 3, NUMBER_SIZE = 8, NUMBER_RECORD = 40, KEY_MAX = CLIENT_FIXED + KERNEL_HANDLE_MAX };
/* Of generation 0 handles keep the first byte that they had before there were moves. */
enum { GENERATION_BIT = 0x80, VERSION_KERNEL = 1, WIRE_FIXED = 12, OWN_NUMBER_SHIFT = 56 };

typedef struct {
  off_t at;
  uint64_t count;
  uint32_t record_size, key_size;
  uint8_t *firsts;
  int64_t block;
  uint8_t *records;
} table_t;

typedef struct {
  uint32_t here_size, client_size; /* of the fields for handles, fixed parts counted */
  table_t here, clients, numbers;
} segment_t;

typedef struct {
  int fd;
  uint32_t generation;
  int count;
  segment_t segments[SEGMENT_COUNT_MAX];
} move_map_t;

struct move_maps {
  move_map_t *at[MAP_COUNT_MAX];
};

static uint64_t block_count(const table_t *table) { return (table->count + BLOCK_RECORDS - 1) / BLOCK_RECORDS; }

static size_t records_in(const table_t *table, uint64_t block) {
  uint64_t left = table->count - block * BLOCK_RECORDS;
  return left < BLOCK_RECORDS ? (size_t)left : BLOCK_RECORDS;
}

static int read_all(int fd, void *into, size_t size, off_t at) { return pread(fd, into, size, at) == (ssize_t)size; }

/* The record with this key, or NULL. */
static const uint8_t *find(int fd, table_t *table, const uint8_t *key) {
  uint64_t low = 0, high = block_count(table);
  if (!high || memcmp(key, table->firsts, table->key_size) < 0) return NULL;
  while (high - low > 1) {
    uint64_t middle = low + (high - low) / 2;
    if (memcmp(table->firsts + middle * table->key_size, key, table->key_size) <= 0) low = middle;
    else high = middle;
  }
  if (table->block != (int64_t)low) {
    table->block = -1;
    if (!read_all(fd, table->records, records_in(table, low) * table->record_size, table->at + (off_t)(low * BLOCK_RECORDS * table->record_size))) return NULL;
    table->block = (int64_t)low;
  }
  size_t from = 0, to = records_in(table, low);
  while (from < to) {
    size_t middle = from + (to - from) / 2;
    const uint8_t *record = table->records + middle * table->record_size;
    int order = memcmp(record, key, table->key_size);
    if (!order) return record;
    if (order < 0) from = middle + 1;
    else to = middle;
  }
  return NULL;
}

/* A handle in `bytes` as the fields of tables have it, in `room`, which is zeroed; 0: it is too long for the field. */
static int fill_key(uint8_t room[KEY_MAX], size_t field, int generation, uint32_t type, const uint8_t *bytes, size_t size) {
  size_t at = 0;
  memset(room, 0, KEY_MAX);
  if (generation >= 0) room[at++] = (uint8_t)generation;
  room[at++] = (uint8_t)size, room[at++] = (uint8_t)type;
  if (at + size > field || type > 0xff) return 0;
  memcpy(room + at, bytes, size);
  return 1;
}

/* What clients call the object with this handle here: a field of the latest segment that has it, or NULL. */
static const uint8_t *client_name(move_map_t *map, uint32_t type, const uint8_t *bytes, size_t size) {
  uint8_t key[KEY_MAX];
  for (int i = map->count - 1; i >= 0; i--) {
    segment_t *segment = &map->segments[i];
    if (!fill_key(key, segment->here_size, -1, type, bytes, size)) continue;
    const uint8_t *record = find(map->fd, &segment->here, key);
    if (record) return record + segment->here_size;
  }
  return NULL;
}

/*
 * The handle here of what clients know by another: size and type, then the bytes; NULL: there is none. An object whose number
 * was given to a new one while the share was copied may stand in an earlier segment: so it must also be what is called that.
 */
static const uint8_t *name_here(move_map_t *map, int generation, uint32_t type, const uint8_t *bytes, size_t size) {
  uint8_t key[KEY_MAX];
  for (int i = map->count - 1; i >= 0; i--) {
    segment_t *segment = &map->segments[i];
    if (!fill_key(key, segment->client_size, generation, type, bytes, size)) continue;
    const uint8_t *record = find(map->fd, &segment->clients, key);
    if (!record) continue;
    const uint8_t *here = record + segment->client_size;
    const uint8_t *client = client_name(map, here[1], here + HERE_FIXED, here[0]);
    return client && client[0] == generation && client[1] == size && client[2] == type && !memcmp(client + CLIENT_FIXED, bytes, size) ? here : NULL;
  }
  return NULL;
}

/* The record of a number, or NULL. */
static const uint8_t *find_number(move_map_t *map, uint64_t number) {
  uint64_t key = htobe64(number);
  for (int i = map->count - 1; i >= 0; i--) {
    const uint8_t *record = find(map->fd, &map->segments[i].numbers, (const uint8_t *)&key);
    if (record) return record;
  }
  return NULL;
}

static uint64_t get64(const uint8_t *from) {
  uint64_t value;
  memcpy(&value, from, sizeof value);
  return be64toh(value);
}

static uint32_t get32(const uint8_t *from) {
  uint32_t value;
  memcpy(&value, from, sizeof value);
  return be32toh(value);
}

/* Of an object that was made here: no number of an earlier filesystem is like it. */
static uint64_t own_number(const move_map_t *map, uint64_t number) { return number ^ (uint64_t)map->generation << OWN_NUMBER_SHIFT; }

static uint64_t number_of(move_map_t *map, uint64_t number) {
  const uint8_t *record = find_number(map, number);
  return record ? get64(record + NUMBER_SIZE) : own_number(map, number);
}

static void close_map(move_map_t *map) {
  for (int i = 0; i < map->count; i++) {
    table_t *tables[] = {&map->segments[i].here, &map->segments[i].clients, &map->segments[i].numbers};
    for (int j = 0; j < 3; j++) free(tables[j]->firsts), free(tables[j]->records);
  }
  close(map->fd);
  free(map);
}

void move_maps_free(void *argument) {
  move_maps_t *maps = argument;
  for (int i = 0; i < MAP_COUNT_MAX; i++)
    if (maps->at[i]) close_map(maps->at[i]);
  free(maps);
}

move_maps_t *move_maps_new(void) { return calloc(1, sizeof(move_maps_t)); }

/* A table of `count` records at *at, with the first keys of its blocks after it; moves *at behind them. -1 and errno. */
static int read_table(int fd, off_t *at, off_t end, table_t *table) {
  table->at = *at, table->block = -1;
  uint64_t size = table->count * table->record_size, firsts = block_count(table) * table->key_size;
  errno = EINVAL;
  if (table->count > (uint64_t)end || size + firsts > (uint64_t)(end - *at)) return -1;
  table->firsts = malloc(firsts + 1), table->records = malloc((size_t)BLOCK_RECORDS * table->record_size);
  errno = ENOMEM;
  if (!table->firsts || !table->records) return -1;
  errno = EINVAL;
  if (!read_all(fd, table->firsts, firsts, *at + (off_t)size)) return -1;
  *at += (off_t)(size + firsts);
  return 0;
}

static int read_segment(move_map_t *map, off_t *at, off_t end) {
  uint8_t header[SEGMENT_HEADER];
  errno = EINVAL;
  if (map->count == SEGMENT_COUNT_MAX || end - *at < SEGMENT_HEADER || !read_all(map->fd, header, sizeof header, *at)) return -1;
  uint32_t generation = get32(header + 12), here = get32(header + 16), client = get32(header + 20);
  if (memcmp(header, "BERTHMOV", 8) || get32(header + 8) != VERSION || generation == 0 || generation >= GENERATION_BIT) return -1;
  if ((map->generation && map->generation != generation) || here > KERNEL_HANDLE_MAX || client > KERNEL_HANDLE_MAX) return -1;
  map->generation = generation;
  segment_t *segment = &map->segments[map->count++];
  segment->here_size = HERE_FIXED + here, segment->client_size = CLIENT_FIXED + client;
  uint32_t both = segment->here_size + segment->client_size;
  uint64_t handles = get64(header + 24), numbers = get64(header + 32);
  segment->here = (table_t){.count = handles, .record_size = both, .key_size = segment->here_size};
  segment->clients = (table_t){.count = handles, .record_size = both, .key_size = segment->client_size};
  segment->numbers = (table_t){.count = numbers, .record_size = NUMBER_RECORD, .key_size = NUMBER_SIZE};
  *at += SEGMENT_HEADER;
  return read_table(map->fd, at, end, &segment->here) || read_table(map->fd, at, end, &segment->clients) ||
                 read_table(map->fd, at, end, &segment->numbers)
             ? -1
             : 0;
}

/* moveMapOpen(fd): a number for the map in this file, whose descriptor it takes over when it can. */
static napi_value native_move_map_open(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args), id = 0;
  struct stat st;
  if (args.failed) return result_int(&args, 0);
  while (id < MAP_COUNT_MAX && args.page->moves->at[id]) id++;
  if (id == MAP_COUNT_MAX) return result_int(&args, -EMFILE);
  move_map_t *map = calloc(1, sizeof *map);
  if (!map || fstat(fd, &st)) {
    free(map);
    return result_call(&args, -1);
  }
  map->fd = fd;
  off_t at = 0;
  int failed = 0;
  do failed = read_segment(map, &at, st.st_size);
  while (!failed && at < st.st_size);
  if (!failed) args.page->moves->at[id] = map;
  else {
    int error = errno;
    map->fd = -1;
    close_map(map);
    return result_int(&args, -error);
  }
  return result_int(&args, id);
}

static move_map_t *arg_map(args_t *args) {
  int32_t id = arg_int(args);
  if (id < 0 || id >= MAP_COUNT_MAX || !args->page->moves->at[id]) args->failed = 1;
  return args->failed ? NULL : args->page->moves->at[id];
}

static napi_value native_move_map_close(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int32_t id = arg_int(&args);
  args.next = 0;
  move_map_t *map = arg_map(&args);
  if (!map) return result_int(&args, 0);
  args.page->moves->at[id] = NULL;
  close_map(map);
  return result_int(&args, 0);
}

/* moveMapGeneration(id): of the objects that were made here. */
static napi_value native_move_map_generation(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  move_map_t *map = arg_map(&args);
  return result_int(&args, map ? map->generation : 0);
}

/* Puts a handle into the `handle` area and answers what stands for it: generation << 16 | type << 8 | size. */
static napi_value answer_handle(args_t *args, uint32_t generation, uint32_t type, const uint8_t *bytes, size_t size) {
  if (bytes != args->page->handle) memcpy(args->page->handle, bytes, size);
  return result_int(args, generation << 16 | type << 8 | size);
}

/* moveMapName(id, packed): the handle in the `handle` area, which nameToHandle answered `packed` for, becomes the clients'. */
static napi_value native_move_map_name(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  move_map_t *map = arg_map(&args);
  uint32_t packed = arg_uint(&args), type = packed >> 8, size = packed & 0xff;
  if (args.failed) return result_int(&args, 0);
  const uint8_t *client = client_name(map, type, args.page->handle, size);
  if (!client) return answer_handle(&args, map->generation, type, args.page->handle, size);
  return answer_handle(&args, client[0], client[2], client + CLIENT_FIXED, client[1]);
}

/* moveMapFind(id, handle): of a wire handle, the kernel's handle here, in the `handle` area; -ESTALE: it is of none. */
static napi_value native_move_map_find(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  move_map_t *map = arg_map(&args);
  size_t size = 0;
  const uint8_t *handle = arg_bytes(&args, &size);
  if (args.failed || size < WIRE_FIXED || WIRE_FIXED + (size_t)handle[3] > size || handle[3] > KERNEL_HANDLE_MAX) args.failed = 1;
  if (args.failed) return result_int(&args, 0);
  uint32_t generation = handle[0] == VERSION_KERNEL ? 0 : handle[0] & ~(uint32_t)GENERATION_BIT;
  const uint8_t *bytes = handle + WIRE_FIXED;
  if (generation == map->generation) {
    /* One that was given to a copied object is not this one's: clients know that by its earlier name. */
    if (client_name(map, handle[2], bytes, handle[3])) return result_int(&args, -ESTALE);
    return answer_handle(&args, 0, handle[2], bytes, handle[3]);
  }
  const uint8_t *here = name_here(map, (int)generation, handle[2], bytes, handle[3]);
  if (!here) return result_int(&args, -ESTALE);
  return answer_handle(&args, 0, here[1], here + HERE_FIXED, here[0]);
}

/*
 * moveMapNumber(id, slot): fills the `moved` area with what clients are told of the object in a stat row: its number, high
 * and low, and its time of change. That is the one from before the move for as long as nothing has changed since.
 */
static napi_value native_move_map_number(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  move_map_t *map = arg_map(&args);
  uint32_t slot = arg_uint(&args);
  if (slot >= STAT_SLOTS) args.failed = 1;
  if (args.failed) return result_int(&args, 0);
  const double *row = args.page->stat[slot];
  double *moved = args.page->moved;
  uint64_t number = (uint64_t)row[STAT_INO_HIGH] << 32 | (uint32_t)row[STAT_INO_LOW];
  const uint8_t *record = find_number(map, number);
  uint64_t told = record ? get64(record + NUMBER_SIZE) : own_number(map, number);
  moved[0] = (double)(told >> 32), moved[1] = (double)(uint32_t)told;
  moved[2] = row[STAT_CTIME], moved[3] = row[STAT_CTIME_NS];
  if (!record) return result_int(&args, 0);
  const uint8_t *here = record + 2 * NUMBER_SIZE, *client = here + 12;
  if ((double)(int64_t)get64(here) == row[STAT_CTIME] && get32(here + 8) == row[STAT_CTIME_NS])
    moved[2] = (double)(int64_t)get64(client), moved[3] = get32(client + 8);
  return result_int(&args, 0);
}

/* moveMapPage(id, page, start, size): numbers in getdents records become those that clients are told. */
static napi_value native_move_map_page(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  move_map_t *map = arg_map(&args);
  size_t size = 0;
  uint8_t *page = arg_range(&args, &size);
  if (args.failed) return result_int(&args, 0);
  for (size_t at = 0; at + offsetof(struct dirent64, d_name) < size;) {
    struct dirent64 *entry = (void *)(page + at);
    entry->d_ino = number_of(map, entry->d_ino);
    at += entry->d_reclen;
  }
  return result_int(&args, 0);
}

static int in_order(const void *a, const void *b, void *size) { return memcmp(a, b, *(size_t *)size); }

/* sortRecords(bytes, recordSize): sorts records by their bytes. */
static napi_value native_sort_records(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  size_t size = 0;
  uint8_t *bytes = arg_bytes(&args, &size);
  size_t record = arg_uint(&args);
  if (args.failed || !record || size % record) args.failed = 1;
  else if (size) qsort_r(bytes, size / record, record, in_order, &record);
  return result_int(&args, 0);
}

void define_move_maps(napi_env env, napi_value exports, page_t *page) {
  define(env, exports, page, "moveMapOpen", native_move_map_open);
  define(env, exports, page, "moveMapClose", native_move_map_close);
  define(env, exports, page, "moveMapGeneration", native_move_map_generation);
  define(env, exports, page, "moveMapName", native_move_map_name);
  define(env, exports, page, "moveMapFind", native_move_map_find);
  define(env, exports, page, "moveMapNumber", native_move_map_number);
  define(env, exports, page, "moveMapPage", native_move_map_page);
  define(env, exports, page, "sortRecords", native_sort_records);
}
