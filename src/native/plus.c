/*
 * READDIRPLUS entries: for each name its attributes (fstatat) and its file handle (name_to_handle_at), which are most of
 * the cost. Two things make a page cheaper without ever telling attributes that are not current:
 *
 * - Handles made before are taken from a table: see handle-table.h.
 * - A second thread takes names from the other end of the work while the first is at it: two cores stat one page.
 */
#include "plus.h"

#include "native.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
  ROW_COUNT_MAX = 1024,
  /* Entries taken at a time, and how many make waking the other thread worth while. */
  SHARE_OF_WORK = 16,
  HELP_COUNT_MIN = 64,
  /* Loops that a helper waits for the next page before it sleeps. */
  SPIN_COUNT = 1500,
};

/* What was found out about one entry. */
typedef struct {
  struct stat st;
  uint32_t record; /* offset of its dirent */
  uint8_t described, made;
  uint8_t handle_size;
  uint8_t handle[WIRE_HANDLE_MAX];
} row_t;

struct plus {
  row_t rows[ROW_COUNT_MAX];
  const plus_request_t *request;
  int count;
  /* The next entry nobody has taken, and how many threads are at work. */
  atomic_int next, busy;
  /* Counts pages: a helper that sees another number than its last has work, if the page is still open. */
  atomic_uint page;
  atomic_int open;
  atomic_int ending, asleep;
  pthread_t helper;
  int has_helper;
  pthread_mutex_t lock;
  pthread_cond_t wake;
};

static int is_dot_or_dotdot(const char *name) { return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2])); }

static handle_owner_t owner_of(const row_t *row) { return (handle_owner_t){row->st.st_ino, row->st.st_ctim, row->st.st_mode}; }

/* The handle by the kernel. The name may have gone to another object since fstatat: then the entry tells nothing. */
static void make_handle(const plus_request_t *request, int dirfd, const char *name, row_t *row) {
  union {
    struct file_handle handle;
    char room[sizeof(struct file_handle) + HANDLE_SIZE_MAX];
  } to;
  int mount_id;
  struct stat again;
  to.handle.handle_bytes = WIRE_HANDLE_MAX - WIRE_HEADER - MAC_SIZE;
  if (name_to_handle_at(dirfd, name, &to.handle, &mount_id, 0)) return;
  row->described = 0;
  if (mount_id != request->mount_id || fstatat(dirfd, name, &again, AT_SYMLINK_NOFOLLOW)) return;
  if (again.st_ino != row->st.st_ino || again.st_dev != row->st.st_dev) return;
  row->st = again;
  row->described = row->made = 1;
  uint32_t size = to.handle.handle_bytes;
  memcpy(row->handle, request->header, WIRE_HEADER);
  row->handle[1] = handle_kind(row->st.st_mode);
  row->handle[2] = (uint8_t)to.handle.handle_type;
  row->handle[3] = (uint8_t)size;
  memcpy(row->handle + WIRE_HEADER, to.handle.f_handle, size);
  siphash128(request->key, row->handle, WIRE_HEADER + size, row->handle + WIRE_HEADER + size);
  row->handle_size = (uint8_t)(WIRE_HEADER + size + MAC_SIZE);
}

static void describe(const plus_request_t *request, int dirfd, row_t *row) {
  const char *name = ((const struct dirent64 *)(const void *)(request->page + row->record))->d_name;
  row->described = row->made = row->handle_size = 0;
  if (request->names_only || is_dot_or_dotdot(name)) return;
  if (fstatat(dirfd, name, &row->st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) || row->st.st_dev != request->dev) return;
  row->described = 1;
  handle_owner_t owner = owner_of(row);
  row->handle_size = (uint8_t)handle_table_find(request->handles, request->header, &owner, row->handle);
  if (!row->handle_size) make_handle(request, dirfd, name, row);
}

/* Takes entries until none is left. */
static void work(plus_t *plus, int dirfd) {
  for (;;) {
    int from = atomic_fetch_add(&plus->next, SHARE_OF_WORK);
    if (from >= plus->count) return;
    int to = from + SHARE_OF_WORK < plus->count ? from + SHARE_OF_WORK : plus->count;
    for (int i = from; i < to; i++) describe(plus->request, dirfd, &plus->rows[i]);
  }
}

/*
 * With a descriptor of the directory that is the helper's alone: the kernel counts who uses an open file, and two processors
 * that count in one place wait for each other at every name.
 */
static void work_beside(plus_t *plus) {
  /* Too late to take any. */
  if (atomic_load(&plus->next) >= plus->count) return;
  int dirfd = openat(plus->request->dirfd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  work(plus, dirfd < 0 ? plus->request->dirfd : dirfd);
  if (dirfd >= 0) close(dirfd);
}

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void *help(void *argument) {
  plus_t *plus = argument;
  unsigned seen = 0;
  while (!atomic_load(&plus->ending)) {
    for (int spin = 0; spin < SPIN_COUNT && atomic_load(&plus->page) == seen; spin++) relax();
    if (atomic_load(&plus->page) == seen) {
      pthread_mutex_lock(&plus->lock);
      atomic_store(&plus->asleep, 1);
      while (atomic_load(&plus->page) == seen && !atomic_load(&plus->ending)) pthread_cond_wait(&plus->wake, &plus->lock);
      atomic_store(&plus->asleep, 0);
      pthread_mutex_unlock(&plus->lock);
    }
    seen = atomic_load(&plus->page);
    /* Busy first, then a look whether the page is open; the owner closes it first, then looks who is busy. Whichever
     * comes first, the helper either leaves the page alone or is waited for. */
    atomic_fetch_add(&plus->busy, 1);
    if (atomic_load(&plus->open)) work_beside(plus);
    atomic_fetch_sub(&plus->busy, 1);
  }
  return NULL;
}

static void wake_helper(plus_t *plus) {
  atomic_fetch_add(&plus->page, 1);
  if (!atomic_load(&plus->asleep)) return;
  pthread_mutex_lock(&plus->lock);
  pthread_cond_signal(&plus->wake);
  pthread_mutex_unlock(&plus->lock);
}

/* Describes all rows, with help where it pays. */
static void describe_rows(plus_t *plus, const plus_request_t *request, int count) {
  plus->request = request;
  plus->count = count;
  atomic_store(&plus->next, 0);
  int helped = plus->has_helper && count >= HELP_COUNT_MIN;
  if (helped) {
    atomic_store(&plus->open, 1);
    wake_helper(plus);
  }
  work(plus, request->dirfd);
  if (!helped) return;
  atomic_store(&plus->open, 0);
  while (atomic_load(&plus->busy)) relax();
}

static size_t padded(size_t size) { return (size + 3) & ~(size_t)3; }

/* "an entry follows", fileid3, length word of the name, cookie3; post_op_attr; post_op_fh3's words. */
enum { ENTRY_FIXED = 4 + 8 + 4 + 8, DIR_FIXED = 8 + 4 + 8, ATTRIBUTES = 4 + 84, HANDLE_WORDS = 4 + 4 };

/* Takes as many records as will fit if each has attributes and a handle of the usual size; at least one. */
static int plan(plus_t *plus, const plus_request_t *request) {
  size_t total = 0, dir_size = 0;
  int count = 0;
  for (uint32_t at = request->start; at < request->end && count < ROW_COUNT_MAX;) {
    const struct dirent64 *entry = (const void *)(request->page + at);
    size_t name = padded(strlen(entry->d_name));
    total += ENTRY_FIXED + name + ATTRIBUTES + HANDLE_WORDS + padded(request->handle_size);
    dir_size += DIR_FIXED + name;
    if ((count > 0 || !request->is_first) && (total > request->reply_size || dir_size > request->dir_size_max)) break;
    plus->rows[count++].record = at;
    at += entry->d_reclen;
  }
  return count;
}

static uint8_t *put32(uint8_t *to, uint32_t value) {
  value = __builtin_bswap32(value);
  memcpy(to, &value, 4);
  return to + 4;
}

static uint8_t *put64(uint8_t *to, uint64_t value) {
  value = __builtin_bswap64(value);
  memcpy(to, &value, 8);
  return to + 8;
}

static uint8_t *put_bytes(uint8_t *to, const void *bytes, size_t size) {
  to = put32(to, (uint32_t)size);
  memcpy(to, bytes, size);
  /* Padding must be zero: what lay in the buffer before is another client's. */
  memset(to + size, 0, padded(size) - size);
  return to + padded(size);
}

static uint8_t *put_time(uint8_t *to, struct timespec time) { return put32(put32(to, (uint32_t)time.tv_sec), (uint32_t)time.tv_nsec); }

static uint32_t type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return 1;
    case S_IFDIR: return 2;
    case S_IFBLK: return 3;
    case S_IFCHR: return 4;
    case S_IFLNK: return 5;
    case S_IFSOCK: return 6;
    default: return 7;
  }
}

/* fattr3, RFC 1813 §2.6. */
static uint8_t *put_attributes(uint8_t *to, const struct stat *st, uint32_t fsid) {
  to = put32(put32(put32(to, type_of(st->st_mode)), st->st_mode & 07777), (uint32_t)st->st_nlink);
  to = put32(put32(to, st->st_uid), st->st_gid);
  to = put64(put64(to, (uint64_t)st->st_size), (uint64_t)st->st_blocks * 512);
  to = put32(put32(to, major(st->st_rdev)), minor(st->st_rdev));
  to = put64(put64(to, fsid), st->st_ino);
  return put_time(put_time(put_time(to, st->st_atim), st->st_mtim), st->st_ctim);
}

/* Number and time of change of the live file, in a snapshot on a filesystem that cannot keep them. */
static void translate(const plus_request_t *request, row_t *row) {
  live_inode_t live;
  if (!request->map || !row->described || !inode_map_find(request->map, row->st.st_ino, &live)) return;
  row->st.st_ino = live.inode;
  row->st.st_ctim = (struct timespec){live.ctime, live.ctime_ns};
}

static uint8_t *put_entry(uint8_t *to, const plus_request_t *request, const row_t *row) {
  const struct dirent64 *entry = (const void *)(request->page + row->record);
  int is_parent = entry->d_name[0] == '.' && entry->d_name[1] == '.' && !entry->d_name[2];
  to = put32(to, 1);
  to = put64(to, is_parent && request->root_inode ? request->root_inode : entry->d_ino);
  to = put_bytes(to, entry->d_name, strlen(entry->d_name));
  to = put64(to, (uint64_t)entry->d_off);
  to = put32(to, row->described);
  if (row->described) to = put_attributes(to, &row->st, request->fsid);
  to = put32(to, row->handle_size > 0);
  return row->handle_size ? put_bytes(to, row->handle, row->handle_size) : to;
}

/* Bytes of an entry as it will be written. */
static size_t entry_size(const row_t *row, size_t name) {
  return ENTRY_FIXED + padded(name) + 4 + (row->described ? ATTRIBUTES - 4 : 0) + 4 + (row->handle_size ? 4 + padded(row->handle_size) : 0);
}

size_t write_plus(plus_t *plus, const plus_request_t *request, double result[4]) {
  handle_table_use_key(request->handles, request->key);
  int count = plan(plus, request), written = 0;
  describe_rows(plus, request, count);
  uint8_t *to = request->reply;
  size_t dir_size = 0;
  uint32_t next = request->start;
  for (; written < count; written++) {
    row_t *row = &plus->rows[written];
    const struct dirent64 *entry = (const void *)(request->page + row->record);
    size_t name = strlen(entry->d_name);
    if (row->made) {
      handle_owner_t owner = owner_of(row);
      handle_table_keep(request->handles, row->handle, &owner);
    }
    if ((size_t)(to - request->reply) + entry_size(row, name) > request->reply_size) break;
    translate(request, row);
    to = put_entry(to, request, row);
    dir_size += DIR_FIXED + padded(name);
    next = row->record + entry->d_reclen;
  }
  result[0] = next, result[1] = written, result[2] = (double)dir_size;
  result[3] = written ? plus->rows[written - 1].record : 0;
  return (size_t)(to - request->reply);
}

plus_t *plus_new(void) {
  plus_t *plus = calloc(1, sizeof *plus);
  if (!plus) return NULL;
  pthread_mutex_init(&plus->lock, NULL);
  pthread_cond_init(&plus->wake, NULL);
  return plus;
}

int plus_start(plus_t *plus) {
  if (plus->has_helper) return 0;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&plus->helper, NULL, help, plus);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  plus->has_helper = !error;
  return error;
}

void plus_free(void *argument) {
  plus_t *plus = argument;
  if (plus->has_helper) {
    atomic_store(&plus->ending, 1);
    wake_helper(plus);
    pthread_join(plus->helper, NULL);
  }
  free(plus);
}
