/* Calls on a name in a directory. Names arrive as bytes; a directory is always a descriptor, never a path. */
#include "handle-table.h"
#include "native.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID AT_REMOVEDIR /* Linux 6.5: a handle that identifies, even where it cannot be opened */
#endif

static int fill_statx(double *row, int dirfd, const char *name, int flags) {
  struct statx st;
  if (statx(dirfd, name, flags | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID, &st)) return -1;
  row[STAT_MODE] = st.stx_mode;
  row[STAT_NLINK] = st.stx_nlink;
  row[STAT_UID] = st.stx_uid;
  row[STAT_GID] = st.stx_gid;
  row[STAT_SIZE] = (double)st.stx_size;
  row[STAT_BLOCKS] = (double)st.stx_blocks;
  row[STAT_RDEV_MAJOR] = st.stx_rdev_major;
  row[STAT_RDEV_MINOR] = st.stx_rdev_minor;
  row[STAT_DEV_MAJOR] = st.stx_dev_major;
  row[STAT_DEV_MINOR] = st.stx_dev_minor;
  row[STAT_INO_HIGH] = (double)(uint32_t)(st.stx_ino >> 32);
  row[STAT_INO_LOW] = (double)(uint32_t)st.stx_ino;
  row[STAT_ATIME] = (double)st.stx_atime.tv_sec;
  row[STAT_ATIME_NS] = st.stx_atime.tv_nsec;
  row[STAT_MTIME] = (double)st.stx_mtime.tv_sec;
  row[STAT_MTIME_NS] = st.stx_mtime.tv_nsec;
  row[STAT_CTIME] = (double)st.stx_ctime.tv_sec;
  row[STAT_CTIME_NS] = st.stx_ctime.tv_nsec;
  row[STAT_BTIME] = st.stx_mask & STATX_BTIME ? (double)st.stx_btime.tv_sec : 0;
  row[STAT_BTIME_NS] = st.stx_mask & STATX_BTIME ? st.stx_btime.tv_nsec : 0;
  row[STAT_MOUNT_ID] = (double)st.stx_mnt_id;
  return 0;
}

/* statx(dirfd, name) into stat slot `slot`, never through a symlink. An empty name means `dirfd` itself. */
static napi_value native_stat_at(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  char name[NAME_SIZE_MAX + 1];
  int dirfd = arg_int(&args), error = arg_name(&args, name);
  uint32_t slot = arg_uint(&args);
  if (slot >= STAT_SLOTS) args.failed = 1;
  if (error || args.failed) return result_int(&args, error);
  return result_call(&args, fill_statx(args.page->stat[slot], dirfd, name, *name ? 0 : AT_EMPTY_PATH));
}

/* The object in a stat row, as a handle was made for it. */
static handle_owner_t owner_in(const double *row) {
  return (handle_owner_t){
      .inode = (uint64_t)(uint32_t)row[STAT_INO_HIGH] << 32 | (uint32_t)row[STAT_INO_LOW],
      .ctime = {(time_t)row[STAT_CTIME], (long)row[STAT_CTIME_NS]},
      .mode = (mode_t)row[STAT_MODE],
  };
}

/* Slot, key, and a buffer for or with a handle, and its row. */
static double *take_handle_args(args_t *args, uint8_t **header, uint8_t **handle) {
  uint32_t slot = arg_uint(args);
  size_t key_size, header_size = WIRE_HEADER, handle_size;
  const uint8_t *key = arg_bytes(args, &key_size);
  if (header) *header = arg_bytes(args, &header_size);
  *handle = arg_bytes(args, &handle_size);
  if (slot >= STAT_SLOTS || key_size != KEY_SIZE || header_size != WIRE_HEADER || handle_size != WIRE_HANDLE_MAX) args->failed = 1;
  if (args->failed) return NULL;
  handle_table_use_key(args->page->handles, key);
  return args->page->stat[slot];
}

/* lookUp(dirfd, name, slot, key, header, handle): statAt, and the wire handle of the object into `handle` if one was kept: its
 * size, or 0. */
static napi_value native_look_up(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  char name[NAME_SIZE_MAX + 1];
  int dirfd = arg_int(&args), error = arg_name(&args, name);
  uint8_t *header, *handle;
  double *row = take_handle_args(&args, &header, &handle);
  if (error || args.failed) return result_int(&args, error);
  if (fill_statx(row, dirfd, name, *name ? 0 : AT_EMPTY_PATH)) return result_call(&args, -1);
  handle_owner_t owner = owner_in(row);
  return result_int(&args, (int64_t)handle_table_find(args.page->handles, header, &owner, handle));
}

/* keepHandle(slot, key, handle): the wire handle is that of the object in a stat slot. */
static napi_value native_keep_handle(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  uint8_t *handle;
  const double *row = take_handle_args(&args, NULL, &handle);
  if (args.failed) return result_int(&args, 0);
  handle_owner_t owner = owner_in(row);
  handle_table_keep(args.page->handles, handle, &owner);
  return result_int(&args, 0);
}

/* name_to_handle_at(dirfd, name) into the handle area: type << 8 | size. An empty name means `dirfd` itself; `fid`
 * asks for a handle that only identifies (Linux 6.5). */
static napi_value native_name_to_handle(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  char name[NAME_SIZE_MAX + 1];
  int dirfd = arg_int(&args), error = arg_name(&args, name), fid = arg_int(&args), mount_id;
  if (error || args.failed) return result_int(&args, error);
  union {
    struct file_handle handle;
    char room[sizeof(struct file_handle) + HANDLE_SIZE_MAX];
  } to;
  to.handle.handle_bytes = HANDLE_SIZE_MAX;
  if (name_to_handle_at(dirfd, name, &to.handle, &mount_id, (*name ? 0 : AT_EMPTY_PATH) | (fid ? AT_HANDLE_FID : 0))) return result_call(&args, -1);
  memcpy(args.page->handle, to.handle.f_handle, to.handle.handle_bytes);
  return result_int(&args, ((int64_t)to.handle.handle_type << 8) | to.handle.handle_bytes);
}

/*
 * Linux answers ENOMEM for a handle whose inode number is being given to a new file at that moment (iget_locked in
 * fs/inode.c), which makes the handle stale in the next. With memory short it stays ENOMEM.
 */
#define OPEN_TRIES_MAX 16

/* open_by_handle_at(mountFd, type, buffer, start, size, flags). */
static napi_value native_open_by_handle(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int mount_fd = arg_int(&args), type = arg_int(&args);
  size_t size = 0;
  const uint8_t *bytes = arg_range(&args, &size);
  int flags = arg_int(&args);
  if (args.failed || size > HANDLE_SIZE_MAX) return result_int(&args, -EINVAL);
  union {
    struct file_handle handle;
    char room[sizeof(struct file_handle) + HANDLE_SIZE_MAX];
  } to;
  to.handle.handle_bytes = (unsigned)size;
  to.handle.handle_type = type;
  memcpy(to.handle.f_handle, bytes, size);
  int fd = open_by_handle_at(mount_fd, &to.handle, flags | O_CLOEXEC);
  for (int tries = 1; fd < 0 && errno == ENOMEM && tries < OPEN_TRIES_MAX; tries++) {
    sched_yield();
    fd = open_by_handle_at(mount_fd, &to.handle, flags | O_CLOEXEC);
  }
  return result_call(&args, fd);
}

/* openat2(dirfd, name, flags, mode) with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, RESOLVE_NO_XDEV. */
static napi_value native_open_beneath(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  char name[NAME_SIZE_MAX + 1];
  int dirfd = arg_int(&args), error = arg_name(&args, name);
  struct open_how how = {.flags = (uint64_t)(arg_int(&args) | O_CLOEXEC), .mode = arg_uint(&args), .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV};
  if (error || args.failed) return result_int(&args, error);
  return result_call(&args, syscall(SYS_openat2, dirfd, name, &how, sizeof how));
}

/* openat(dirfd, name, flags): for the parent ("..") and for paths of the operator's own configuration. */
static napi_value native_open_at(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  char name[NAME_SIZE_MAX + 1];
  int dirfd = arg_int(&args), error = arg_name(&args, name), flags = arg_int(&args);
  if (error || args.failed) return result_int(&args, error);
  return result_call(&args, openat(dirfd, name, flags | O_CLOEXEC));
}

/* /proc/self/fd/N opened again with other flags, with the kernel's permission check for this thread. */
static napi_value native_reopen(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", arg_int(&args));
  int flags = arg_int(&args);
  return result_call(&args, args.failed ? -1 : open(path, flags | O_CLOEXEC));
}

static napi_value native_mkdir_at(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  char name[NAME_SIZE_MAX + 1];
  int dirfd = arg_int(&args), error = arg_name(&args, name);
  uint32_t mode = arg_uint(&args);
  if (error || args.failed) return result_int(&args, error);
  return result_call(&args, mkdirat(dirfd, name, mode));
}

/* mknodat(dirfd, name, mode, major, minor). */
static napi_value native_mknod_at(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  char name[NAME_SIZE_MAX + 1];
  int dirfd = arg_int(&args), error = arg_name(&args, name);
  uint32_t mode = arg_uint(&args), major = arg_uint(&args), minor = arg_uint(&args);
  if (error || args.failed) return result_int(&args, error);
  return result_call(&args, mknodat(dirfd, name, mode, makedev(major, minor)));
}

/* symlinkat(target, dirfd, name). */
static napi_value native_symlink_at(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  char target[NAME_SIZE_MAX + 1], name[NAME_SIZE_MAX + 1];
  int error = arg_name(&args, target), dirfd = arg_int(&args);
  if (!error) error = arg_name(&args, name);
  if (error || args.failed) return result_int(&args, error);
  return result_call(&args, symlinkat(target, dirfd, name));
}

/* A new name for what `fd` refers to: linkat through /proc, as AT_EMPTY_PATH wants a capability. */
static napi_value native_link_at(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  char path[32], name[NAME_SIZE_MAX + 1];
  snprintf(path, sizeof path, "/proc/self/fd/%d", arg_int(&args));
  int dirfd = arg_int(&args), error = arg_name(&args, name);
  if (error || args.failed) return result_int(&args, error);
  return result_call(&args, linkat(AT_FDCWD, path, dirfd, name, AT_SYMLINK_FOLLOW));
}

/* unlinkat(dirfd, name, directory ? AT_REMOVEDIR : 0). */
static napi_value native_unlink_at(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  char name[NAME_SIZE_MAX + 1];
  int dirfd = arg_int(&args), error = arg_name(&args, name), directory = arg_int(&args);
  if (error || args.failed) return result_int(&args, error);
  return result_call(&args, unlinkat(dirfd, name, directory ? AT_REMOVEDIR : 0));
}

static napi_value native_rename_at(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  char from[NAME_SIZE_MAX + 1], to[NAME_SIZE_MAX + 1];
  int from_fd = arg_int(&args), error = arg_name(&args, from), to_fd = arg_int(&args);
  if (!error) error = arg_name(&args, to);
  if (error || args.failed) return result_int(&args, error);
  return result_call(&args, renameat(from_fd, from, to_fd, to));
}

void define_names(napi_env env, napi_value exports, page_t *page) {
  define(env, exports, page, "statAt", native_stat_at);
  define(env, exports, page, "lookUp", native_look_up);
  define(env, exports, page, "keepHandle", native_keep_handle);
  define(env, exports, page, "nameToHandle", native_name_to_handle);
  define(env, exports, page, "openByHandle", native_open_by_handle);
  define(env, exports, page, "openBeneath", native_open_beneath);
  define(env, exports, page, "openAt", native_open_at);
  define(env, exports, page, "reopen", native_reopen);
  define(env, exports, page, "mkdirAt", native_mkdir_at);
  define(env, exports, page, "mknodAt", native_mknod_at);
  define(env, exports, page, "symlinkAt", native_symlink_at);
  define(env, exports, page, "linkAt", native_link_at);
  define(env, exports, page, "unlinkAt", native_unlink_at);
  define(env, exports, page, "renameAt", native_rename_at);
}
