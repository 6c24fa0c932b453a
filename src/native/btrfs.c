/* Subvolumes of btrfs. */
#include "native.h"

#include <linux/btrfs.h>
#include <string.h>
#include <sys/ioctl.h>

int change_subvolume(subvolume_change_t change, int fd, int dirfd, const char *name) {
  if (change == SUBVOLUME_DESTROY) {
    struct btrfs_ioctl_vol_args order = {0};
    memcpy(order.name, name, SUBVOLUME_NAME_SIZE_MAX);
    return ioctl(dirfd, BTRFS_IOC_SNAP_DESTROY, &order);
  }
  struct btrfs_ioctl_vol_args_v2 order = {0};
  memcpy(order.name, name, SUBVOLUME_NAME_SIZE_MAX);
  if (change == SUBVOLUME_CREATE) return ioctl(dirfd, BTRFS_IOC_SUBVOL_CREATE_V2, &order);
  order.fd = fd;
  order.flags = BTRFS_SUBVOL_RDONLY;
  return ioctl(dirfd, BTRFS_IOC_SNAP_CREATE_V2, &order);
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
  define(env, exports, page, "subvolumeMakeWritable", native_subvolume_make_writable);
  define(env, exports, page, "subvolumesWithin", native_subvolumes_within);
}
