/* Directory pages from the kernel, READDIRPLUS entries made of them, and the MAC of handles. */
#include "native.h"
#include "plus.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Entries of `fd` from the 64-bit cookie on, as linux_dirent64 records, into buffer: bytes written, 0 at the end. */
static napi_value native_getdents(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  uint64_t cookie = (uint64_t)arg_uint(&args) << 32;
  cookie |= arg_uint(&args);
  size_t size = 0;
  uint8_t *bytes = arg_range(&args, &size);
  if (args.failed || lseek(fd, (off_t)cookie, SEEK_SET) == -1) return result_call(&args, -1);
  return result_call(&args, syscall(SYS_getdents64, fd, bytes, size));
}

/* Whether the kernel would have to ask the disk for the inode of a name: 1 when it would, as far as it can tell. */
static int is_cold(int dirfd, const char *name) {
  struct open_how how = {.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_CACHED};
  long fd = syscall(SYS_openat2, dirfd, name, &how, sizeof how);
  if (fd < 0) return errno == EAGAIN;
  close((int)fd);
  return 0;
}

/* entriesCold(dirfd, page, size): 1 when inodes of the getdents records page[0..size) are not in memory. Three of them are
 * looked for: they were listed together, and go together. */
static napi_value native_entries_cold(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int dirfd = arg_int(&args);
  size_t page_size;
  const uint8_t *page = arg_bytes(&args, &page_size);
  uint32_t size = arg_uint(&args);
  if (args.failed || size > page_size) return result_int(&args, -EINVAL);
  const struct dirent64 *middle = NULL, *last = NULL, *entry;
  for (uint32_t at = 0; at < size; at += entry->d_reclen) {
    entry = (const void *)(page + at);
    if (!middle && at >= size / 2) middle = entry;
    last = entry;
  }
  if (!last) return result_int(&args, 0);
  const struct dirent64 *first = (const void *)page;
  return result_int(&args, is_cold(dirfd, last->d_name) || is_cold(dirfd, first->d_name) || (middle && is_cold(dirfd, middle->d_name)));
}

/* siphash(key, buffer, start, size, out): 16 bytes of MAC into `out`. */
static napi_value native_siphash(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  size_t key_size, size = 0, out_size;
  const uint8_t *key = arg_bytes(&args, &key_size), *bytes = arg_range(&args, &size);
  uint8_t *out = arg_bytes(&args, &out_size);
  if (key_size != KEY_SIZE || out_size < MAC_SIZE) args.failed = 1;
  if (!args.failed) siphash128(key, bytes, size, out);
  return result_int(&args, 0);
}

/*
 * listPlus(dirfd, page, start, end, reply, at, size, dirSize, key, header, mountId, devMajor, devMinor, handleSize,
 * rootHigh, rootLow, flags, fsid): writes entryplus3 structures (RFC 1813 §3.3.17) for the getdents records page[start..end) into
 * reply[at..at+size), no more than have names, numbers and cookies of `dirSize` bytes. One crossing into the addon and
 * two system calls an entry at most, as each LOOKUP makes; see plus.c.
 *
 * rootHigh, rootLow: inode number to tell for "..", at a share's root, else 0. flags: 1 names
 * only, 2 the reply is empty yet, from 4 on the number of an inode map plus one. Answers the bytes written; the `listing` area is described in plus.h.
 */
static napi_value native_list_plus(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  plus_request_t request = {.dirfd = arg_int(&args)};
  size_t page_size, reply_size, key_size, header_size;
  request.page = arg_bytes(&args, &page_size);
  request.start = arg_uint(&args), request.end = arg_uint(&args);
  uint8_t *reply = arg_bytes(&args, &reply_size);
  double at = arg_double(&args), size = arg_double(&args);
  request.dir_size_max = arg_uint(&args);
  request.key = arg_bytes(&args, &key_size), request.header = arg_bytes(&args, &header_size);
  request.mount_id = arg_int(&args);
  uint32_t dev_major = arg_uint(&args), dev_minor = arg_uint(&args);
  request.dev = makedev(dev_major, dev_minor);
  request.handle_size = arg_uint(&args);
  request.root_inode = (uint64_t)arg_uint(&args) << 32;
  request.root_inode |= arg_uint(&args);
  int flags = arg_int(&args);
  request.handles = args.page->handles;
  request.names_only = flags & 1, request.is_first = (flags & 2) != 0;
  request.fsid = arg_uint(&args);
  int map = (flags >> 2) - 1;
  if (map >= INODE_MAP_COUNT_MAX || (map >= 0 && !args.page->maps->at[map])) args.failed = 1;
  else request.map = map < 0 ? NULL : args.page->maps->at[map];
  if (request.end > page_size || request.start > request.end || at < 0 || size < 0 || at + size > (double)reply_size || key_size != KEY_SIZE || header_size != WIRE_HEADER)
    args.failed = 1;
  if (args.failed) return result_int(&args, 0);
  request.reply = reply + (size_t)at;
  request.reply_size = (size_t)size;
  return result_int(&args, (int64_t)write_plus(args.page->plus, &request, args.page->listing));
}

/* The thread that helps with listings, made as this thread is now: the server, whatever caller it acts for later. */
static napi_value native_start_helper(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  return result_int(&args, -plus_start(args.page->plus));
}

void define_directories(napi_env env, napi_value exports, page_t *page) {
  define(env, exports, page, "getdents", native_getdents);
  define(env, exports, page, "entriesCold", native_entries_cold);
  define(env, exports, page, "siphash", native_siphash);
  define(env, exports, page, "listPlus", native_list_plus);
  define(env, exports, page, "startHelper", native_start_helper);
}
