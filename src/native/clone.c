/* Copies of files with all that belongs to them, for snapshots. */
#include "native.h"

#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

/* copyFileRange(from, to, position, count): both at the same position. */
static napi_value native_copy_file_range(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int from = arg_int(&args), to = arg_int(&args);
  loff_t in = (loff_t)arg_double(&args), out = in;
  size_t count = (size_t)arg_double(&args);
  return result_call(&args, args.failed ? -1 : copy_file_range(from, &in, to, &out, count, 0));
}

/* seekData(fd, position): where data begins at or after it; ENXIO: nowhere. */
static napi_value native_seek_data(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  off_t position = (off_t)arg_double(&args);
  return result_call(&args, args.failed ? -1 : lseek(fd, position, SEEK_DATA));
}

/* seekHole(fd, position): where the data at it ends. */
static napi_value native_seek_hole(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  off_t position = (off_t)arg_double(&args);
  return result_call(&args, args.failed ? -1 : lseek(fd, position, SEEK_HOLE));
}

/* What a descriptor refers to as a path: the f…xattr calls refuse an O_PATH one, and this is not followed further. */
typedef struct {
  char path[32];
} self_path_t;

static self_path_t self_path(int fd) {
  self_path_t self;
  snprintf(self.path, sizeof self.path, "/proc/self/fd/%d", fd);
  return self;
}

static int has_name(const char *list, ssize_t size, const char *name) {
  for (const char *at = list; at < list + size; at += strlen(at) + 1)
    if (!strcmp(at, name)) return 1;
  return 0;
}

/* Labels of security modules follow the policy of where the copy lies, and may be refused. */
static int may_be_refused(const char *name) {
  return !strncmp(name, "security.", 9) && strcmp(name, "security.capability") && (errno == EPERM || errno == ENOTSUP);
}

/* XFS lists ACLs twice, the second time by names of its own. Elsewhere those would be attributes like any other, and
 * come back as ACLs that nobody meant when they are copied to XFS again. */
static ssize_t without_second_acls(char *list, ssize_t size) {
  ssize_t kept = 0;
  for (ssize_t at = 0, length; at < size; at += length) {
    length = (ssize_t)strlen(list + at) + 1;
    if (!strncmp(list + at, "trusted.SGI_ACL_", 16)) continue;
    memmove(list + kept, list + at, (size_t)length);
    kept += length;
  }
  return kept;
}

static ssize_t list_xattrs(int fd, int is_path, char *list) {
  ssize_t size = is_path ? listxattr(self_path(fd).path, list, XATTR_LIST_MAX) : flistxattr(fd, list, XATTR_LIST_MAX);
  if (size == -1) return errno == ENOTSUP ? 0 : -1;
  return without_second_acls(list, size);
}

/* Removes those of `to` that `from` does not have, as it inherits ACLs. Answers how many, or -1. */
static int drop_xattrs(int to, int is_path, const char *wanted, ssize_t wanted_size) {
  char list[XATTR_LIST_MAX];
  ssize_t size = list_xattrs(to, is_path, list);
  if (size == -1) return -1;
  int dropped = 0;
  for (const char *at = list; at < list + size; at += strlen(at) + 1) {
    if (has_name(wanted, wanted_size, at)) continue;
    if (!(is_path ? removexattr(self_path(to).path, at) : fremovexattr(to, at))) dropped++;
    else if (errno != ENODATA && !may_be_refused(at)) return -1;
  }
  return dropped;
}

static int set_xattrs(int from, int to, int is_path, const char *list, ssize_t list_size) {
  char value[XATTR_SIZE_MAX];
  for (const char *at = list; at < list + list_size; at += strlen(at) + 1) {
    ssize_t size = is_path ? getxattr(self_path(from).path, at, value, sizeof value) : fgetxattr(from, at, value, sizeof value);
    /* Removed meanwhile. */
    if (size == -1 && errno == ENODATA) continue;
    if (size == -1) return -1;
    if (is_path ? setxattr(self_path(to).path, at, value, (size_t)size, 0) : fsetxattr(to, at, value, (size_t)size, 0))
      if (!may_be_refused(at)) return -1;
  }
  return 0;
}

/* Gives `to` the owner, mode, extended attributes (ACLs are among them) and times of `from`, which `wanted` describes;
 * `now` describes `to`. Both are O_PATH descriptors when `is_path`. The order matters: a change of owner takes set-ID
 * bits and capabilities away, an ACL sets the group's bits, and everything changes times. */
static int give_attributes(int from, int to, int is_path, const struct stat *wanted, const struct stat *now) {
  char list[XATTR_LIST_MAX];
  ssize_t size = list_xattrs(from, is_path, list);
  if (size == -1) return -1;
  int dropped = drop_xattrs(to, is_path, list, size);
  if (dropped == -1) return -1;
  int other_owner = wanted->st_uid != now->st_uid || wanted->st_gid != now->st_gid;
  if (other_owner && fchownat(to, "", wanted->st_uid, wanted->st_gid, AT_EMPTY_PATH)) return -1;
  if (!S_ISLNK(wanted->st_mode) && (other_owner || dropped || wanted->st_mode != now->st_mode)) {
    mode_t mode = wanted->st_mode & 07777;
    if (is_path ? chmod(self_path(to).path, mode) : fchmod(to, mode)) return -1;
  }
  if (size && set_xattrs(from, to, is_path, list, size)) return -1;
  struct timespec times[2] = {wanted->st_atim, wanted->st_mtim};
  return utimensat(to, "", times, AT_EMPTY_PATH);
}

static int same_time(const struct timespec *a, const struct timespec *b) { return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec; }

enum { CHANGED_MEANWHILE = 1, FUSE_MAGIC = 0x65735546 };

/* syncfs(2), which brings all of a copy to the disk at its end, is not told to filesystems in user space, as CephFS by
 * ceph-fuse is one: there each object is synced by itself, when all of it is there. */
static int sync_alone(int fd) {
  struct statfs st;
  if (fstatfs(fd, &st)) return -1;
  return (uint32_t)st.f_type == FUSE_MAGIC ? fsync(fd) : 0;
}

/* Ends a copy: `to` gets the attributes of `from`. Fills the slots 0 with what is copied and 1 with the copy. Answers
 * whether the file changed since `before`. */
static int end_copy(page_t *page, int from, int to, int is_path, const struct stat *before) {
  struct stat made, after;
  if (fstat(to, &made) || give_attributes(from, to, is_path, before, &made) || fstat(to, &made) || fstat(from, &after)) return -1;
  if (!is_path && sync_alone(to)) return -1;
  fill_stat(page->stat[0], before);
  fill_stat(page->stat[1], &made);
  return same_time(&before->st_ctim, &after.st_ctim) ? 0 : CHANGED_MEANWHILE;
}

/* copyAttributes(from, to, isPath): see give_attributes and end_copy. */
static napi_value native_copy_attributes(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int from = arg_int(&args), to = arg_int(&args), is_path = arg_int(&args);
  struct stat before;
  if (args.failed || fstat(from, &before)) return result_call(&args, -1);
  return result_call(&args, end_copy(args.page, from, to, is_path, &before));
}

/* Labels that security modules give. */
static int is_label(const char *name) { return !strncmp(name, "security.", 9) && strcmp(name, "security.capability"); }

/* Whether each attribute of `one`, but for labels, is one of `other` with the same value; -1: they cannot be read. */
static int has_all_xattrs(int one, int other) {
  char list[XATTR_LIST_MAX], value[XATTR_SIZE_MAX], wanted[XATTR_SIZE_MAX];
  ssize_t size = list_xattrs(one, 1, list);
  if (size == -1) return -1;
  for (const char *at = list; at < list + size; at += strlen(at) + 1) {
    if (is_label(at)) continue;
    ssize_t length = getxattr(self_path(one).path, at, wanted, sizeof wanted);
    if (length == -1) return -1;
    if (getxattr(self_path(other).path, at, value, sizeof value) != length || memcmp(value, wanted, (size_t)length)) return 0;
  }
  return 1;
}

/* sameXattrs(one, other): whether two objects, open with O_PATH, have the same extended attributes; nobody changes them. */
static napi_value native_same_xattrs(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int one = arg_int(&args), other = arg_int(&args);
  if (args.failed) return result_int(&args, -1);
  int has = has_all_xattrs(one, other);
  return result_call(&args, has == 1 ? has_all_xattrs(other, one) : has);
}

/* Never a device or a fifo, that another client may have put there: opening one can block, or do things. */
static int open_source(int dirfd, const char *name) {
  struct open_how how = {.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV};
  int found = (int)syscall(SYS_openat2, dirfd, name, &how, sizeof how);
  struct stat st;
  if (found == -1) return -1;
  int fd = -1;
  if (fstat(found, &st) || !S_ISREG(st.st_mode)) errno = ELOOP;
  else {
    fd = open(self_path(found).path, O_RDONLY | O_NOATIME | O_CLOEXEC);
    /* Only owners may ask for O_NOATIME. */
    if (fd == -1 && errno == EPERM) fd = open(self_path(found).path, O_RDONLY | O_CLOEXEC);
  }
  int error = errno;
  close(found);
  errno = error;
  return fd;
}

static int open_copy(int dirfd, const char *name, int is_there) {
  if (!is_there) return openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  int fd = openat(dirfd, name, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);
  if (fd != -1 || errno != EACCES) return fd;
  /* Without root, also the owner must have leave to write. */
  if (fchmodat(dirfd, name, 0600, 0)) return -1;
  return openat(dirfd, name, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);
}

/*
 * cloneFile(fromDir, fromName, toDir, toName, isThere): a regular file with all that belongs to it, its data shared by
 * FICLONE. isThere: into the file of that name, which keeps its other names. Result and slots as with end_copy; ELOOP
 * when it is no regular file. When it fails, a new name is gone again.
 *
 * One call for what are 16 system calls.
 */
static napi_value native_clone_file(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  char from_name[NAME_SIZE_MAX + 1], to_name[NAME_SIZE_MAX + 1];
  int from_dir = arg_int(&args), error = arg_name(&args, from_name), to_dir = arg_int(&args);
  if (!error) error = arg_name(&args, to_name);
  int is_there = arg_int(&args);
  if (error || args.failed) return result_int(&args, error);
  int from = open_source(from_dir, from_name);
  if (from == -1) return result_call(&args, -1);
  int result = -1, to = -1;
  struct stat before;
  if (!fstat(from, &before) && (to = open_copy(to_dir, to_name, is_there)) != -1) {
    if (!before.st_size || !ioctl(to, FICLONE, from)) result = end_copy(args.page, from, to, 0, &before);
    error = errno;
    close(to);
    if (result == -1 && !is_there) unlinkat(to_dir, to_name, 0);
    errno = error;
  }
  error = errno;
  close(from);
  errno = error;
  return result_call(&args, result);
}

/* exclusiveBytes(fd): bytes of a file's extents that no other file shares. */
static napi_value native_exclusive_bytes(napi_env env, napi_callback_info info) {
  enum { EXTENTS = 64 };
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  union {
    struct fiemap map;
    char room[sizeof(struct fiemap) + EXTENTS * sizeof(struct fiemap_extent)];
  } found;
  int64_t bytes = 0;
  if (args.failed) return result_int(&args, 0);
  for (uint64_t start = 0, is_last = 0; !is_last;) {
    memset(&found.map, 0, sizeof found.map);
    found.map.fm_start = start;
    found.map.fm_length = FIEMAP_MAX_OFFSET - start;
    found.map.fm_extent_count = EXTENTS;
    if (ioctl(fd, FS_IOC_FIEMAP, &found.map)) return result_call(&args, -1);
    is_last = found.map.fm_mapped_extents == 0;
    for (unsigned i = 0; i < found.map.fm_mapped_extents; i++) {
      const struct fiemap_extent *extent = &found.map.fm_extents[i];
      if (!(extent->fe_flags & (FIEMAP_EXTENT_SHARED | FIEMAP_EXTENT_DATA_INLINE))) bytes += (int64_t)extent->fe_length;
      start = extent->fe_logical + extent->fe_length;
      if (extent->fe_flags & FIEMAP_EXTENT_LAST) is_last = 1;
    }
  }
  return result_int(&args, bytes);
}

void define_clone(napi_env env, napi_value exports, page_t *page) {
  define(env, exports, page, "copyFileRange", native_copy_file_range);
  define(env, exports, page, "seekData", native_seek_data);
  define(env, exports, page, "seekHole", native_seek_hole);
  define(env, exports, page, "copyAttributes", native_copy_attributes);
  define(env, exports, page, "sameXattrs", native_same_xattrs);
  define(env, exports, page, "cloneFile", native_clone_file);
  define(env, exports, page, "exclusiveBytes", native_exclusive_bytes);
}
