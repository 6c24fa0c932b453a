/* Who this thread is to the filesystem. Raw system calls: glibc's setgroups would change every thread. */
#include "native.h"

#include <grp.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

/* setfsuid(uid); the call cannot report a refusal, so the answer is read back: 0 or -EPERM. */
static napi_value native_setfsuid(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  uid_t uid = arg_uint(&args);
  if (args.failed) return result_int(&args, 0);
  syscall(SYS_setfsuid, uid);
  return result_int(&args, (uid_t)syscall(SYS_setfsuid, (uid_t)-1) == uid ? 0 : -EPERM);
}

static napi_value native_setfsgid(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  gid_t gid = arg_uint(&args);
  if (args.failed) return result_int(&args, 0);
  syscall(SYS_setfsgid, gid);
  return result_int(&args, (gid_t)syscall(SYS_setfsgid, (gid_t)-1) == gid ? 0 : -EPERM);
}

/* setgroups for this thread alone, from a buffer of 32-bit group numbers. */
static napi_value native_setgroups(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  size_t size;
  uint8_t *groups = arg_bytes(&args, &size);
  return result_call(&args, args.failed ? -1 : syscall(SYS_setgroups, size / sizeof(gid_t), groups));
}

/* A umask of 0: the modes that clients send are not to be changed. It is this thread's own, so that files the other
 * threads make keep theirs; but Docker's default seccomp profile refuses unshare, and then it is the whole process's. */
static napi_value native_clear_umask(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  if (unshare(CLONE_FS) && errno != EPERM && errno != ENOSYS) return result_call(&args, -1);
  umask(0);
  return result_int(&args, 0);
}

void define_identity(napi_env env, napi_value exports, page_t *page) {
  define(env, exports, page, "setfsuid", native_setfsuid);
  define(env, exports, page, "setfsgid", native_setfsgid);
  define(env, exports, page, "setgroups", native_setgroups);
  define(env, exports, page, "clearUmask", native_clear_umask);
}
