/* Threads that wait for the disk of one store, so that a disk which does not answer holds up nobody but those who need it:
 * diskOpen(…), then diskSync(…, callback), diskFetch(…, callback), diskReadAhead(…, callback) or diskList(…, callback), and later
 * callback(result). */
#include "native.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { THREAD_COUNT_MAX = 64, STACK_SIZE = 256 * 1024, SCRATCH_SIZE = 64 * 1024 };

typedef enum { JOB_FSYNC, JOB_FDATASYNC, JOB_SYNCFS, JOB_FETCH, JOB_READAHEAD, JOB_LIST } job_kind_t;

typedef struct job {
  job_kind_t kind;
  int fd;
  /* Bytes, and those after them that the kernel is asked to read, too. */
  size_t count, ahead;
  /* Or cookie of a directory. */
  off_t position;
  int64_t result;
  napi_ref callback;
  struct job *next;
} job_t;

typedef struct {
  pthread_mutex_t lock;
  pthread_cond_t wake;
  job_t *first, *last;
  /* Threads, and the environment while it has not closed this: who goes last frees it. */
  int users;
  int is_closed;
  napi_threadsafe_function done;
  /* Where failed syncs are counted, in memory that lives while this is not closed. */
  uint32_t *failures;
  napi_ref failures_buffer;
  /* Jobs whose callback has not been called, and where those of all disks are counted. Of the environment's thread alone. */
  int unanswered;
  page_t *page;
} disk_t;

/* Takes the lock's holder out; the lock is gone with the last. */
static void leave(disk_t *disk) {
  int is_last = !--disk->users;
  pthread_mutex_unlock(&disk->lock);
  if (!is_last) return;
  pthread_mutex_destroy(&disk->lock);
  pthread_cond_destroy(&disk->wake);
  free(disk);
}

/* Where what is fetched goes, so that it need not be copied. */
static int nowhere = -1;
static pthread_once_t nowhere_once = PTHREAD_ONCE_INIT;

static void open_nowhere(void) { nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC); }

/* Bytes of the range that are in memory now, fewer at the end of the file. */
static int64_t fetch(const job_t *job) {
  /* First, in large pieces: the kernel goes ahead by its own small ones. What it refuses is only slower. */
  if (job->ahead) readahead(job->fd, job->position, job->count + job->ahead);
  off_t position = job->position;
  size_t left = job->count;
  while (left > 0) {
    ssize_t got = sendfile(nowhere, job->fd, &position, left);
    if (got < 0 && (errno == EINVAL || errno == EBADF)) {
      /* Not every filesystem can; and a file that is no file is told by this one. */
      uint8_t scratch[SCRATCH_SIZE];
      got = pread(job->fd, scratch, left < sizeof scratch ? left : sizeof scratch, position);
      if (got > 0) position += got;
    }
    if (got < 0 && position == job->position) return -1;
    if (got <= 0) break;
    left -= (size_t)got;
  }
  return position - job->position;
}

/* Entries of which all that a listing tells is in memory now. The descriptor's own position is the environment's thread's. */
static int64_t list(const job_t *job) {
  _Alignas(struct dirent64) uint8_t page[SCRATCH_SIZE];
  int fd = openat(job->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return -1;
  long size = lseek(fd, job->position, SEEK_SET) < 0 ? -1 : syscall(SYS_getdents64, fd, page, job->count);
  int64_t entries = size < 0 ? -1 : 0;
  int error = errno;
  for (long at = 0; at < size; entries++) {
    const struct dirent64 *entry = (const void *)(page + at);
    struct stat st;
    /* One that is gone meanwhile is not listed either. */
    (void)fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT);
    at += entry->d_reclen;
  }
  close(fd);
  errno = error;
  return entries;
}

static void perform(job_t *job) {
  switch (job->kind) {
    case JOB_FSYNC: job->result = fsync(job->fd); break;
    case JOB_FDATASYNC: job->result = fdatasync(job->fd); break;
    case JOB_SYNCFS: job->result = syncfs(job->fd); break;
    case JOB_FETCH: job->result = fetch(job); break;
    case JOB_READAHEAD: job->result = readahead(job->fd, job->position, job->count); break;
    case JOB_LIST: job->result = list(job); break;
  }
  if (job->result == -1) job->result = -errno;
}

static void *work(void *argument) {
  disk_t *disk = argument;
  pthread_mutex_lock(&disk->lock);
  for (;;) {
    while (!disk->first && !disk->is_closed) pthread_cond_wait(&disk->wake, &disk->lock);
    if (disk->is_closed) break;
    job_t *job = disk->first;
    disk->first = job->next;
    pthread_mutex_unlock(&disk->lock);
    perform(job);
    pthread_mutex_lock(&disk->lock);
    /* Counted before anybody can be told: the kernel tells of a failure but once, and not who opens the file from now on. */
    if (!disk->is_closed && disk->failures && job->kind <= JOB_SYNCFS && job->result < 0) __atomic_fetch_add(disk->failures, 1, __ATOMIC_SEQ_CST);
    /* Under the lock: the environment must not go meanwhile. */
    if (disk->is_closed || napi_call_threadsafe_function(disk->done, job, napi_tsfn_nonblocking) != napi_ok) free(job);
  }
  leave(disk);
  return NULL;
}

static void count_jobs(disk_t *disk, int change) {
  disk->unanswered += change;
  disk->page->disk_jobs += change;
  disk->page->disk_jobs_at = monotonic_now();
}

/* In the environment's thread; without an environment when that is about to end. */
static void answer(napi_env env, napi_value unused, void *context, void *data) {
  (void)unused;
  disk_t *disk = context;
  job_t *job = data;
  if (!env) {
    free(job);
    return;
  }
  napi_value callback, undefined, result;
  napi_get_reference_value(env, job->callback, &callback);
  napi_delete_reference(env, job->callback);
  napi_get_undefined(env, &undefined);
  napi_create_int64(env, job->result, &result);
  free(job);
  count_jobs(disk, -1);
  if (!disk->unanswered) napi_unref_threadsafe_function(env, disk->done);
  napi_call_function(env, undefined, callback, 1, &result, NULL);
}

/* Ends what waits, and lets threads end when they can: one that the disk does not answer is waited for by nobody. */
static void close_disk(void *argument) {
  disk_t *disk = argument;
  pthread_mutex_lock(&disk->lock);
  disk->is_closed = 1;
  for (job_t *job = disk->first; job;) {
    job_t *next = job->next;
    free(job);
    job = next;
  }
  disk->first = NULL;
  pthread_cond_broadcast(&disk->wake);
  leave(disk);
}

/* Threads that take no signals, with the identity that the calling thread has now. Answers how many could be had. */
static int start_threads(disk_t *disk, int count) {
  sigset_t all, before;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, STACK_SIZE);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_mutex_lock(&disk->lock);
  int started = 0;
  for (pthread_t thread; started < count && !pthread_create(&thread, &attributes, work, disk); started++) disk->users++;
  pthread_mutex_unlock(&disk->lock);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return started;
}

/* diskOpen(threads, failures): an object for the functions below, or a negative errno. `failures`: four bytes, a number to
 * which failed syncs are added, or undefined. */
static napi_value native_disk_open(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int count = arg_int(&args);
  if (count < 1 || count > THREAD_COUNT_MAX) args.failed = 1;
  napi_valuetype type = napi_undefined;
  napi_typeof(env, args.value[1], &type);
  size_t size = 0;
  uint8_t *failures = type == napi_undefined ? NULL : arg_bytes(&args, &size);
  if (failures && size != sizeof(uint32_t)) args.failed = 1;
  if (args.failed) return result_int(&args, 0);
  disk_t *disk = calloc(1, sizeof *disk);
  if (!disk) return result_int(&args, -ENOMEM);
  disk->users = 1;
  disk->page = args.page;
  pthread_once(&nowhere_once, open_nowhere);
  disk->failures = (uint32_t *)(void *)failures;
  if (failures) napi_create_reference(env, args.value[1], 1, &disk->failures_buffer);
  pthread_mutex_init(&disk->lock, NULL);
  pthread_cond_init(&disk->wake, NULL);
  napi_value name, opened;
  napi_create_string_utf8(env, "berth-disk", NAPI_AUTO_LENGTH, &name);
  napi_create_threadsafe_function(env, NULL, NULL, name, 0, 1, NULL, NULL, disk, answer, &disk->done);
  napi_unref_threadsafe_function(env, disk->done);
  if (!start_threads(disk, count)) {
    napi_release_threadsafe_function(disk->done, napi_tsfn_abort);
    close_disk(disk);
    return result_int(&args, -EAGAIN);
  }
  /* Hooks run in reverse order: after this one nobody calls the function above any more. */
  napi_add_env_cleanup_hook(env, close_disk, disk);
  napi_create_external(env, disk, NULL, NULL, &opened);
  return opened;
}

static disk_t *arg_disk(args_t *args) {
  void *disk = NULL;
  if (napi_get_value_external(args->env, args->value[args->next++], &disk) != napi_ok) args->failed = 1;
  return disk;
}

/* diskClose(disk): it must not be used after. What waits is never answered. */
static napi_value native_disk_close(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  disk_t *disk = arg_disk(&args);
  if (args.failed) return result_int(&args, 0);
  napi_remove_env_cleanup_hook(env, close_disk, disk);
  count_jobs(disk, -disk->unanswered);
  napi_threadsafe_function done = disk->done;
  napi_ref failures = disk->failures_buffer;
  close_disk(disk);
  napi_release_threadsafe_function(done, napi_tsfn_abort);
  if (failures) napi_delete_reference(env, failures);
  return result_int(&args, 0);
}

static napi_value start(args_t *args, disk_t *disk, job_t job, napi_value callback) {
  napi_valuetype type;
  if (napi_typeof(args->env, callback, &type) != napi_ok || type != napi_function) args->failed = 1;
  job_t *kept = args->failed ? NULL : malloc(sizeof *kept);
  if (!kept) {
    args->failed = 1;
    return result_int(args, 0);
  }
  *kept = job;
  napi_create_reference(args->env, callback, 1, &kept->callback);
  if (!disk->unanswered) napi_ref_threadsafe_function(args->env, disk->done);
  count_jobs(disk, 1);
  pthread_mutex_lock(&disk->lock);
  if (disk->first) disk->last->next = kept;
  else disk->first = kept;
  disk->last = kept;
  pthread_cond_signal(&disk->wake);
  pthread_mutex_unlock(&disk->lock);
  return result_int(args, 0);
}

/* diskSync(disk, fd, how, callback): how 0 fsync, 1 fdatasync, 2 syncfs. */
static napi_value native_disk_sync(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  disk_t *disk = arg_disk(&args);
  job_t job = {.fd = arg_int(&args)};
  int how = arg_int(&args);
  job.kind = how == 0 ? JOB_FSYNC : how == 1 ? JOB_FDATASYNC : JOB_SYNCFS;
  return start(&args, disk, job, args.value[3]);
}

/* diskFetch(disk, fd, count, position, ahead, callback): has a part of a file in memory; the result is how much of it. */
static napi_value native_disk_fetch(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  disk_t *disk = arg_disk(&args);
  job_t job = {.kind = JOB_FETCH, .fd = arg_int(&args)};
  job.count = arg_uint(&args);
  job.position = (off_t)arg_double(&args);
  job.ahead = arg_uint(&args);
  return start(&args, disk, job, args.value[5]);
}

/* diskReadAhead(disk, fd, count, position, callback): readahead(2). */
static napi_value native_disk_read_ahead(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  disk_t *disk = arg_disk(&args);
  job_t job = {.kind = JOB_READAHEAD, .fd = arg_int(&args)};
  job.count = arg_uint(&args);
  job.position = (off_t)arg_double(&args);
  return start(&args, disk, job, args.value[4]);
}

/* diskList(disk, fd, cookieHigh, cookieLow, size, callback): has the inodes in memory of entries from a cookie on, as many as
 * getdents64 puts into `size` bytes; the result is how many. */
static napi_value native_disk_list(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  disk_t *disk = arg_disk(&args);
  job_t job = {.kind = JOB_LIST, .fd = arg_int(&args)};
  job.position = (off_t)((uint64_t)arg_uint(&args) << 32);
  job.position |= arg_uint(&args);
  job.count = arg_uint(&args);
  if (job.count > SCRATCH_SIZE) args.failed = 1;
  return start(&args, disk, job, args.value[5]);
}

void define_disk(napi_env env, napi_value exports, page_t *page) {
  define(env, exports, page, "diskOpen", native_disk_open);
  define(env, exports, page, "diskClose", native_disk_close);
  define(env, exports, page, "diskSync", native_disk_sync);
  define(env, exports, page, "diskFetch", native_disk_fetch);
  define(env, exports, page, "diskReadAhead", native_disk_read_ahead);
  define(env, exports, page, "diskList", native_disk_list);
}
