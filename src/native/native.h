/* What the files of the addon share. Each function is one system call (or one batch of the same few over a page of
 * directory entries); names, checks and decisions live in TypeScript. Results are numbers: what the call returned, or
 * the negative errno. Larger results go into buffers made once (see `page_t`). */
#ifndef BERTH_NATIVE_H
#define BERTH_NATIVE_H

#include <errno.h>
#include <node_api.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

/* Doubles that describe one object; the order is that of `StatField` in index.ts. */
enum {
  STAT_MODE, STAT_NLINK, STAT_UID, STAT_GID, STAT_SIZE, STAT_BLOCKS, STAT_RDEV_MAJOR, STAT_RDEV_MINOR, STAT_DEV_MAJOR,
  STAT_DEV_MINOR, STAT_INO_HIGH, STAT_INO_LOW, STAT_ATIME, STAT_ATIME_NS, STAT_MTIME, STAT_MTIME_NS, STAT_CTIME,
  STAT_CTIME_NS, STAT_BTIME, STAT_BTIME_NS, STAT_MOUNT_ID, STAT_FIELDS = 24
};
enum { STAT_SLOTS = 4, HANDLE_SIZE_MAX = 128, NAME_SIZE_MAX = 4096 };

typedef struct busy_poll busy_poll_t;

/* The result page of one thread. */
typedef struct {
  double stat[STAT_SLOTS][STAT_FIELDS];
  double statfs[16];
  double listing[4];
  uint8_t handle[HANDLE_SIZE_MAX];
  double moved[4];
  struct plus *plus;
  /* See handle-table.h. */
  struct handle_table *handles;
  /* See inode-map.h. */
  struct inode_maps *maps;
  /* See move-map.h. */
  struct move_maps *moves;
  /* See busy-poll.c. */
  busy_poll_t *busy_poll;
  /* What threads of disks have been asked and not answered yet, and when that changed last, in ns: see disk.c. */
  int disk_jobs;
  int64_t disk_jobs_at;
} page_t;

/* Arguments of one call, taken in order. `failed` is set when one had another type than expected. */
typedef struct {
  napi_env env;
  napi_value value[18];
  page_t *page;
  unsigned next;
  int failed;
} args_t;

args_t take_args(napi_env env, napi_callback_info info);
int32_t arg_int(args_t *args);
uint32_t arg_uint(args_t *args);
double arg_double(args_t *args);
/* Bytes of a Buffer; *size is set. */
uint8_t *arg_bytes(args_t *args, size_t *size);
/* A name as a C string in `into` (NAME_SIZE_MAX + 1 bytes): 0, -EINVAL for a NUL inside, -ENAMETOOLONG. */
int arg_name(args_t *args, char *into);
/* Bytes start..start+count of a Buffer, three arguments; NULL when they are not inside it. */
uint8_t *arg_range(args_t *args, size_t *count);

int64_t nanoseconds(struct timespec time);
/* CLOCK_MONOTONIC, in ns. */
int64_t monotonic_now(void);

napi_value result_int(args_t *args, int64_t value);
/* `value`, or -errno when it is -1. */
napi_value result_call(args_t *args, int64_t value);

/* A row of `page_t.stat`; the birth time and the mount are left alone. */
void fill_stat(double *row, const struct stat *st);

/* What is done to the subvolume `name` of the directory `dirfd`; a snapshot, read-only, is of the one whose root `fd` is. -1
 * and errno as the ioctls; ENOTEMPTY: another subvolume is in it. */
typedef enum { SUBVOLUME_CREATE, SUBVOLUME_SNAPSHOT, SUBVOLUME_DESTROY } subvolume_change_t;
enum { SUBVOLUME_NAME_SIZE_MAX = 256 };
int change_subvolume(subvolume_change_t change, int fd, int dirfd, const char *name);

void siphash128(const uint8_t key[16], const uint8_t *bytes, size_t size, uint8_t out[16]);

void define(napi_env env, napi_value exports, page_t *page, const char *name, napi_callback callback);
void define_files(napi_env env, napi_value exports, page_t *page);
void define_names(napi_env env, napi_value exports, page_t *page);
void define_directories(napi_env env, napi_value exports, page_t *page);
void define_identity(napi_env env, napi_value exports, page_t *page);
void define_inode_maps(napi_env env, napi_value exports, page_t *page);
void define_move_maps(napi_env env, napi_value exports, page_t *page);
void define_clone(napi_env env, napi_value exports, page_t *page);
void define_btrfs(napi_env env, napi_value exports, page_t *page);
void define_processor(napi_env env, napi_value exports, page_t *page);
void define_sockets(napi_env env, napi_value exports, page_t *page);
void define_async(napi_env env, napi_value exports, page_t *page);
void define_disk(napi_env env, napi_value exports, page_t *page);
void define_busy_poll(napi_env env, napi_value exports, page_t *page);

#endif
