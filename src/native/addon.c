/* The module: one result page per thread that loads it, and the arguments' plumbing. */
#include "handle-table.h"
#include "inode-map.h"
#include "move-map.h"
#include "native.h"
#include "plus.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

args_t take_args(napi_env env, napi_callback_info info) {
  args_t args = {.env = env};
  size_t count = sizeof args.value / sizeof *args.value;
  void *data = NULL;
  if (napi_get_cb_info(env, info, &count, args.value, NULL, &data) != napi_ok) args.failed = 1;
  args.page = data;
  return args;
}

int32_t arg_int(args_t *args) {
  int32_t value = 0;
  if (napi_get_value_int32(args->env, args->value[args->next++], &value) != napi_ok) args->failed = 1;
  return value;
}

uint32_t arg_uint(args_t *args) {
  uint32_t value = 0;
  if (napi_get_value_uint32(args->env, args->value[args->next++], &value) != napi_ok) args->failed = 1;
  return value;
}

double arg_double(args_t *args) {
  double value = 0;
  if (napi_get_value_double(args->env, args->value[args->next++], &value) != napi_ok) args->failed = 1;
  return value;
}

uint8_t *arg_bytes(args_t *args, size_t *size) {
  void *data = NULL;
  *size = 0;
  if (napi_get_buffer_info(args->env, args->value[args->next++], &data, size) != napi_ok) args->failed = 1;
  return data;
}

int arg_name(args_t *args, char *into) {
  size_t size;
  const uint8_t *bytes = arg_bytes(args, &size);
  if (size > NAME_SIZE_MAX) return -ENAMETOOLONG;
  if (size && memchr(bytes, 0, size)) return -EINVAL;
  if (size) memcpy(into, bytes, size);
  into[size] = 0;
  return 0;
}

uint8_t *arg_range(args_t *args, size_t *count) {
  size_t size;
  uint8_t *bytes = arg_bytes(args, &size);
  double start = arg_double(args), wanted = arg_double(args);
  if (args->failed || start < 0 || wanted < 0 || start + wanted > (double)size) {
    args->failed = 1;
    return NULL;
  }
  *count = (size_t)wanted;
  return bytes + (size_t)start;
}

int64_t nanoseconds(struct timespec time) { return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec; }

int64_t monotonic_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return nanoseconds(time);
}

napi_value result_int(args_t *args, int64_t value) {
  napi_value result = NULL;
  if (args->failed) {
    napi_throw_type_error(args->env, NULL, "native: an argument has the wrong type or range");
    return NULL;
  }
  napi_create_int64(args->env, value, &result);
  return result;
}

napi_value result_call(args_t *args, int64_t value) { return result_int(args, value == -1 ? -errno : value); }

void define(napi_env env, napi_value exports, page_t *page, const char *name, napi_callback callback) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, page, &function);
  napi_set_named_property(env, exports, name, function);
}


/* The page lives as long as the environment: its functions point at it, so an ArrayBuffer must never own it. */
static void publish(napi_env env, napi_value exports, const char *name, void *bytes, size_t size) {
  napi_value buffer;
  napi_create_external_arraybuffer(env, bytes, size, NULL, NULL, &buffer);
  napi_set_named_property(env, exports, name, buffer);
}

NAPI_MODULE_INIT() {
  page_t *page = calloc(1, sizeof *page);
  if (!page) {
    napi_throw_error(env, NULL, "native: out of memory");
    return NULL;
  }
  napi_add_env_cleanup_hook(env, free, page);
  page->plus = plus_new();
  page->handles = handle_table_new();
  page->maps = calloc(1, sizeof *page->maps);
  page->moves = move_maps_new();
  if (!page->plus || !page->handles || !page->maps || !page->moves) {
    napi_throw_error(env, NULL, "native: out of memory");
    return NULL;
  }
  /* Before the thread that reads it: hooks run in reverse order. */
  napi_add_env_cleanup_hook(env, handle_table_free, page->handles);
  napi_add_env_cleanup_hook(env, plus_free, page->plus);
  napi_add_env_cleanup_hook(env, inode_maps_free, page->maps);
  napi_add_env_cleanup_hook(env, move_maps_free, page->moves);
  publish(env, exports, "stat", page->stat, sizeof page->stat);
  publish(env, exports, "statfs", page->statfs, sizeof page->statfs);
  publish(env, exports, "listing", page->listing, sizeof page->listing);
  publish(env, exports, "handle", page->handle, sizeof page->handle);
  publish(env, exports, "moved", page->moved, sizeof page->moved);
  define_files(env, exports, page);
  define_names(env, exports, page);
  define_directories(env, exports, page);
  define_identity(env, exports, page);
  define_inode_maps(env, exports, page);
  define_move_maps(env, exports, page);
  define_clone(env, exports, page);
  define_btrfs(env, exports, page);
  define_processor(env, exports, page);
  define_sockets(env, exports, page);
  define_async(env, exports, page);
  define_disk(env, exports, page);
  define_busy_poll(env, exports, page);
  return exports;
}
