/* What the control plane has done on Node's thread pool: start…(…, callback) and later callback(result). Lanes have threads of
 * their own for each store: disk.c. */
#include "native.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef enum { OP_FSYNC, OP_FDATASYNC, OP_SYNCFS, OP_SUBVOLUME } op_t;

typedef struct {
  op_t op;
  int fd;
  subvolume_change_t change;
  int dirfd;
  char name[SUBVOLUME_NAME_SIZE_MAX];
  int64_t result;
  napi_async_work work;
  napi_ref callback;
} job_t;

static void execute(napi_env env, void *data) {
  (void)env;
  job_t *job = data;
  switch (job->op) {
    case OP_FSYNC: job->result = fsync(job->fd); break;
    case OP_FDATASYNC: job->result = fdatasync(job->fd); break;
    case OP_SYNCFS: job->result = syncfs(job->fd); break;
    case OP_SUBVOLUME: job->result = change_subvolume(job->change, job->fd, job->dirfd, job->name); break;
  }
  if (job->result == -1) job->result = -errno;
}

static void complete(napi_env env, napi_status status, void *data) {
  job_t *job = data;
  napi_value callback, undefined, result;
  napi_get_reference_value(env, job->callback, &callback);
  napi_get_undefined(env, &undefined);
  napi_create_int64(env, status == napi_cancelled ? -ECANCELED : job->result, &result);
  napi_delete_reference(env, job->callback);
  napi_delete_async_work(env, job->work);
  free(job);
  napi_call_function(env, undefined, callback, 1, &result, NULL);
}

static napi_value start(args_t *args, job_t job, napi_value callback) {
  napi_valuetype type;
  if (napi_typeof(args->env, callback, &type) != napi_ok || type != napi_function) args->failed = 1;
  job_t *kept = args->failed ? NULL : malloc(sizeof *kept);
  if (!kept) {
    args->failed = 1;
    return result_int(args, 0);
  }
  *kept = job;
  napi_value name;
  napi_create_string_utf8(args->env, "berth", NAPI_AUTO_LENGTH, &name);
  napi_create_reference(args->env, callback, 1, &kept->callback);
  napi_create_async_work(args->env, NULL, name, execute, complete, kept, &kept->work);
  napi_queue_async_work(args->env, kept->work);
  return result_int(args, 0);
}

/* startSync(fd, how, callback): how 0 fsync, 1 fdatasync, 2 syncfs. */
static napi_value native_start_sync(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  job_t job = {.fd = arg_int(&args)};
  int how = arg_int(&args);
  job.op = how == 0 ? OP_FSYNC : how == 1 ? OP_FDATASYNC : OP_SYNCFS;
  return start(&args, job, args.value[2]);
}

/* startSubvolume(change, fd, dirfd, name, callback): see change_subvolume. */
static napi_value native_start_subvolume(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  char name[NAME_SIZE_MAX + 1];
  job_t job = {.op = OP_SUBVOLUME};
  int change = arg_int(&args);
  job.fd = arg_int(&args), job.dirfd = arg_int(&args);
  if (arg_name(&args, name) || strlen(name) >= sizeof job.name || change < SUBVOLUME_CREATE || change > SUBVOLUME_DESTROY) args.failed = 1;
  else strcpy(job.name, name);
  job.change = (subvolume_change_t)change;
  return start(&args, job, args.value[4]);
}

void define_async(napi_env env, napi_value exports, page_t *page) {
  define(env, exports, page, "startSync", native_start_sync);
  define(env, exports, page, "startSubvolume", native_start_subvolume);
}
