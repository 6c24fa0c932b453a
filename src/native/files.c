/* Calls on a descriptor. */
#include "native.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

/* The same number on every architecture; the headers of older systems have no name for it. */
enum { SYS_CACHESTAT = 451 };

void fill_stat(double *row, const struct stat *st) {
  row[STAT_MODE] = st->st_mode;
  row[STAT_NLINK] = (double)st->st_nlink;
  row[STAT_UID] = st->st_uid;
  row[STAT_GID] = st->st_gid;
  row[STAT_SIZE] = (double)st->st_size;
  row[STAT_BLOCKS] = (double)st->st_blocks;
  row[STAT_RDEV_MAJOR] = major(st->st_rdev);
  row[STAT_RDEV_MINOR] = minor(st->st_rdev);
  row[STAT_DEV_MAJOR] = major(st->st_dev);
  row[STAT_DEV_MINOR] = minor(st->st_dev);
  row[STAT_INO_HIGH] = (double)(uint32_t)(st->st_ino >> 32);
  row[STAT_INO_LOW] = (double)(uint32_t)st->st_ino;
  row[STAT_ATIME] = (double)st->st_atim.tv_sec;
  row[STAT_ATIME_NS] = (double)st->st_atim.tv_nsec;
  row[STAT_MTIME] = (double)st->st_mtim.tv_sec;
  row[STAT_MTIME_NS] = (double)st->st_mtim.tv_nsec;
  row[STAT_CTIME] = (double)st->st_ctim.tv_sec;
  row[STAT_CTIME_NS] = (double)st->st_ctim.tv_nsec;
}

/* fstat(fd) into stat slot `slot`. */
static napi_value native_fstat(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  uint32_t slot = arg_uint(&args);
  struct stat st;
  if (slot >= STAT_SLOTS) args.failed = 1;
  if (args.failed || fstat(fd, &st)) return result_call(&args, -1);
  fill_stat(args.page->stat[slot], &st);
  return result_int(&args, 0);
}

/* fstatfs(fd): type, block size, blocks, free, available, files, free files, longest name, flags. */
static napi_value native_fstatfs(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  struct statfs st;
  if (args.failed || fstatfs(fd, &st)) return result_call(&args, -1);
  double *row = args.page->statfs;
  row[0] = (double)(uint32_t)st.f_type;
  row[1] = (double)(st.f_frsize ? st.f_frsize : st.f_bsize);
  row[2] = (double)st.f_blocks;
  row[3] = (double)st.f_bfree;
  row[4] = (double)st.f_bavail;
  /* CephFS says -1 as it knows no limit: then nothing is known, as btrfs says it. */
  int is_unlimited = st.f_ffree == (fsfilcnt_t)-1;
  row[5] = is_unlimited ? 0 : (double)st.f_files;
  row[6] = is_unlimited ? 0 : (double)st.f_ffree;
  row[7] = (double)st.f_namelen;
  row[8] = (double)st.f_flags;
  return result_int(&args, 0);
}

static napi_value native_close(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  return result_call(&args, args.failed ? -1 : close(fd));
}

static napi_value native_duplicate(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  return result_call(&args, args.failed ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

/* pread(fd, buffer, start, count, position). */
static napi_value native_pread(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  size_t count = 0;
  uint8_t *bytes = arg_range(&args, &count);
  off_t position = (off_t)arg_double(&args);
  return result_call(&args, args.failed ? -1 : pread(fd, bytes, count, position));
}

/* As pread, from the page cache alone: EAGAIN when the disk would be needed, EOPNOTSUPP where unknown. */
static napi_value native_pread_nowait(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  size_t count = 0;
  uint8_t *bytes = arg_range(&args, &count);
  off_t position = (off_t)arg_double(&args);
  struct iovec part = {bytes, count};
  return result_call(&args, args.failed ? -1 : preadv2(fd, &part, 1, position, RWF_NOWAIT));
}

/* Bytes start..end of a Buffer, three arguments; NULL when they are not inside it. */
static const uint8_t *arg_part(args_t *args, size_t *count) {
  size_t size;
  const uint8_t *bytes = arg_bytes(args, &size);
  uint32_t start = arg_uint(args), end = arg_uint(args);
  if (start > end || end > size) args->failed = 1;
  *count = end - start;
  return args->failed ? NULL : bytes + start;
}

/*
 * sendFile(socket, head, start, end, file, position, count): the head, then the file's bytes, as far as the socket takes
 * them now. Bytes sent of both; or the negative errno when none was.
 */
static napi_value native_send_file(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int socket = arg_int(&args);
  size_t size;
  const uint8_t *head = arg_part(&args, &size);
  int file = arg_int(&args);
  off_t position = (off_t)arg_double(&args);
  double count = arg_double(&args);
  if (count < 0 || position < 0) args.failed = 1;
  if (args.failed) return result_int(&args, 0);
  ssize_t sent = send(socket, head, size, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE);
  if (sent < (ssize_t)size) return result_call(&args, sent);
  for (size_t left = (size_t)count; left > 0;) {
    ssize_t more = sendfile(socket, file, &position, left);
    if (more <= 0) break;
    sent += more, left -= (size_t)more;
  }
  return result_int(&args, sent);
}

/* send(socket, buffer, start, end): send(2) of part of a buffer, without waiting. */
static napi_value native_send(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int socket = arg_int(&args);
  size_t size;
  const uint8_t *bytes = arg_part(&args, &size);
  return result_call(&args, args.failed ? -1 : send(socket, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL));
}

/* Pages of a range that are in the page cache: cachestat(2), Linux 6.5. */
static napi_value native_cached_pages(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  struct {
    uint64_t offset, size;
  } range = {.offset = (uint64_t)arg_double(&args)};
  struct {
    uint64_t cached, dirty, writeback, evicted, recently_evicted;
  } found = {0};
  range.size = (uint64_t)arg_double(&args);
  if (args.failed) return result_int(&args, 0);
  long result = syscall(SYS_CACHESTAT, fd, &range, &found, 0);
  return result_call(&args, result ? -1 : (int64_t)found.cached);
}

/* pwrite(fd, buffer, start, count, position). */
static napi_value native_pwrite(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  size_t count = 0;
  uint8_t *bytes = arg_range(&args, &count);
  off_t position = (off_t)arg_double(&args);
  return result_call(&args, args.failed ? -1 : pwrite(fd, bytes, count, position));
}

static napi_value native_ftruncate(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  off_t size = (off_t)arg_double(&args);
  return result_call(&args, args.failed ? -1 : ftruncate(fd, size));
}

static void descriptor_path(char *path, size_t size, int fd) { snprintf(path, size, "/proc/self/fd/%d", fd); }

/* chmod of what `fd` refers to, by way of /proc: fchmod refuses an O_PATH descriptor. */
static napi_value native_chmod(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  char path[32];
  descriptor_path(path, sizeof path, arg_int(&args));
  mode_t mode = arg_uint(&args);
  return result_call(&args, args.failed ? -1 : chmod(path, mode));
}

/* fchownat(fd, "", uid, gid, AT_EMPTY_PATH); -1 leaves one alone. */
static napi_value native_chown(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  double uid = arg_double(&args), gid = arg_double(&args);
  if (args.failed) return result_call(&args, -1);
  return result_call(&args, fchownat(fd, "", uid < 0 ? (uid_t)-1 : (uid_t)uid, gid < 0 ? (gid_t)-1 : (gid_t)gid, AT_EMPTY_PATH));
}

/* utimensat(fd, "", …, AT_EMPTY_PATH): seconds and nanoseconds of atime and mtime; nanoseconds -1: now, -2: leave. */
static napi_value native_utimens(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  struct timespec times[2];
  for (int i = 0; i < 2; i++) {
    times[i].tv_sec = (time_t)arg_double(&args);
    int32_t nanoseconds = arg_int(&args);
    times[i].tv_nsec = nanoseconds == -1 ? UTIME_NOW : nanoseconds == -2 ? UTIME_OMIT : nanoseconds;
  }
  return result_call(&args, args.failed ? -1 : utimensat(fd, "", times, AT_EMPTY_PATH));
}

/* faccessat2(fd, "", mode, AT_EMPTY_PATH | AT_EACCESS): what this thread's fsuid may do. The system call itself: C
 * libraries have an emulation, for kernels without it, that asks for the process and not for this thread. */
static napi_value native_access(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  int mode = arg_int(&args);
  return result_call(&args, args.failed ? -1 : syscall(SYS_faccessat2, fd, "", mode, AT_EMPTY_PATH | AT_EACCESS));
}

/* readlinkat(fd, "", buffer). */
static napi_value native_readlink(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  size_t size;
  uint8_t *bytes = arg_bytes(&args, &size);
  return result_call(&args, args.failed ? -1 : readlinkat(fd, "", (char *)bytes, size));
}

/* readlink("/proc/self/fd/N", buffer): the path of what the descriptor refers to, as the kernel knows it. */
static napi_value native_path_of(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  size_t size;
  uint8_t *bytes = arg_bytes(&args, &size);
  char path[32];
  descriptor_path(path, sizeof path, fd);
  return result_call(&args, args.failed ? -1 : readlink(path, (char *)bytes, size));
}

/* Fails with EWOULDBLOCK when another open description holds the lock. */
static napi_value native_flock_exclusive(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  return result_call(&args, args.failed ? -1 : flock(fd, LOCK_EX | LOCK_NB));
}

static napi_value native_fsync(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  return result_call(&args, args.failed ? -1 : fsync(fd));
}

static napi_value native_syncfs(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  return result_call(&args, args.failed ? -1 : syncfs(fd));
}

/* exitNow(code): _exit, without waiting for threads that the kernel holds. */
static napi_value native_exit_now(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int code = arg_int(&args);
  if (!args.failed) _exit(code);
  return result_int(&args, 0);
}

void define_files(napi_env env, napi_value exports, page_t *page) {
  define(env, exports, page, "fstat", native_fstat);
  define(env, exports, page, "fstatfs", native_fstatfs);
  define(env, exports, page, "close", native_close);
  define(env, exports, page, "duplicate", native_duplicate);
  define(env, exports, page, "pread", native_pread);
  define(env, exports, page, "preadNowait", native_pread_nowait);
  define(env, exports, page, "send", native_send);
  define(env, exports, page, "sendFile", native_send_file);
  define(env, exports, page, "cachedPages", native_cached_pages);
  define(env, exports, page, "pwrite", native_pwrite);
  define(env, exports, page, "ftruncate", native_ftruncate);
  define(env, exports, page, "chmod", native_chmod);
  define(env, exports, page, "chown", native_chown);
  define(env, exports, page, "utimens", native_utimens);
  define(env, exports, page, "access", native_access);
  define(env, exports, page, "readlink", native_readlink);
  define(env, exports, page, "pathOf", native_path_of);
  define(env, exports, page, "flockExclusive", native_flock_exclusive);
  define(env, exports, page, "exitNow", native_exit_now);
  define(env, exports, page, "fsync", native_fsync);
  define(env, exports, page, "syncfs", native_syncfs);
}
