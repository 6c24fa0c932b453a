/* Subvolumes of btrfs. Each call is an ioctl on the directory that holds the name. */
#include "native.h"

#include <linux/btrfs.h>
#include <string.h>
#include <sys/ioctl.h>

/* A name that fits in `into`, which has `room` bytes: 0 or the negative errno. */
static int take_name(args_t *args, char *into, size_t room) {
  char name[NAME_SIZE_MAX + 1];
  int error = arg_name(args, name);
  if (error) return error;
  if (strlen(name) >= room) return -ENAMETOOLONG;
  strcpy(into, name);
  return 0;
}

/* subvolumeCreate(dirfd, name): an empty one. */
static napi_value native_subvolume_create(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  struct btrfs_ioctl_vol_args_v2 order = {0};
  int dirfd = arg_int(&args), error = take_name(&args, order.name, sizeof order.name);
  if (error || args.failed) return result_int(&args, error);
  return result_call(&args, ioctl(dirfd, BTRFS_IOC_SUBVOL_CREATE_V2, &order));
}

/* subvolumeSnapshot(fd, dirfd, name): a read-only snapshot of the subvolume whose root `fd` is, on the disk at the end. */
static napi_value native_subvolume_snapshot(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  struct btrfs_ioctl_vol_args_v2 order = {.flags = BTRFS_SUBVOL_RDONLY};
  order.fd = arg_int(&args);
  int dirfd = arg_int(&args), error = take_name(&args, order.name, sizeof order.name);
  if (error || args.failed) return result_int(&args, error);
  return result_call(&args, ioctl(dirfd, BTRFS_IOC_SNAP_CREATE_V2, &order));
}

/* subvolumeDestroy(dirfd, name): with all that is in it. ENOTEMPTY when that holds another subvolume. */
static napi_value native_subvolume_destroy(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  struct btrfs_ioctl_vol_args order = {0};
  int dirfd = arg_int(&args), error = take_name(&args, order.name, sizeof order.name);
  if (error || args.failed) return result_int(&args, error);
  return result_call(&args, ioctl(dirfd, BTRFS_IOC_SNAP_DESTROY, &order));
}

/* subvolumeMakeWritable(fd): the subvolume whose root `fd` is. */
static napi_value native_subvolume_make_writable(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  uint64_t flags = 0;
  return result_call(&args, args.failed ? -1 : ioctl(fd, BTRFS_IOC_SUBVOL_SETFLAGS, &flags));
}

/* subvolumesWithin(fd): how many lie in the subvolume that `fd` is of, 255 at most. */
static napi_value native_subvolumes_within(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int fd = arg_int(&args);
  struct btrfs_ioctl_get_subvol_rootref_args found = {0};
  if (args.failed) return result_int(&args, 0);
  /* EOVERFLOW: there are more. */
  if (ioctl(fd, BTRFS_IOC_GET_SUBVOL_ROOTREF, &found) && errno != EOVERFLOW) return result_call(&args, -1);
  return result_int(&args, found.num_items);
}

void define_btrfs(napi_env env, napi_value exports, page_t *page) {
  define(env, exports, page, "subvolumeCreate", native_subvolume_create);
  define(env, exports, page, "subvolumeSnapshot", native_subvolume_snapshot);
  define(env, exports, page, "subvolumeDestroy", native_subvolume_destroy);
  define(env, exports, page, "subvolumeMakeWritable", native_subvolume_make_writable);
  define(env, exports, page, "subvolumesWithin", native_subvolumes_within);
}
