/* Directory pages, and the MAC of handles. */
#include "native.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WIRE_HANDLE_MAX = 64, WIRE_HEADER = 12, MAC_SIZE = 16 };

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

/* siphash(key, buffer, start, size, out): 16 bytes of MAC into `out`. */
static napi_value native_siphash(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  size_t key_size, size = 0, out_size;
  const uint8_t *key = arg_bytes(&args, &key_size), *bytes = arg_range(&args, &size);
  uint8_t *out = arg_bytes(&args, &out_size);
  if (key_size != 16 || out_size < MAC_SIZE) args.failed = 1;
  if (!args.failed) siphash128(key, bytes, size, out);
  return result_int(&args, 0);
}

static int is_dot_or_dotdot(const char *name) { return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2])); }

/*
 * Attributes and file handle of the entries that a getdents page holds: describe(dirfd, page, start, end, rows,
 * handles, countMax, key, header, mountId, devMajor, devMinor). Per entry it is the same two calls that a LOOKUP
 * makes, done here for a run of entries because a crossing into the addon for each would cost as much as the calls.
 *
 * rows: STAT_FIELDS doubles an entry; the last one is the handle's size, 0 where there is none: "." and "..", an entry
 * gone since, or one on another mount. Its STAT_MODE is 0 when even the attributes are missing. handles: 64 bytes an
 * entry. header: the first 12 bytes of a handle, of which type and size are filled in. Returns the entries described.
 */
static napi_value native_describe(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int dirfd = arg_int(&args);
  size_t page_size, rows_size, handles_size, key_size, header_size;
  const uint8_t *page = arg_bytes(&args, &page_size);
  uint32_t start = arg_uint(&args), end = arg_uint(&args);
  double *rows = (double *)arg_bytes(&args, &rows_size);
  uint8_t *handles = arg_bytes(&args, &handles_size);
  uint32_t count_max = arg_uint(&args);
  const uint8_t *key = arg_bytes(&args, &key_size), *header = arg_bytes(&args, &header_size);
  double mount_id = arg_double(&args), dev_major = arg_double(&args), dev_minor = arg_double(&args);
  if (end > page_size || rows_size < count_max * STAT_FIELDS * sizeof(double) || handles_size < count_max * WIRE_HANDLE_MAX || key_size != 16 || header_size != WIRE_HEADER)
    args.failed = 1;
  if (args.failed) return result_int(&args, 0);

  union {
    struct file_handle handle;
    char room[sizeof(struct file_handle) + HANDLE_SIZE_MAX];
  } to;
  uint32_t count = 0;
  for (uint32_t at = start; at < end && count < count_max; count++) {
    const struct dirent64 *entry = (const void *)(page + at);
    double *row = rows + (size_t)count * STAT_FIELDS;
    uint8_t *wire = handles + (size_t)count * WIRE_HANDLE_MAX;
    int ignored;
    at += entry->d_reclen;
    row[STAT_MODE] = 0;
    row[STAT_FIELDS - 1] = 0;
    if (is_dot_or_dotdot(entry->d_name) || fill_statx(row, dirfd, entry->d_name, 0)) continue;
    if (row[STAT_MOUNT_ID] != mount_id || row[STAT_DEV_MAJOR] != dev_major || row[STAT_DEV_MINOR] != dev_minor) {
      row[STAT_MODE] = 0;
      continue;
    }
    to.handle.handle_bytes = WIRE_HANDLE_MAX - WIRE_HEADER - MAC_SIZE;
    if (name_to_handle_at(dirfd, entry->d_name, &to.handle, &ignored, 0)) continue;
    uint32_t size = to.handle.handle_bytes;
    uint32_t kind = S_ISREG((mode_t)row[STAT_MODE]) ? 1 : S_ISDIR((mode_t)row[STAT_MODE]) ? 2 : 3;
    memcpy(wire, header, WIRE_HEADER);
    wire[1] = (uint8_t)kind;
    wire[2] = (uint8_t)to.handle.handle_type;
    wire[3] = (uint8_t)size;
    memcpy(wire + WIRE_HEADER, to.handle.f_handle, size);
    siphash128(key, wire, WIRE_HEADER + size, wire + WIRE_HEADER + size);
    row[STAT_FIELDS - 1] = WIRE_HEADER + size + MAC_SIZE;
  }
  return result_int(&args, count);
}

void define_directories(napi_env env, napi_value exports, page_t *page) {
  define(env, exports, page, "getdents", native_getdents);
  define(env, exports, page, "siphash", native_siphash);
  define(env, exports, page, "describe", native_describe);
}
